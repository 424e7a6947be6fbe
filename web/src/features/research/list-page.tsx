// All runs of research, a kind at a time.
import { Progress, SegmentedControl } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { dateTime, percent } from "../../lib/format";
import { finished, type Run, runAddress, type RunKind, runsQuery } from "../../lib/resources/runs";
import type { Column } from "../../ui/data-table";
import fields from "../../ui/fields.module.css";
import { LinkButton } from "../../ui/link-button";
import { Page, Panel } from "../../ui/page";
import { PagedTable } from "../../ui/paged-table";
import { RowLink } from "../../ui/row-link";
import { Empty } from "../../ui/states";
import { Change, State } from "../../ui/value";
import { choiceColumn, CompareBar } from "./choosing";
import { showMetric } from "../../lib/metrics";

const kinds = {
  backtest: { label: "Backtests", add: "New backtest", to: "/backtests/new" },
  sweep: { label: "Sweeps", add: "New sweep", to: "/sweeps/new" },
  walkforward: { label: "Walk-forward", add: "New walk-forward", to: "/walkforwards/new" },
  portfolio: { label: "Portfolios", add: "Choose a portfolio", to: "/portfolios" },
} as const;

const columns: Column<Run>[] = [
  {
    key: "name",
    title: "Strategy",
    cell: (run) => (
      <RowLink to={`${runAddress(run.kind)}/$runId`} params={{ runId: run.id }}>
        {run.strategy_name}
      </RowLink>
    ),
    compact: "title",
  },
  {
    key: "series",
    title: "Candles",
    cell: (run) => `${run.instrument} ${run.timeframe}`,
    compact: "detail",
  },
  { key: "status", title: "Status", cell: statusCell, compact: "value" },
  {
    key: "return",
    title: "Return",
    cell: (run) => <Change value={run.summary?.return} />,
    end: true,
    compact: "detail",
  },
  {
    key: "sharpe",
    title: "Sharpe",
    cell: (run) => showMetric("sharpe", run.summary?.sharpe),
    end: true,
    compact: "detail",
  },
  {
    key: "fall",
    title: "Max drawdown",
    cell: (run) => showMetric("max_drawdown", run.summary?.max_drawdown),
    end: true,
  },
  {
    key: "trades",
    title: "Trades",
    cell: (run) => showMetric("trades", run.summary?.trades),
    end: true,
  },
  {
    key: "created",
    title: "Asked, UTC",
    cell: (run) => dateTime(run.created_at),
    end: true,
    compact: "detail",
  },
];

const figures = new Set(["return", "sharpe", "fall", "trades"]);

function statusCell(run: Run) {
  if (finished(run) || run.status === "queued") return <State state={run.status} />;
  return (
    <Progress
      value={run.progress * 100}
      w={90}
      aria-label={`Running, ${percent(run.progress, 0)}`}
    />
  );
}

export default function RunListPage() {
  const navigate = useNavigate();
  const asked = useSearch({ strict: false }).kind ?? "backtest";
  const kind: RunKind = asked in kinds ? (asked as RunKind) : "backtest";
  const words = kinds[kind];
  const add = <LinkButton to={words.to}>{words.add}</LinkButton>;
  const [chosen, setChosen] = useState<string[]>([]);
  return (
    <Page
      title="Research"
      subtitle="Does a strategy work? Every run keeps what it assumed."
      actions={add}
    >
      <div className={fields.foot} style={{ marginBottom: 10 }}>
        <SegmentedControl
          aria-label="Kind of run"
          value={kind}
          data={Object.entries(kinds).map(([value, entry]) => ({ value, label: entry.label }))}
          onChange={(value) => void navigate({ to: "/backtests", search: { kind: value } })}
        />
        <LinkButton variant="subtle" to="/trials">
          Trial ledger
        </LinkButton>
        <CompareBar chosen={chosen} onClear={() => setChosen([])} />
      </div>
      <Panel flush>
        <PagedTable
          key={kind}
          label={words.label}
          query={runsQuery(kind)}
          columns={[
            ...(kind === "sweep" ? [] : [choiceColumn(chosen, setChosen)]),
            ...(kind === "backtest" || kind === "portfolio"
              ? columns
              : columns.filter((column) => !figures.has(column.key))),
          ]}
          rowKey={(run) => run.id}
          onRow={(run) =>
            void navigate({ to: `${runAddress(run.kind)}/$runId`, params: { runId: run.id } })
          }
          empty={
            <Empty title={`No ${words.label.toLowerCase()} yet`} action={add}>
              Choose a strategy and a series of candles; the report says what it earned, at what
              risk, and what it assumed.
            </Empty>
          }
        />
      </Panel>
    </Page>
  );
}
