// The document's indicators: each a name, a kind of the catalog, its source and its numbers.
import { ActionIcon, Autocomplete, Button, Select, TextInput } from "@mantine/core";
import { type Definition, asObject } from "../../lib/definition";
import { words } from "../../lib/format";
import { Icon } from "../../ui/icon";
import { Panel } from "../../ui/page";
import { FaultText } from "./condition-builder";
import { freeName, membersOf, renamed, scalarOf } from "./document";
import { useEditing } from "./editing";
import styles from "./strategies.module.css";

export function IndicatorsPanel() {
  const { definition, catalog, set, fault } = useEditing();
  const uses = membersOf(definition, "indicators");
  const all = asObject(definition.indicators);
  const add = (kind: string | null) => {
    if (kind) set(["indicators", freeName(all, kind)], { kind });
  };
  return (
    <Panel
      title="Indicators"
      actions={
        <Select
          aria-label="Add an indicator"
          placeholder="Add an indicator"
          size="xs"
          w={190}
          searchable
          value={null}
          data={catalog.map((entry) => ({
            value: entry.kind,
            label: entry.title,
          }))}
          onChange={add}
        />
      }
    >
      {uses.length === 0 ? (
        <span className="muted">None. Conditions may compare prices alone.</span>
      ) : null}
      <div className={styles.rows}>
        {uses.map(([name, use]) => (
          <IndicatorRow key={name} name={name} use={use} all={all} />
        ))}
      </div>
      <FaultText text={fault(["indicators"])} />
    </Panel>
  );
}

function IndicatorRow({ name, use, all }: { name: string; use: Definition; all: Definition }) {
  const { catalog, set, fault, parameters } = useEditing();
  const kind = catalog.find((entry) => entry.kind === use.kind);
  const path = ["indicators", name];
  const rename = (next: string) => {
    if (next && next !== name && !(next in all)) set(["indicators"], renamed(all, name, next));
  };
  const values = asObject(use.parameters);
  return (
    <div className={styles.row}>
      <TextInput
        label="Name"
        defaultValue={name}
        error={fault(path)}
        onBlur={(event) => rename(event.currentTarget.value.trim())}
      />
      <Select
        label="Kind"
        searchable
        data={catalog.map((entry) => ({
          value: entry.kind,
          label: entry.title,
        }))}
        value={String(use.kind ?? "")}
        error={fault([...path, "kind"])}
        onChange={(next) => set(path, { kind: next ?? "" })}
      />
      {(kind?.parameters ?? []).map((setting) => (
        <Autocomplete
          key={setting.name}
          label={words(setting.name)}
          data={parameters}
          filter={({ options, search }) => (search.startsWith("$") || search === "" ? options : [])}
          value={String(values[setting.name] ?? setting.default ?? "")}
          error={fault([...path, "parameters", setting.name])}
          onChange={(text) =>
            set(
              [...path, "parameters", setting.name],
              text.trim() === "" ? undefined : scalarOf(text),
            )
          }
        />
      ))}
      {(kind?.inputs.length ?? 0) < 2 ? null : (
        <Autocomplete
          label="Reads"
          data={kind?.inputs ?? []}
          value={String(use.input ?? kind?.input ?? "close")}
          error={fault([...path, "input"])}
          onChange={(text) => set([...path, "input"], text || undefined)}
        />
      )}
      <TextInput
        label="Timeframe"
        placeholder="same"
        value={String(use.timeframe ?? "")}
        error={fault([...path, "timeframe"])}
        onChange={(event) => set([...path, "timeframe"], event.currentTarget.value || undefined)}
      />
      <ActionIcon
        className={styles.corner}
        aria-label={`Remove ${name}`}
        onClick={() => set(path, undefined)}
      >
        <Icon name="trash" />
      </ActionIcon>
    </div>
  );
}

export function AddButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Button variant="default" leftSection={<Icon name="plus" size={12} />} onClick={onClick}>
      {label}
    </Button>
  );
}
