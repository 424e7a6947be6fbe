// Inputs for a version's parameters: bounded, described, with the axis each belongs to.
import { NumberInput, Select, Switch } from "@mantine/core";
import { words } from "../lib/format";
import type { ParameterValues } from "../lib/resources/runs";
import type { Parameter } from "../lib/resources/strategies";
import styles from "./fields.module.css";

interface ParameterFieldsProps {
  parameters: Parameter[];
  values: ParameterValues;
  faults?: Record<string, string>;
  onChange: (values: ParameterValues) => void;
}

const often = new Set([
  "stop_loss_pct",
  "take_profit_pct",
  "trailing_stop_pct",
  "atr_stop_multiple",
  "atr_target_multiple",
]);

/** Signal axes and the usual exits stand open; the rest of the policy is one click away. */
export function ParameterFields(props: ParameterFieldsProps) {
  const { parameters } = props;
  if (parameters.length === 0)
    return <p className="muted">This version has no parameters to set.</p>;
  const open = parameters.filter((entry) => entry.axis === "signal" || often.has(entry.name));
  const rest = parameters.filter((entry) => !open.includes(entry));
  return (
    <div className={styles.form}>
      <Fields {...props} parameters={open} />
      {rest.length > 0 ? (
        <details className={styles.more}>
          <summary>Rest of the policy: {rest.length} more</summary>
          <Fields {...props} parameters={rest} />
        </details>
      ) : null}
    </div>
  );
}

function Fields({ parameters, values, faults = {}, onChange }: ParameterFieldsProps) {
  return (
    <div className={styles.grid}>
      {parameters.map((parameter) => (
        <ParameterField
          key={parameter.name}
          parameter={parameter}
          value={values[parameter.name] ?? parameter.default}
          fault={faults[parameter.name]}
          onChange={(value) => onChange({ ...values, [parameter.name]: value })}
        />
      ))}
    </div>
  );
}

interface ParameterFieldProps {
  parameter: Parameter;
  value: number | string | boolean;
  fault?: string;
  onChange: (value: number | string | boolean) => void;
}

function ParameterField({ parameter, value, fault, onChange }: ParameterFieldProps) {
  const shared = {
    label: words(parameter.name),
    description: parameter.description || rangeOf(parameter),
    error: fault,
  };
  if (parameter.type === "bool") {
    return (
      <Switch
        {...shared}
        checked={Boolean(value)}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (parameter.type === "choice") {
    const data = parameter.choices;
    return (
      <Select
        {...shared}
        data={data}
        value={String(value)}
        onChange={(chosen) => onChange(chosen ?? String(value))}
      />
    );
  }
  return (
    <NumberInput
      {...shared}
      value={value as number | string}
      min={parameter.low}
      max={parameter.high}
      clampBehavior="none"
      step={stepOf(parameter)}
      allowDecimal={parameter.type === "float"}
      error={fault ?? outOfRange(parameter, value)}
      onChange={onChange}
    />
  );
}

function rangeOf(parameter: Parameter): string {
  return `${parameter.low} to ${parameter.high}`;
}

function stepOf(parameter: Parameter): number {
  if (parameter.type === "int") return 1;
  const span = parameter.high - parameter.low;
  return span <= 1 ? 0.005 : 0.1;
}

/** Why a value lies outside its bounds, or null; the server checks again. */
export function outOfRange(parameter: Parameter, value: number | string | boolean): string | null {
  if (parameter.type !== "int" && parameter.type !== "float") return null;
  if (value === "" || !Number.isFinite(Number(value))) return "Expected a number";
  if (Number(value) < parameter.low) return `At least ${parameter.low}`;
  if (Number(value) > parameter.high) return `At most ${parameter.high}`;
  return null;
}
