// The fields of one step of the wizard, in groups, each drawn by its schema.
import { useQuery } from "@tanstack/react-query";
import { asObject, type Definition, type Json, valueAt } from "../../lib/definition";
import type { ConstraintsSchema } from "../../lib/resources/autobuilds";
import { coverageQuery } from "../../lib/resources/data";
import styles from "./autobuild.module.css";
import { ConstraintField } from "./constraint-field";
import { type Field, fieldsIn, groupOf, steps } from "./constraint-fields";
import { GateFields } from "./gate-fields";
import { TemplateFields } from "./template-fields";

interface StepFieldsProps {
  schema: ConstraintsSchema;
  fields: Field[];
  step: number;
  constraints: Definition;
  fault: (path: string) => string | undefined;
  onChange: (path: string, value: Json) => void;
}

export function StepFields(props: StepFieldsProps) {
  const { schema, fields, step, constraints, fault, onChange } = props;
  const coverage = useQuery(coverageQuery).data ?? [];
  const timeframe = String(constraints.timeframe ?? "");
  const instruments = coverage
    .filter((series) => series.timeframe === timeframe)
    .map((series) => series.instrument);
  const venues = [...new Set(coverage.map((series) => series.instrument.split(":")[0] ?? ""))];
  const groups = new Map<string, Field[]>();
  for (const field of fieldsIn(fields, step)) {
    const group = groupOf(field, schema);
    groups.set(group, [...(groups.get(group) ?? []), field]);
  }
  return (
    <>
      {[...groups].map(([title, members]) => {
        const first = members[0]?.path ?? "";
        return (
          <div key={title} className={styles.group}>
            {title && groups.size > 1 && title !== steps[step]?.title ? <h3>{title}</h3> : null}
            {first === "/templates" ? (
              <TemplateFields
                value={constraints.templates}
                grids={schema.grids}
                fault={fault}
                onChange={(value) => onChange("/templates", value)}
              />
            ) : first.startsWith("/evidence/") ? (
              <GateFields
                schema={schema.properties?.evidence ?? {}}
                value={asObject(constraints.evidence)}
                fault={fault}
                onChange={(path, value) => onChange(`/evidence/${path.join("/")}`, value)}
              />
            ) : (
              <div className={styles.wideGrid}>
                {members.map((field) => (
                  <ConstraintField
                    key={field.path}
                    field={field}
                    value={valueAt(constraints, field.path.split("/").slice(1))}
                    fault={fault(field.path)}
                    suggestions={
                      field.path === "/venues" ? ["*", ...venues] : [...new Set(instruments)]
                    }
                    onChange={(value) => onChange(field.path, value)}
                  />
                ))}
              </div>
            )}
          </div>
        );
      })}
    </>
  );
}
