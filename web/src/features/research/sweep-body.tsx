// A sweep's result: the grid as a heat map whose cells lead to backtests, and the best sets.
import { Select } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { count, words } from "../../lib/format";
import type { ParameterValues, Run, SweepResult } from "../../lib/resources/runs";
import styles from "../../ui/fields.module.css";
import { HeatMap } from "../../ui/heat-map";
import { Panel } from "../../ui/page";
import { Empty } from "../../ui/states";
import { BestSets } from "./best-sets";
import { parametersAt, plateau, planeOf, type View } from "./heat-data";
import { metricName, metricSign, showMetric } from "../../lib/metrics";
import { askedOf, searchOf } from "./request";

export function SweepBody({ run, result }: { run: Run; result: SweepResult }) {
  const navigate = useNavigate();
  const [view, setView] = useState<View>(() => ({
    metric: result.metric,
    x: result.axes[0]?.name ?? "",
    y: result.axes[1]?.name ?? null,
    held: result.best?.parameters ?? result.cells[0]?.parameters ?? {},
  }));
  const plane = useMemo(() => planeOf(result, view), [result, view]);
  const open = (parameters: ParameterValues) =>
    void navigate({ to: "/backtests/new", search: searchOf(askedOf(run), parameters) });
  if (!plane) return <Empty title="The sweep has no axis to show" />;
  // The plateau is in the sweep's metric; so are its sign and its format.
  const shown = view.metric === plateau ? result.metric : view.metric;
  const title = view.metric === plateau ? `Plateau of ${metricName(shown)}` : metricName(shown);
  const skipped = result.skipped > 0 ? `, ${count(result.skipped)} ruled out` : "";
  return (
    <div className={styles.stack}>
      <Panel
        title={`${title} over the grid`}
        actions={
          <span className="muted">
            {count(result.sets)} sets{skipped}
          </span>
        }
      >
        <div className={styles.stack}>
          <Axes result={result} view={view} onChange={setView} />
          <HeatMap
            label={`${title} by ${view.x}${view.y ? ` and ${view.y}` : ""}; listed below`}
            xName={words(view.x)}
            yName={plane.y ? words(plane.y.name) : null}
            xValues={plane.x.values.map(String)}
            yValues={plane.y ? plane.y.values.map(String) : [""]}
            cells={plane.cells}
            signed={metricSign(shown, 1) !== 0}
            best={plane.best}
            show={(value) => showMetric(shown, value)}
            onCell={(x, y) => open(parametersAt(plane, view.held, x, y))}
          />
          <p className="muted" style={{ margin: 0 }}>
            Click a cell, or press Enter on it, to backtest with its parameters. A lone bright cell
            among dark ones is luck more often than skill: the plateau shows the median of each
            cell&apos;s neighbours.
          </p>
        </div>
      </Panel>
      <Panel title="Best sets" flush>
        <BestSets result={result} metric={view.metric} onOpen={open} />
      </Panel>
    </div>
  );
}

interface AxesProps {
  result: SweepResult;
  view: View;
  onChange: (view: View) => void;
}

function Axes({ result, view, onChange }: AxesProps) {
  const axes = result.axes.map((axis) => ({ value: axis.name, label: words(axis.name) }));
  const others = result.axes.filter((axis) => axis.name !== view.x && axis.name !== view.y);
  const turn = (x: string, y: string | null) =>
    onChange(x === y ? { ...view, x: view.y ?? x, y: view.x } : { ...view, x, y });
  const metrics = Object.keys(result.cells[0]?.metrics ?? { [result.metric]: 0 });
  const metricChoices = [
    ...metrics.map((value) => ({ value, label: metricName(value) })),
    { value: plateau, label: `Plateau of ${metricName(result.metric)}` },
  ];
  return (
    <div className={styles.grid}>
      <Select
        label="Metric"
        data={metricChoices}
        value={view.metric}
        onChange={(metric) => onChange({ ...view, metric: metric ?? view.metric })}
      />
      <Select
        label="Across"
        data={axes}
        value={view.x}
        onChange={(x) => turn(x ?? view.x, view.y)}
      />
      {result.axes.length > 1 ? (
        <Select
          label="Down"
          data={axes}
          value={view.y}
          onChange={(y) => turn(view.x, y ?? view.y)}
        />
      ) : null}
      {others.map((axis) => (
        <Select
          key={axis.name}
          label={`${words(axis.name)} held at`}
          data={axis.values.map(String)}
          value={String(view.held[axis.name])}
          onChange={(text) => {
            const value = axis.values.find((known) => String(known) === text);
            if (value !== undefined)
              onChange({ ...view, held: { ...view.held, [axis.name]: value } });
          }}
        />
      ))}
    </div>
  );
}
