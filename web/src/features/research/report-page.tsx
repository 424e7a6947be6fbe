// A backtest's page: progress while it runs, the report when it is done.
import { Button, Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { day } from "../../lib/format";
import { downloadAddress } from "../../lib/http";
import { type Report, reportQuery, type Run, runQuery, type Trade } from "../../lib/resources/runs";
import styles from "../../ui/fields.module.css";
import { LinkButton } from "../../ui/link-button";
import { Icon } from "../../ui/icon";
import { LineChart } from "../../ui/line-chart";
import { MonthMap } from "../../ui/month-map";
import { Page, Panel } from "../../ui/page";
import { Answer } from "../../ui/states";
import { State } from "../../ui/value";
import { AllFigures, Assumptions, Headline, Refused } from "../../ui/report-parts";
import report from "../../ui/report.module.css";
import { askedOf, searchOf } from "./request";
import { RunProgress } from "../../ui/run-progress";
import { TradeCandles } from "./trade-candles";
import { TradesTable } from "./trades-table";

export default function ReportPage() {
  const { runId = "" } = useParams({ strict: false });
  const query = useQuery(runQuery("backtest", runId));
  const run = query.data;
  const result = useQuery({ ...reportQuery(runId), enabled: run?.status === "done" });
  return (
    <Page
      title={run ? run.strategy_name : "Backtest"}
      subtitle={run ? <Subtitle run={run} report={result.data} /> : null}
      actions={run ? <Acts run={run} report={result.data} /> : null}
    >
      <Answer query={query}>
        {(known) =>
          known.status === "done" ? (
            <Answer query={result}>{(data) => <ReportBody report={data} />}</Answer>
          ) : (
            <RunProgress run={known} again={<Again run={known} />} />
          )
        }
      </Answer>
    </Page>
  );
}

function Subtitle({ run, report: data }: { run: Run; report: Report | undefined }) {
  return (
    <>
      {run.instrument} {run.timeframe}
      {data ? `, ${day(data.equity[0]?.[0])} to ${day(data.equity.at(-1)?.[0])}` : ""}{" "}
      <State state={run.status} />
    </>
  );
}

function Again({ run }: { run: Run }) {
  return (
    <LinkButton variant="default" to="/backtests/new" search={searchOf(askedOf(run))}>
      Change and run again
    </LinkButton>
  );
}

function Acts({ run, report: data }: { run: Run; report: Report | undefined }) {
  if (!data) return null;
  const file = (kind: string) => downloadAddress(`/backtests/${run.id}/report${kind}`);
  return (
    <>
      <Again run={run} />
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<Icon name="download" size={14} />}>
            Download
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component="a" href={file(".html?download=true")}>
            Report as one HTML file
          </Menu.Item>
          <Menu.Item component="a" href={file(".pdf")}>
            Report as PDF
          </Menu.Item>
          <Menu.Item component="a" href={file(".csv")}>
            Trades as CSV
          </Menu.Item>
          <Menu.Item component="a" href={file(".csv?part=equity")}>
            Equity as CSV
          </Menu.Item>
          <Menu.Item component="a" href={file("")} download={`backtest-${run.id}.json`}>
            Everything as JSON
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

function ReportBody({ report: data }: { report: Report }) {
  const [trade, setTrade] = useState<Trade | null>(null);
  const choose = (chosen: Trade) => {
    setTrade(chosen);
    document.getElementById("candles")?.scrollIntoView({ block: "center" });
  };
  return (
    <div className={styles.stack}>
      {data.notes.map((note) => (
        <p key={note} className={report.note}>
          {note}
        </p>
      ))}
      <Headline metrics={data.metrics} beside={data.buy_and_hold} />
      <Panel title="Equity and drawdown" actions={<Legend />} flush>
        <LineChart
          label="Equity"
          points={data.equity}
          drawdown={data.drawdown}
          beside={data.buy_and_hold_equity}
          height={320}
        />
      </Panel>
      <div id="candles">
        <Panel
          title={trade ? "Candles around the chosen trade" : "Candles and fills, last bars"}
          flush
          actions={
            trade ? (
              <Button variant="subtle" onClick={() => setTrade(null)}>
                Last bars
              </Button>
            ) : undefined
          }
        >
          <TradeCandles report={data} trade={trade} />
        </Panel>
      </div>
      <Panel title="Trades" flush>
        <TradesTable trades={data.trades} onTrade={choose} />
      </Panel>
      <Panel title="Monthly returns">
        <MonthMap returns={data.monthly_returns} />
      </Panel>
      <div className={styles.sides}>
        <Panel title="All figures">
          <AllFigures metrics={data.metrics} />
        </Panel>
        <div className={styles.stack}>
          <Panel title="Assumptions">
            <Assumptions report={data} />
          </Panel>
          {data.vetoes.length > 0 ? (
            <Panel title="Refused entries">
              <Refused report={data} />
            </Panel>
          ) : null}
        </div>
      </div>
    </div>
  );
}

function Legend() {
  return (
    <span className={report.legend}>
      <span>
        <i />
        Strategy
      </span>
      <span>
        <i className={report.beside} />
        Buy and hold
      </span>
    </span>
  );
}
