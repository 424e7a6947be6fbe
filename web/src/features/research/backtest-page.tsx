// Ask for a backtest.
import { Button } from "@mantine/core";
import styles from "../../ui/fields.module.css";
import { Page } from "../../ui/page";
import { Fault } from "../../ui/states";
import { MoneyPanel, ParametersPanel, WhatPanel } from "./run-fields";
import { useRunForm } from "./use-run-form";

export default function BacktestPage() {
  const { form, source, submit } = useRunForm("backtest");
  return (
    <Page
      title="New backtest"
      subtitle="Runs as a job: you can leave the page and come back to the report."
    >
      <form className={styles.form} onSubmit={form.onSubmit((values) => submit.mutate(values))}>
        <div className={styles.sides}>
          <WhatPanel form={form} />
          <MoneyPanel form={form} />
        </div>
        <ParametersPanel form={form} source={source} />
        <Fault error={submit.error} />
        <div className={styles.foot}>
          <Button type="submit" size="sm" loading={submit.isPending}>
            Run backtest
          </Button>
        </div>
      </form>
    </Page>
  );
}
