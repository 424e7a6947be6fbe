// The axes of a grid: a range or a list for each parameter that is to vary.
import { Select, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { axisSize } from "../../lib/axis";
import { count, words } from "../../lib/format";
import styles from "../../ui/fields.module.css";
import { Panel } from "../../ui/page";
import { metricChoices } from "../../lib/metrics";
import { type RunValues } from "./request";
import type { Source } from "./source";

export function GridPanel({
  form,
  source,
}: {
  form: UseFormReturnType<RunValues>;
  source: Source;
}) {
  const { grid, parameters: fixed } = form.values;
  const sizes = Object.values(grid).map(axisSize);
  const sets = sizes.reduce<number>(
    (total, size) => (typeof size === "number" && size > 0 ? total * size : total),
    1,
  );
  const set = (name: string, text: string) => form.setFieldValue("grid", { ...grid, [name]: text });
  if (form.values.source === "") return null;
  return (
    <Panel title="Grid" actions={<span className="muted">{count(sets)} parameter sets</span>}>
      <div className={styles.form}>
        <div className={styles.grid}>
          <Select label="Metric" data={metricChoices} {...form.getInputProps("metric")} />
          <TextInput
            label="Sets by chance"
            description="0 tries the whole grid"
            inputMode="numeric"
            {...form.getInputProps("random")}
          />
          {source.parameters
            .filter((parameter) => parameter.type === "int" || parameter.type === "float")
            .map((parameter) => {
              const size = axisSize(grid[parameter.name] ?? "");
              return (
                <TextInput
                  key={parameter.name}
                  label={words(parameter.name)}
                  description={`${parameter.axis} axis, ${parameter.low} to ${parameter.high}`}
                  placeholder={`fixed at ${fixed[parameter.name] ?? parameter.default}`}
                  value={grid[parameter.name] ?? ""}
                  error={typeof size === "string" ? size : undefined}
                  onChange={(event) => set(parameter.name, event.currentTarget.value)}
                />
              );
            })}
        </div>
        <p className="muted" style={{ margin: 0 }}>
          A range is written low:high:step (5:50:5), a list 5, 10, 20. An empty field keeps the
          parameter fixed.
        </p>
        {form.errors.grid ? (
          <p role="alert" style={{ margin: 0, color: "var(--accent)" }}>
            {form.errors.grid}
          </p>
        ) : null}
      </div>
    </Panel>
  );
}
