// Ask for a walk-forward: fit on one part, test on the part that was held out, window by window.
import { Button, Checkbox, TextInput } from "@mantine/core";
import styles from "../../ui/fields.module.css";
import { Page, Panel } from "../../ui/page";
import { Fault } from "../../ui/states";
import { GridPanel } from "./grid-fields";
import { MoneyPanel, ParametersPanel, WhatPanel } from "./run-fields";
import { useRunForm } from "./use-run-form";

export default function WalkForwardPage() {
  const { form, source, submit } = useRunForm("walkforward");
  return (
    <Page
      title="New walk-forward"
      subtitle="The best set of each fit window is run on candles it has never seen."
    >
      <form className={styles.form} onSubmit={form.onSubmit((values) => submit.mutate(values))}>
        <div className={styles.sides}>
          <WhatPanel form={form} />
          <div className={styles.stack}>
            <MoneyPanel form={form} />
            <Panel title="Windows">
              <div className={styles.grid}>
                <TextInput
                  label="Fit share"
                  description="0.7 fits on 70 %, tests on 30 %"
                  inputMode="decimal"
                  {...form.getInputProps("fit")}
                />
                <TextInput
                  label="Windows"
                  description="How many times"
                  inputMode="numeric"
                  {...form.getInputProps("windows")}
                />
                <TextInput
                  label="Purge, bars"
                  description="Left out before a test"
                  inputMode="numeric"
                  {...form.getInputProps("purge")}
                />
                <TextInput
                  label="Embargo, bars"
                  description="Left out after a test"
                  inputMode="numeric"
                  {...form.getInputProps("embargo")}
                />
                <Checkbox
                  mt={24}
                  label="Anchored"
                  description="Every fit starts at the first bar"
                  checked={form.values.anchored}
                  onChange={(event) => form.setFieldValue("anchored", event.currentTarget.checked)}
                />
              </div>
            </Panel>
          </div>
        </div>
        <GridPanel form={form} source={source} />
        <ParametersPanel form={form} source={source} />
        <Fault error={submit.error} />
        <div className={styles.foot}>
          <Button type="submit" size="sm" loading={submit.isPending}>
            Run walk-forward
          </Button>
        </div>
      </form>
    </Page>
  );
}
