// The portfolio that was assembled: its curve, legs with weights, how they move together.
import { percent, words } from "../../lib/format";
import { metricName, showMetric } from "../../lib/metrics";
import { parametersText } from "../../lib/parameters";
import type { Findings } from "../../lib/resources/autobuilds";
import type { ChartPoint } from "../../lib/resources/runs";
import { type Column, DataTable } from "../../ui/data-table";
import fields from "../../ui/fields.module.css";
import { LineChart } from "../../ui/line-chart";
import { Matrix } from "../../ui/matrix";
import { Panel, Stat, Stats } from "../../ui/page";
import { ShareBars } from "../../ui/share-bars";
import { Empty } from "../../ui/states";

type Portfolio = Findings["portfolio"];
type Leg = Portfolio["legs"][number];

const columns: Column<Leg>[] = [
  { key: "instrument", title: "Instrument", cell: (leg) => leg.instrument, compact: "title" },
  { key: "timeframe", title: "Timeframe", cell: (leg) => leg.timeframe, compact: "detail" },
  { key: "template", title: "Template", cell: (leg) => words(leg.template), compact: "detail" },
  {
    key: "parameters",
    title: "Parameters",
    cell: (leg) => parametersText(leg.parameters),
    wrap: true,
    compact: "detail",
  },
  {
    key: "weight",
    title: "Weight",
    cell: (leg) => <b>{percent(leg.weight, 1)}</b>,
    by: (leg) => leg.weight,
    end: true,
    compact: "value",
  },
];

export function PortfolioTab({ portfolio }: { portfolio: Portfolio }) {
  const { legs, correlation, equity, notes, metrics } = portfolio;
  if (legs.length === 0) {
    return (
      <Panel>
        <Empty title="No leg, no portfolio">
          {notes.join(" ") ||
            "Nothing was accepted. The leaderboard says which gate each one failed at."}
        </Empty>
      </Panel>
    );
  }
  return (
    <div className={fields.stack}>
      {notes.map((note) => (
        <p key={note} className={fields.note}>
          {note}
        </p>
      ))}
      <Stats>
        {Object.entries(metrics).map(([name, value]) => (
          <Stat key={name} label={metricName(name)} value={showMetric(name, value)} />
        ))}
      </Stats>
      <Panel title="Equity of the tests, joined and weighted" flush>
        <LineChart label="Equity of the portfolio" points={equity as ChartPoint[]} height={300} />
      </Panel>
      <Panel title={`Legs, weighted by ${words(portfolio.method).toLowerCase()}`} flush>
        <DataTable
          label="Legs"
          columns={columns}
          rows={legs}
          rowKey={(leg) => `${leg.instrument} ${leg.template}`}
        />
      </Panel>
      <div className={fields.sides}>
        <Panel title="Contribution to the result">
          <ShareBars
            label="Contribution by leg"
            signed
            shares={legs.map((leg) => ({
              key: leg.instrument,
              label: leg.instrument,
              value: leg.contribution ?? 0,
              text: percent(leg.contribution, 1, true),
            }))}
          />
        </Panel>
        <Panel title="Correlation of daily returns">
          <Matrix
            label="Correlation of daily returns"
            labels={correlation.labels}
            values={correlation.values}
          />
        </Panel>
      </div>
    </div>
  );
}
