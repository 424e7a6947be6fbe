// The fields every run shares: what, on which candles, with which money, costs and size.
import { Checkbox, Select, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { count, day } from "../../lib/format";
import { coverageQuery } from "../../lib/resources/data";
import styles from "../../ui/fields.module.css";
import { LinkButton } from "../../ui/link-button";
import { Panel } from "../../ui/page";
import { ParameterFields } from "../../ui/parameter-fields";
import { Empty, Fault, Loading } from "../../ui/states";
import { type RunValues, type SizingMode, suggestedSize } from "./request";
import { type Source, useSourceChoices } from "./source";

type RunForm = UseFormReturnType<RunValues>;

const sizingModes = [
  { value: "definition", label: "As the strategy says" },
  { value: "fraction", label: "Fraction of equity" },
  { value: "risk", label: "Risk per trade" },
  { value: "quantity", label: "Fixed quantity" },
];

const sizeHints: Record<SizingMode, string> = {
  definition: "",
  fraction: "0.95 puts 95 % of equity into each entry",
  risk: "0.02 loses 2 % of equity at the stop; needs a stop",
  quantity: "Units of the instrument",
};

export function WhatPanel({ form }: { form: RunForm }) {
  const choices = useSourceChoices(form.values.source);
  const coverage = useQuery(coverageQuery);
  const series = coverage.data ?? [];
  const chosen = series.find(
    (entry) => `${entry.instrument}|${entry.timeframe}` === form.values.series,
  );
  if (coverage.data && series.length === 0) {
    return (
      <Panel title="Candles">
        <Empty title="No candles yet" action={<LinkButton to="/data">Import candles</LinkButton>}>
          A run needs a series of bars. Import a CSV, Parquet or Feather file first.
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel title="What to test">
      <div className={styles.form}>
        <Fault error={coverage.error} retry={() => void coverage.refetch()} />
        <Select
          label="Strategy"
          placeholder="Choose a strategy or a template"
          searchable
          required
          data={choices}
          {...form.getInputProps("source")}
          onChange={(value) => {
            form.setFieldValue("source", value ?? "");
            form.setFieldValue("parameters", {});
            form.setFieldValue("grid", {});
          }}
        />
        <Select
          label="Candles"
          placeholder="Instrument and timeframe"
          description={
            chosen
              ? `${count(chosen.bars)} bars, ${day(chosen.first_ts)} to ${day(chosen.last_ts)}`
              : undefined
          }
          searchable
          required
          data={series.map((entry) => ({
            value: `${entry.instrument}|${entry.timeframe}`,
            label: `${entry.instrument} ${entry.timeframe}`,
          }))}
          {...form.getInputProps("series")}
        />
        <div className={styles.grid}>
          <TextInput
            type="date"
            label="From"
            description="Empty: the first bar"
            {...form.getInputProps("from")}
          />
          <TextInput
            type="date"
            label="To, before"
            description="Empty: the last bar"
            {...form.getInputProps("to")}
          />
        </div>
      </div>
    </Panel>
  );
}

export function MoneyPanel({ form }: { form: RunForm }) {
  const mode = form.values.sizing;
  return (
    <Panel title="Money, costs and size">
      <div className={styles.grid}>
        <TextInput
          label="Starting cash"
          inputMode="decimal"
          required
          {...form.getInputProps("cash")}
        />
        <TextInput
          label="Fee, %"
          description="Each side"
          inputMode="decimal"
          required
          {...form.getInputProps("feePercent")}
        />
        <TextInput
          label="Slippage, bps"
          description="Worse than open"
          inputMode="decimal"
          required
          {...form.getInputProps("slippageBps")}
        />
        <TextInput
          label="Spread, bps"
          description="Half of it at every fill"
          inputMode="decimal"
          required
          {...form.getInputProps("spreadBps")}
        />
        <TextInput
          label="Cost model"
          placeholder="the fee alone"
          description="By name, in place of the fee"
          {...form.getInputProps("costs")}
        />
        <Select
          label="Sizing"
          data={sizingModes}
          value={mode}
          onChange={(value) => {
            const next = (value ?? "definition") as SizingMode;
            form.setFieldValue("sizing", next);
            form.setFieldValue("size", suggestedSize[next]);
          }}
        />
        {mode === "definition" ? null : (
          <TextInput
            label="Size"
            description={sizeHints[mode]}
            inputMode="decimal"
            required
            {...form.getInputProps("size")}
          />
        )}
        <Checkbox
          mt={24}
          label="Long only"
          checked={form.values.longOnly}
          onChange={(event) => form.setFieldValue("longOnly", event.currentTarget.checked)}
        />
        <Checkbox
          mt={24}
          label="Charge funding"
          checked={form.values.funding}
          onChange={(event) => form.setFieldValue("funding", event.currentTarget.checked)}
        />
      </div>
    </Panel>
  );
}

export function ParametersPanel({ form, source }: { form: RunForm; source: Source }) {
  if (form.values.source === "") return null;
  return (
    <Panel title="Parameters">
      {source.error ? <Fault error={source.error} /> : null}
      {source.loading ? <Loading rows={3} /> : null}
      {!source.loading && !source.error ? (
        <ParameterFields
          parameters={source.parameters}
          values={form.values.parameters}
          onChange={(values) => form.setFieldValue("parameters", values)}
        />
      ) : null}
    </Panel>
  );
}
