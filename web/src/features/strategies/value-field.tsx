// One field of a document: a literal or a parameter by its $name, with the server's fault under it.
import { Autocomplete, Select } from "@mantine/core";
import { scalarOf } from "./document";
import { useEditing } from "./editing";
import type { Section, SectionField } from "./sections";
import styles from "../../ui/fields.module.css";

export function SectionFields({ section }: { section: Section }) {
  return (
    <div className={styles.grid}>
      {section.fields.map((field) => (
        <ValueField key={field.path.join(".")} field={field} />
      ))}
    </div>
  );
}

export function ValueField({ field }: { field: SectionField }) {
  const { at, set, fault, parameters } = useEditing();
  const value = at(field.path);
  const shown = value === undefined || value === null ? String(field.usual) : String(value);
  const shared = {
    label: field.label,
    description: field.hint || undefined,
    error: fault(field.path),
  };
  if (field.kind === "number" || field.kind === "time") {
    return (
      <Autocomplete
        {...shared}
        data={parameters}
        filter={({ options, search }) => (search.startsWith("$") || search === "" ? options : [])}
        value={shown}
        onChange={(text) =>
          set(
            field.path,
            text.trim() === "" ? undefined : field.kind === "time" ? text : scalarOf(text),
          )
        }
      />
    );
  }
  const words = field.kind === "flag" ? ["true", "false"] : (field.choices ?? []);
  const keep = (text: string) =>
    field.kind === "flag" && !text.startsWith("$") ? text === "true" : text;
  return (
    <Select
      {...shared}
      data={[...words.map((word) => ({ value: word, label: labelOf(field, word) })), ...parameters]}
      value={shown}
      onChange={(text) => (text === null ? undefined : set(field.path, keep(text)))}
    />
  );
}

function labelOf(field: SectionField, word: string): string {
  if (field.kind !== "flag") return word;
  return word === "true" ? "Yes" : "No";
}
