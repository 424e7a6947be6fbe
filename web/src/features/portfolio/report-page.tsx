// A portfolio's backtest on one account: curve, what each leg gave, how they move, how much is in.
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { count, day, money, percent, ratio, signedMoney } from "../../lib/format";
import { type PortfolioReport, portfolioReportQuery, runQuery } from "../../lib/resources/runs";
import { type Column, DataTable } from "../../ui/data-table";
import fields from "../../ui/fields.module.css";
import { LineChart } from "../../ui/line-chart";
import { Matrix } from "../../ui/matrix";
import { MonthMap } from "../../ui/month-map";
import { Page, Panel } from "../../ui/page";
import { AllFigures, Facts, Headline } from "../../ui/report-parts";
import { RunProgress } from "../../ui/run-progress";
import { ShareBars } from "../../ui/share-bars";
import { Answer } from "../../ui/states";
import { Pnl, State } from "../../ui/value";

export default function PortfolioReportPage() {
  const { runId = "" } = useParams({ strict: false });
  const query = useQuery(runQuery("portfolio", runId));
  const run = query.data;
  const result = useQuery({ ...portfolioReportQuery(runId), enabled: run?.status === "done" });
  const curve = result.data?.equity;
  return (
    <Page
      title={run ? run.strategy_name : "Portfolio backtest"}
      subtitle={
        run ? (
          <>
            One account{curve ? `, ${day(curve[0]?.[0])} to ${day(curve.at(-1)?.[0])}` : ""}{" "}
            <State state={run.status} />
          </>
        ) : null
      }
    >
      <Answer query={query}>
        {(known) =>
          known.status === "done" ? (
            <Answer query={result} rows={10}>
              {(report) => <Body report={report} />}
            </Answer>
          ) : (
            <RunProgress run={known} again={null} />
          )
        }
      </Answer>
    </Page>
  );
}

function Body({ report }: { report: PortfolioReport }) {
  return (
    <div className={fields.stack}>
      {report.notes.map((note) => (
        <p key={note} className={fields.note}>
          {note}
        </p>
      ))}
      <Headline metrics={report.metrics} />
      <Panel title="Equity and drawdown" flush>
        <LineChart
          label="Equity of the portfolio"
          points={report.equity}
          drawdown={report.drawdown}
          base={report.cash}
          height={320}
        />
      </Panel>
      <div className={fields.sides}>
        <Panel title={`Contribution by leg, ${report.currency}`}>
          <ShareBars
            label="Contribution by leg"
            signed
            shares={report.contribution.map((part) => ({
              key: part.leg,
              label: part.leg,
              value: part.pnl,
              text: shareOf(part),
            }))}
          />
        </Panel>
        <Panel title="Correlation of daily returns">
          <Matrix
            label="Correlation of daily returns"
            labels={report.correlation.labels}
            values={report.correlation.values}
          />
        </Panel>
      </div>
      <Panel title="Exposure, notional over equity" flush>
        <LineChart label="Exposure" points={report.exposure} height={160} show={ratio} />
      </Panel>
      <Panel title="Legs on the account" flush>
        <DataTable
          label="Legs on the account"
          columns={columns}
          rows={report.legs}
          rowKey={(leg) => leg.label}
        />
      </Panel>
      <Panel title="Monthly returns">
        <MonthMap returns={report.monthly_returns} />
      </Panel>
      <div className={fields.sides}>
        <Panel title="All figures">
          <AllFigures metrics={report.metrics} />
        </Panel>
        <Panel title="Assumptions">
          <Facts facts={report.assumptions_text} />
        </Panel>
      </div>
    </div>
  );
}

function shareOf({ pnl, share }: PortfolioReport["contribution"][number]): string {
  return share === null ? signedMoney(pnl) : `${signedMoney(pnl)} · ${percent(share, 0)}`;
}

type Leg = PortfolioReport["legs"][number];

const columns: Column<Leg>[] = [
  { key: "leg", title: "Leg", cell: (leg) => leg.label, by: (leg) => leg.label, compact: "title" },
  {
    key: "weight",
    title: "Weight",
    cell: (leg) => percent(leg.weight, 1),
    by: (leg) => leg.weight,
    end: true,
    compact: "detail",
  },
  {
    key: "trades",
    title: "Trades",
    cell: (leg) => count(leg.trades),
    by: (leg) => leg.trades,
    end: true,
    compact: "detail",
  },
  {
    key: "won",
    title: "Won",
    cell: (leg) => percent(leg.trades > 0 ? leg.wins / leg.trades : null, 0),
    end: true,
    compact: "detail",
  },
  { key: "fees", title: "Fees", cell: (leg) => money(leg.fees), end: true, compact: "detail" },
  {
    key: "refused",
    title: "Refused",
    cell: (leg) => count(leg.vetoes.reduce((sum, veto) => sum + Number(veto.count ?? 0), 0)),
    end: true,
  },
  {
    key: "pnl",
    title: "P&L",
    cell: (leg) => <Pnl value={leg.pnl} />,
    by: (leg) => leg.pnl,
    end: true,
    compact: "value",
  },
];
