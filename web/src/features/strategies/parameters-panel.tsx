// The axes the document declares: typed, bounded, sweepable.
import { ActionIcon, Select, TagsInput, TextInput, Tooltip } from "@mantine/core";
import { type Definition, type Json, asObject } from "../../lib/definition";
import type { Parameter } from "../../lib/resources/strategies";
import { Icon } from "../../ui/icon";
import { Panel } from "../../ui/page";
import { Tag } from "../../ui/value";
import { FaultText } from "./condition-builder";
import { freeName, membersOf, renamed, scalarOf } from "./document";
import { useEditing } from "./editing";
import { AddButton } from "./indicators-panel";
import styles from "./strategies.module.css";

const hints = {
  signal: "Changes the shared signal: a sweep computes each distinct value once",
  policy: "Belongs to the book: every subscriber may have another",
};

export function ParametersPanel({ resolved }: { resolved: Parameter[] }) {
  const { definition, set, fault } = useEditing();
  const uses = membersOf(definition, "parameters");
  const all = asObject(definition.parameters);
  const add = () =>
    set(["parameters", freeName(all, "parameter")], {
      type: "int",
      low: 1,
      high: 100,
      default: 10,
    });
  return (
    <Panel title="Parameters" actions={<AddButton label="Add" onClick={add} />}>
      {uses.length === 0 ? (
        <span className="muted">None. A value anywhere may name one as $name.</span>
      ) : null}
      <div className={styles.rows}>
        {uses.map(([name, use]) => (
          <ParameterRow
            key={name}
            name={name}
            use={use}
            all={all}
            axis={resolved.find((entry) => entry.name === name)?.axis}
          />
        ))}
      </div>
      <FaultText text={fault(["parameters"])} />
      <TagsInput
        mt="sm"
        label="Constraints between them"
        description="For example fast < slow; sets that break one are never tried"
        value={(Array.isArray(definition.constraints) ? definition.constraints : []).map(String)}
        error={fault(["constraints"]) ?? fault(["constraints", 0])}
        onChange={(lines) => set(["constraints"], lines.length > 0 ? lines : undefined)}
      />
    </Panel>
  );
}

interface ParameterRowProps {
  name: string;
  use: Definition;
  all: Definition;
  axis: Parameter["axis"] | undefined;
}

function ParameterRow({ name, use, all, axis }: ParameterRowProps) {
  const { set, fault } = useEditing();
  const path = ["parameters", name];
  const type = String(use.type ?? "int");
  const bounded = type === "int" || type === "float";
  const rename = (next: string) => {
    if (next && next !== name && !(next in all)) set(["parameters"], renamed(all, name, next));
  };
  const field = (key: string, label: string) => (
    <TextInput
      label={label}
      value={String(use[key] ?? "")}
      error={fault([...path, key])}
      onChange={(event) => set([...path, key], valueOf(event.currentTarget.value, type))}
    />
  );
  return (
    <div className={styles.axis}>
      <div className={styles.parameter}>
        <TextInput
          label="Name"
          defaultValue={name}
          error={fault(path)}
          onBlur={(event) => rename(event.currentTarget.value.trim())}
        />
        <Select
          label="Type"
          data={["int", "float", "bool", "choice"]}
          value={type}
          error={fault([...path, "type"])}
          onChange={(next) => set(path, freshUse(next ?? "int", use))}
        />
        {bounded ? field("low", "Low") : null}
        {bounded ? field("high", "High") : null}
        {field("default", "Default")}
      </div>
      {type === "choice" ? (
        <TagsInput
          aria-label={`Choices of ${name}`}
          placeholder="Choices"
          value={(Array.isArray(use.choices) ? use.choices : []).map(String)}
          onChange={(choices) => set([...path, "choices"], choices)}
        />
      ) : null}
      <div className={styles.about}>
        <TextInput
          aria-label={`Description of ${name}`}
          placeholder="What it is for"
          value={String(use.description ?? "")}
          onChange={(event) =>
            set([...path, "description"], event.currentTarget.value || undefined)
          }
        />
        {axis ? (
          <Tooltip label={hints[axis]}>
            <span>
              <Tag>{axis}</Tag>
            </span>
          </Tooltip>
        ) : null}
        <ActionIcon aria-label={`Remove ${name}`} onClick={() => set(path, undefined)}>
          <Icon name="trash" />
        </ActionIcon>
      </div>
    </div>
  );
}

function freshUse(type: string, use: Definition): Definition {
  const description: Definition =
    use.description === undefined ? {} : { description: use.description };
  if (type === "bool") return { type, default: false, ...description };
  if (type === "choice") return { type, choices: ["a", "b"], default: "a", ...description };
  return {
    type,
    low: use.low ?? 1,
    high: use.high ?? 100,
    default: typeof use.default === "number" ? use.default : 10,
    ...description,
  };
}

function valueOf(text: string, type: string): Json | undefined {
  if (text.trim() === "") return undefined;
  if (type === "bool") return text === "true";
  return type === "choice" ? text : scalarOf(text);
}
