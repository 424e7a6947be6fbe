// Which templates may be tried, and over which values of their parameters.
import { Button, Checkbox, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { axisSize } from "../../lib/axis";
import type { Json } from "../../lib/definition";
import { count, many, words } from "../../lib/format";
import { templatesQuery } from "../../lib/resources/strategies";
import fields from "../../ui/fields.module.css";
import styles from "./autobuild.module.css";
import { type Grids, readUses, setsIn, shownGrid, type TemplateUse, writeUses } from "./grids";

interface TemplateFieldsProps {
  value: Json | undefined;
  grids: Grids;
  fault: (path: string) => string | undefined;
  onChange: (value: Json) => void;
}

export function TemplateFields({ value, grids, fault, onChange }: TemplateFieldsProps) {
  const templates = useQuery(templatesQuery).data ?? [];
  const uses = readUses(value);
  const put = (next: TemplateUse[]) => onChange(writeUses(next));
  const titleOf = (name: string) =>
    templates.find((template) => template.name === name)?.title ?? words(name);
  const toggle = (name: string, on: boolean) =>
    put(
      on
        ? [...uses, { name, grid: null, parameters: {} }]
        : uses.filter((use) => use.name !== name),
    );
  const total = uses.reduce((sum, use) => sum + setsIn(shownGrid(use, grids)), 0);
  return (
    <div className={fields.stack}>
      <span className="muted">
        {many(uses.length, "template")}, about {many(total, "set")} for each instrument
      </span>
      {fault("/templates") && uses.length === 0 ? (
        <span role="alert" className={styles.fault}>
          {fault("/templates")}
        </span>
      ) : null}
      {Object.keys(grids).map((name) => {
        const place = uses.findIndex((use) => use.name === name);
        const use = uses[place];
        return (
          <section key={name} className={styles.template} aria-label={titleOf(name)}>
            <div className={styles.templateHead}>
              <Checkbox
                label={titleOf(name)}
                checked={use !== undefined}
                onChange={(event) => toggle(name, event.currentTarget.checked)}
              />
              <span className="muted">
                {use ? many(setsIn(shownGrid(use, grids)), "set") : "not tried"}
                {use?.grid ? ", changed" : ""}
              </span>
            </div>
            {use ? (
              <Axes
                use={use}
                grids={grids}
                fault={fault(`/templates/${place}`)}
                names={axesOf(templates.find((template) => template.name === name)?.parameters)}
                onChange={(next) => put(uses.map((old) => (old === use ? next : old)))}
              />
            ) : null}
          </section>
        );
      })}
    </div>
  );
}

interface AxesProps {
  use: TemplateUse;
  grids: Grids;
  fault: string | undefined;
  names: string[];
  onChange: (use: TemplateUse) => void;
}

function Axes({ use, grids, fault, names, onChange }: AxesProps) {
  const grid = shownGrid(use, grids);
  const put = (axis: string, text: string) => onChange({ ...use, grid: { ...grid, [axis]: text } });
  const drop = (axis: string) =>
    onChange({
      ...use,
      grid: Object.fromEntries(Object.entries(grid).filter(([name]) => name !== axis)),
    });
  const free = names.filter((name) => !(name in grid));
  return (
    <div className={fields.grid}>
      {Object.entries(grid).map(([axis, text]) => {
        const size = axisSize(text);
        return (
          <TextInput
            key={axis}
            size="xs"
            label={words(axis)}
            description={typeof size === "number" ? many(size, "value") : undefined}
            error={typeof size === "string" ? size : undefined}
            value={text}
            onChange={(event) => put(axis, event.currentTarget.value)}
            onBlur={() => (text.trim() === "" ? drop(axis) : undefined)}
          />
        );
      })}
      {free.length > 0 ? (
        <Select
          size="xs"
          label="One axis more"
          placeholder={`${count(free.length)} to choose from`}
          searchable
          value={null}
          data={free.map((name) => ({ value: name, label: words(name) }))}
          onChange={(axis) => (axis ? put(axis, "") : undefined)}
        />
      ) : null}
      {use.grid ? (
        <Button
          variant="subtle"
          mt={22}
          onClick={() => onChange({ ...use, grid: null, parameters: {} })}
        >
          The usual grid
        </Button>
      ) : null}
      {fault ? (
        <span role="alert" className={`${styles.fault} ${fields.wide}`}>
          {fault}
        </span>
      ) : null}
    </div>
  );
}

function axesOf(parameters: { name: string; type: string }[] | undefined): string[] {
  return (parameters ?? [])
    .filter((parameter) => parameter.type === "int" || parameter.type === "float")
    .map((parameter) => parameter.name);
}
