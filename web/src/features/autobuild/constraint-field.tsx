// One field of the constraints, drawn by its schema, with the server's fault under it.
import { NumberInput, Select, Switch, TagsInput, TextInput } from "@mantine/core";
import type { Json } from "../../lib/definition";
import { words } from "../../lib/format";
import { type Field, labelOf } from "./constraint-fields";

interface ConstraintFieldProps {
  field: Field;
  value: Json | undefined;
  fault: string | undefined;
  suggestions: string[];
  onChange: (value: Json) => void;
}

export function ConstraintField({
  field,
  value,
  fault,
  suggestions,
  onChange,
}: ConstraintFieldProps) {
  const { schema } = field;
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  const shared = { label: labelOf(field), description: schema.description, error: fault };
  if (schema.enum) {
    return (
      <Select
        {...shared}
        data={schema.enum.map((choice) => ({ value: choice, label: choiceOf(choice) }))}
        value={String(value ?? "")}
        onChange={(chosen) => onChange(chosen ?? String(value ?? ""))}
      />
    );
  }
  if (types.includes("boolean")) {
    return (
      <Switch
        {...shared}
        mt={22}
        checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (types.includes("array")) {
    return (
      <TagsInput
        {...shared}
        data={suggestions}
        maxDropdownHeight={260}
        placeholder={field.path === "/venues" ? "* or a venue" : "venue:SYMBOL"}
        value={Array.isArray(value) ? value.map(String) : []}
        onChange={onChange}
      />
    );
  }
  if (types.includes("integer") || types.includes("number")) {
    return (
      <NumberInput
        {...shared}
        value={typeof value === "number" ? value : String(value ?? "")}
        min={schema.minimum}
        max={schema.maximum}
        clampBehavior="none"
        allowDecimal={types.includes("number")}
        step={stepOf(schema.maximum, types.includes("integer"))}
        onChange={onChange}
      />
    );
  }
  const date = schema.format === "date";
  return (
    <TextInput
      {...shared}
      type={date ? "date" : "text"}
      inputMode={schema.format === "decimal" ? "decimal" : undefined}
      value={value === null || value === undefined ? "" : String(value).slice(0, date ? 10 : 400)}
      onChange={(event) => {
        const typed = event.currentTarget.value;
        onChange(typed === "" && types.includes("null") ? null : typed);
      }}
    />
  );
}

/** Timeframes stay as they are; what is a word is written as one. */
const choiceOf = (choice: string) =>
  /^\d/.test(choice) ? choice : choice === "hrp" ? "Hierarchical risk parity" : words(choice);

function stepOf(maximum: number | undefined, whole: boolean): number {
  if (whole) return 1;
  return maximum !== undefined && maximum <= 1 ? 0.05 : 0.5;
}
