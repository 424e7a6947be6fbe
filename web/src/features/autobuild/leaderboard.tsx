// Every outcome, the accepted first, and where each lies between reward and pain.
import { useNavigate } from "@tanstack/react-router";
import { count, percent, ratio, words } from "../../lib/format";
import { parametersText } from "../../lib/parameters";
import type { AutoBuild, Findings, Outcome } from "../../lib/resources/autobuilds";
import { type Column, DataTable } from "../../ui/data-table";
import fields from "../../ui/fields.module.css";
import { GateDots } from "../../ui/gate-list";
import { Panel } from "../../ui/page";
import { RowLink } from "../../ui/row-link";
import { Scatter } from "../../ui/scatter";
import { Empty } from "../../ui/states";
import { Change, State, Tag } from "../../ui/value";

export function Leaderboard({ build, findings }: { build: AutoBuild; findings: Findings }) {
  const navigate = useNavigate();
  const bySharpe = (a: Outcome, b: Outcome) => (b.sharpe_out ?? -99) - (a.sharpe_out ?? -99);
  const rows = [...[...findings.accepted].sort(bySharpe), ...[...findings.rejected].sort(bySharpe)];
  const open = (instrument: string) =>
    void navigate({
      to: "/autobuilds/$autobuildId/$instrument",
      params: { autobuildId: build.id, instrument },
    });
  if (rows.length === 0) {
    return (
      <Panel>
        <Empty title="No instrument came to an end">
          The failures say why, and what can be done about it.
        </Empty>
      </Panel>
    );
  }
  return (
    <div className={fields.stack}>
      <Panel title="Out-of-sample Sharpe against drawdown">
        <Scatter
          label="Outcomes by drawdown and out-of-sample Sharpe; listed below"
          xName="Max drawdown"
          yName="Sharpe out of sample"
          points={rows.map((row) => ({
            key: row.instrument,
            label: row.instrument,
            x: Math.abs(row.max_drawdown ?? Number.NaN),
            y: row.sharpe_out ?? Number.NaN,
            strong: row.accepted,
          }))}
          showX={(value) => percent(value, 0)}
          showY={(value) => ratio(value)}
          onPoint={open}
        />
      </Panel>
      <Panel title="Leaderboard" flush>
        <DataTable
          label="Leaderboard"
          columns={columnsFor(build.id)}
          rows={rows}
          rowKey={(row) => row.instrument}
          onRow={(row) => open(row.instrument)}
          maxHeight={rows.length > 60 ? 640 : undefined}
        />
      </Panel>
    </div>
  );
}

function columnsFor(autobuildId: string): Column<Outcome>[] {
  return [
    {
      key: "instrument",
      title: "Instrument",
      cell: (row) => (
        <RowLink
          to="/autobuilds/$autobuildId/$instrument"
          params={{ autobuildId, instrument: row.instrument }}
        >
          {row.instrument}
        </RowLink>
      ),
      by: (row) => row.instrument,
      compact: "title",
    },
    {
      key: "accepted",
      title: "Outcome",
      cell: (row) => (row.accepted ? <State state="Accepted" /> : <Tag>Turned away</Tag>),
      by: (row) => (row.accepted ? 1 : 0),
      compact: "value",
    },
    {
      key: "gates",
      title: "Gates",
      cell: (row) => <GateDots gates={row.gates} />,
      compact: "detail",
    },
    { key: "template", title: "Template", cell: (row) => words(row.template), compact: "detail" },
    {
      key: "parameters",
      title: "Chosen",
      cell: (row) => parametersText(row.parameters),
      wrap: true,
    },
    figure("sharpe_in", "Sharpe in", (row) => row.sharpe_in, ratio),
    figure("sharpe_out", "Sharpe out", (row) => row.sharpe_out, ratio, "detail"),
    {
      key: "return_out",
      title: "Return out",
      cell: (row) => <Change value={row.return_out} />,
      by: (row) => row.return_out ?? -99,
      end: true,
      compact: "detail",
    },
    figure("max_drawdown", "Drawdown", (row) => row.max_drawdown, percent, "detail"),
    figure(
      "deflated",
      "Deflated",
      (row) => row.deflated_sharpe,
      (value) => percent(value, 1),
    ),
    figure(
      "pbo",
      "PBO",
      (row) => row.pbo,
      (value) => percent(value, 1),
    ),
    figure("trades", "Trades", (row) => row.trades, count),
  ];
}

function figure(
  key: string,
  title: string,
  of: (row: Outcome) => number | null,
  show: (value: number | null) => string,
  compact?: "detail",
): Column<Outcome> {
  return {
    key,
    title,
    cell: (row) => show(of(row)),
    by: (row) => of(row) ?? Number.NEGATIVE_INFINITY,
    end: true,
    compact,
  };
}
