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

export function ParameterFields({
  parameters,
  values,
  faults = {},
  onChange,
}: ParameterFieldsProps) {
  if (parameters.length === 0)
    return <p className="muted">This version has no parameters to set.</p>;
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
    const data = (parameter.choices ?? []).map(String);
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
      min={parameter.low ?? undefined}
      max={parameter.high ?? undefined}
      clampBehavior="none"
      step={stepOf(parameter)}
      allowDecimal={parameter.type === "float"}
      error={fault ?? outOfRange(parameter, value)}
      onChange={onChange}
    />
  );
}

function rangeOf(parameter: Parameter): string {
  if (parameter.low === null || parameter.high === null) return "";
  return `${parameter.low} to ${parameter.high}`;
}

function stepOf(parameter: Parameter): number {
  if (parameter.type === "int") return 1;
  const span = (parameter.high ?? 1) - (parameter.low ?? 0);
  return span <= 1 ? 0.005 : 0.1;
}

/** Why a value lies outside its bounds, or null; the server checks again. */
export function outOfRange(parameter: Parameter, value: number | string | boolean): string | null {
  if (parameter.type !== "int" && parameter.type !== "float") return null;
  if (value === "" || !Number.isFinite(Number(value))) return "Expected a number";
  if (parameter.low !== null && Number(value) < parameter.low) return `At least ${parameter.low}`;
  if (parameter.high !== null && Number(value) > parameter.high) return `At most ${parameter.high}`;
  return null;
}
