// Ask for a sweep: a grid of parameter sets over the same candles.
import { Button } from "@mantine/core";
import styles from "../../ui/fields.module.css";
import { Page } from "../../ui/page";
import { Fault } from "../../ui/states";
import { GridPanel } from "./grid-fields";
import { MoneyPanel, ParametersPanel, WhatPanel } from "./run-fields";
import { useRunForm } from "./use-run-form";

export default function SweepPage() {
  const { form, source, submit } = useRunForm("sweep");
  return (
    <Page
      title="New sweep"
      subtitle="Every set of the grid is run on the same candles; look for a plateau, not a peak."
    >
      <form className={styles.form} onSubmit={form.onSubmit((values) => submit.mutate(values))}>
        <div className={styles.sides}>
          <WhatPanel form={form} />
          <MoneyPanel form={form} />
        </div>
        <GridPanel form={form} source={source} />
        <ParametersPanel form={form} source={source} />
        <Fault error={submit.error} />
        <div className={styles.foot}>
          <Button type="submit" size="sm" loading={submit.isPending}>
            Run sweep
          </Button>
        </div>
      </form>
    </Page>
  );
}
