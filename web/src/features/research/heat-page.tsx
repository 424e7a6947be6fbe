// A sweep's page: the grid as a heat map, the best sets as a table, each a click from a backtest.
import { Button, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { count, words } from "../../lib/format";
import {
  type ParameterValues,
  type Run,
  runQuery,
  type SweepResult,
  sweepResultQuery,
} from "../../lib/resources/runs";
import { type Column, DataTable } from "../../ui/data-table";
import styles from "../../ui/fields.module.css";
import { HeatMap } from "../../ui/heat-map";
import { LinkButton } from "../../ui/link-button";
import { Page, Panel } from "../../ui/page";
import { Answer, Empty } from "../../ui/states";
import { State } from "../../ui/value";
import { parametersAt, planeOf } from "./heat-data";
import { lowerIsBetter, metricName, metricSign, showMetric } from "./metrics";
import { askedOf, searchOf } from "./request";
import { RunProgress } from "./run-progress";

type Cell = SweepResult["cells"][number];

export default function HeatPage() {
  const { runId = "" } = useParams({ strict: false });
  const query = useQuery(runQuery("sweep", runId));
  const run = query.data;
  const result = useQuery({ ...sweepResultQuery(runId), enabled: run?.status === "done" });
  const again = (
    <LinkButton variant="default" to="/sweeps/new">
      New sweep
    </LinkButton>
  );
  return (
    <Page
      title={run ? `Sweep of ${run.strategy_name}` : "Sweep"}
      subtitle={
        run ? (
          <>
            {run.instrument} {run.timeframe} <State state={run.status} />
          </>
        ) : null
      }
      actions={again}
    >
      <Answer query={query}>
        {(known) =>
          known.status === "done" ? (
            <Answer query={result}>{(data) => <SweepBody run={known} result={data} />}</Answer>
          ) : (
            <RunProgress run={known} again={again} />
          )
        }
      </Answer>
    </Page>
  );
}

function SweepBody({ run, result }: { run: Run; result: SweepResult }) {
  const navigate = useNavigate();
  const [metric, setMetric] = useState(result.metric);
  const [xName, setX] = useState(result.axes[0]?.name ?? "");
  const [yName, setY] = useState(result.axes[1]?.name ?? null);
  const [held, setHeld] = useState<ParameterValues>(result.best?.parameters ?? {});
  const plane = useMemo(
    () => planeOf(result, xName, yName, held, metric),
    [result, xName, yName, held, metric],
  );
  const ranked = useMemo(() => rank(result.cells, metric), [result, metric]);
  const open = (parameters: ParameterValues) => {
    void navigate({
      to: "/backtests/new",
      search: searchOf(askedOf(run), parameters),
    });
  };
  if (!plane) return <Empty title="The sweep has no axis to show" />;
  const axes = result.axes.map((axis) => ({ value: axis.name, label: words(axis.name) }));
  const others = result.axes.filter((axis) => axis.name !== xName && axis.name !== yName);
  return (
    <div className={styles.stack}>
      <Panel
        title={`${metricName(metric)} over the grid`}
        actions={<span className="muted">{count(result.cells.length)} sets</span>}
      >
        <div className={styles.stack}>
          <div className={styles.grid}>
            <Select
              label="Metric"
              data={metricsOf(result)}
              value={metric}
              onChange={(value) => setMetric(value ?? metric)}
            />
            <Select
              label="Across"
              data={axes}
              value={xName}
              onChange={(value) => setX(value ?? xName)}
            />
            {result.axes.length > 1 ? (
              <Select
                label="Down"
                data={axes}
                value={yName}
                onChange={(value) => setY(value ?? yName)}
              />
            ) : null}
            {others.map((axis) => (
              <Select
                key={axis.name}
                label={`${words(axis.name)} held at`}
                data={axis.values.map(String)}
                value={String(held[axis.name])}
                onChange={(value) => setHeld({ ...held, [axis.name]: Number(value) })}
              />
            ))}
          </div>
          <HeatMap
            label={`${metricName(metric)} by ${xName}${yName ? ` and ${yName}` : ""}; the table below lists the best sets`}
            xName={words(xName)}
            yName={plane.y ? words(plane.y.name) : null}
            xValues={plane.x.values.map(String)}
            yValues={plane.y ? plane.y.values.map(String) : [""]}
            cells={plane.cells}
            signed={metricSign(metric, 1) !== 0}
            best={plane.best}
            show={(value) => showMetric(metric, value)}
            onCell={(x, y) => open(parametersAt(plane, held, x, y))}
          />
          <p className="muted" style={{ margin: 0 }}>
            Click a cell to backtest with its parameters. A lone bright cell among dark ones is luck
            more often than skill.
          </p>
        </div>
      </Panel>
      <Panel title="Best sets" flush>
        <DataTable
          label="Best sets"
          columns={columnsOf(result, metric, open)}
          rows={ranked.slice(0, 50)}
          rowKey={(cell) => JSON.stringify(cell.parameters)}
          maxHeight={420}
        />
      </Panel>
    </div>
  );
}

function metricsOf(result: SweepResult) {
  const names = Object.keys(result.cells[0]?.metrics ?? { [result.metric]: 0 });
  return names.map((value) => ({ value, label: metricName(value) }));
}

function rank(cells: Cell[], metric: string): Cell[] {
  const direction = lowerIsBetter.has(metric) ? 1 : -1;
  const known = cells.filter(
    (cell) => cell.metrics[metric] !== null && cell.metrics[metric] !== undefined,
  );
  return known.sort((a, b) => ((a.metrics[metric] ?? 0) - (b.metrics[metric] ?? 0)) * direction);
}

function columnsOf(
  result: SweepResult,
  metric: string,
  open: (parameters: ParameterValues) => void,
): Column<Cell>[] {
  const measures = [...new Set([metric, "return", "sharpe", "max_drawdown", "trades"])];
  const known = measures.filter((name) => name in (result.cells[0]?.metrics ?? {}));
  return [
    ...result.axes.map((axis): Column<Cell> => ({
      key: axis.name,
      title: words(axis.name),
      cell: (cell) => String(cell.parameters[axis.name]),
      by: (cell) => Number(cell.parameters[axis.name]),
      compact: "detail",
    })),
    ...known.map((name): Column<Cell> => ({
      key: `m ${name}`,
      title: metricName(name),
      cell: (cell) => showMetric(name, cell.metrics[name]),
      by: (cell) => cell.metrics[name] ?? Number.NEGATIVE_INFINITY,
      end: true,
      compact: name === metric ? "title" : "detail",
    })),
    {
      key: "open",
      title: "",
      cell: (cell) => (
        <Button variant="subtle" onClick={() => open(cell.parameters)}>
          Backtest
        </Button>
      ),
      end: true,
      compact: "value",
    },
  ];
}
