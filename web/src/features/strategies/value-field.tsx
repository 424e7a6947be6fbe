// One field of a document: a literal or a parameter by its $name, with the server's fault under it.
import { Autocomplete, Select, TagsInput, TextInput } from "@mantine/core";
import { asObject } from "../../lib/definition";
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
  const { at, set, fault, parameters, series } = useEditing();
  const value = at(field.path);
  /** A part whose last text goes is gone itself: half a window would be no window. */
  const setText = (typed: string) => {
    const around = field.path.slice(0, -1);
    const rest = { ...asObject(at(around)) };
    delete rest[String(field.path.at(-1))];
    const empty = Object.values(rest).every((part) => part === undefined || part === "");
    if (typed.trim() === "" && empty) set(around, undefined);
    else set(field.path, typed.trim() === "" ? undefined : typed.trim());
  };
  const shown = value === undefined || value === null ? String(field.usual) : String(value);
  const shared = {
    label: field.label,
    description: field.hint || undefined,
    error: fault(field.path),
  };
  if (field.kind === "list") return <ListField field={field} />;
  if (field.kind === "text") {
    return (
      <TextInput
        {...shared}
        placeholder="none"
        value={shown}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    );
  }
  if (field.kind === "series") {
    return (
      <Autocomplete
        {...shared}
        placeholder="none"
        data={series}
        value={shown}
        onChange={(typed) => set(field.path, typed.trim() || undefined)}
      />
    );
  }
  if (field.kind === "number") {
    return (
      <Autocomplete
        {...shared}
        data={parameters}
        filter={({ options, search }) => (search.startsWith("$") || search === "" ? options : [])}
        value={shown}
        onChange={(typed) => set(field.path, typed.trim() === "" ? undefined : scalarOf(typed))}
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

function ListField({ field }: { field: SectionField }) {
  const { at, set, fault } = useEditing();
  const value = at(field.path);
  return (
    <TagsInput
      className={styles.wide}
      label={field.label}
      description={field.hint}
      placeholder="binance:BTC-USDT"
      value={Array.isArray(value) ? value.map(String) : []}
      error={fault(field.path) ?? fault([...field.path, 0])}
      onChange={(values) => set(field.path, values.length > 0 ? values : undefined)}
    />
  );
}

function labelOf(field: SectionField, word: string): string {
  if (field.kind !== "flag") return word;
  return word === "true" ? "Yes" : "No";
}
