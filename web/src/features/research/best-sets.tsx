// The best sets of a sweep by the chosen metric, each a click from its backtest.
import { Button } from "@mantine/core";
import { useMemo } from "react";
import { words } from "../../lib/format";
import type { ParameterValues, SweepCell, SweepResult } from "../../lib/resources/runs";
import { type Column, DataTable } from "../../ui/data-table";
import { Empty } from "../../ui/states";
import { figureOf, plateau, ranked } from "./heat-data";
import { lowerIsBetter, metricName, showMetric } from "../../lib/metrics";

const shown = 50;

interface BestSetsProps {
  result: SweepResult;
  metric: string;
  onOpen: (parameters: ParameterValues) => void;
}

export function BestSets({ result, metric, onOpen }: BestSetsProps) {
  const lower = metric === plateau ? result.lower_is_better : lowerIsBetter.has(metric);
  const rows = useMemo(
    () => ranked(result, metric, lower).slice(0, shown),
    [result, metric, lower],
  );
  if (rows.length === 0)
    return <Empty title="No set has this figure">A set without trades has no ratios.</Empty>;
  return (
    <DataTable
      label="Best sets"
      columns={columnsOf(result, metric, onOpen)}
      rows={rows}
      rowKey={(cell) => JSON.stringify(cell.parameters)}
      maxHeight={420}
    />
  );
}

function columnsOf(
  result: SweepResult,
  metric: string,
  onOpen: (parameters: ParameterValues) => void,
): Column<SweepCell>[] {
  const known = Object.keys(result.cells[0]?.metrics ?? {});
  const wanted = [metric, result.metric, plateau, "return", "sharpe", "max_drawdown", "trades"];
  const measures = [...new Set(wanted)].filter((name) => name === plateau || known.includes(name));
  return [
    ...result.axes.map((axis): Column<SweepCell> => ({
      key: axis.name,
      title: words(axis.name),
      cell: (cell) => String(cell.parameters[axis.name]),
      by: (cell) => Number(cell.parameters[axis.name]),
      compact: "detail",
    })),
    ...measures.map((name): Column<SweepCell> => ({
      key: `m ${name}`,
      title: metricName(name),
      cell: (cell) => showMetric(name === plateau ? result.metric : name, figureOf(cell, name)),
      by: (cell) => figureOf(cell, name) ?? Number.NEGATIVE_INFINITY,
      end: true,
      compact: name === metric ? "title" : "detail",
    })),
    {
      key: "open",
      title: "",
      cell: (cell) => (
        <Button variant="subtle" size="compact-xs" onClick={() => onOpen(cell.parameters)}>
          Backtest
        </Button>
      ),
      end: true,
      compact: "value",
    },
  ];
}
