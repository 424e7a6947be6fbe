// A walk-forward's page: each window's fit against its test, and the tests joined into one curve.
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { count, day, percent } from "../../lib/format";
import {
  runQuery,
  type WalkForwardResult,
  walkForwardResultQuery,
  type WalkForwardWindow,
} from "../../lib/resources/runs";
import { type Column, DataTable } from "../../ui/data-table";
import styles from "../../ui/fields.module.css";
import { LineChart } from "../../ui/line-chart";
import { LinkButton } from "../../ui/link-button";
import { Page, Panel } from "../../ui/page";
import { Answer } from "../../ui/states";
import { Change, State, Tag } from "../../ui/value";
import { metricName, showMetric } from "../../lib/metrics";
import { Headline } from "../../ui/report-parts";
import { askedOf, searchOf } from "./request";
import { RunProgress } from "../../ui/run-progress";

export default function WindowsPage() {
  const { runId = "" } = useParams({ strict: false });
  const query = useQuery(runQuery("walkforward", runId));
  const run = query.data;
  const result = useQuery({ ...walkForwardResultQuery(runId), enabled: run?.status === "done" });
  const again = run ? (
    <LinkButton variant="default" to="/walkforwards/new" search={searchOf(askedOf(run))}>
      Change and run again
    </LinkButton>
  ) : null;
  return (
    <Page
      title={run ? `Walk-forward of ${run.strategy_name}` : "Walk-forward"}
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
            <Answer query={result}>{(data) => <Windows result={data} />}</Answer>
          ) : (
            <RunProgress run={known} again={again} />
          )
        }
      </Answer>
    </Page>
  );
}

function Windows({ result }: { result: WalkForwardResult }) {
  const total = result.windows.length;
  const kept =
    result.efficiency === null
      ? ""
      : `; the tests kept ${percent(result.efficiency, 0)} of what the fits promised`;
  return (
    <div className={styles.stack}>
      <Headline metrics={result.metrics} />
      <Panel title="Equity of the test windows, joined" flush>
        <LineChart
          label="Stitched equity"
          points={result.stitched_equity}
          drawdown={result.drawdown}
          height={320}
        />
      </Panel>
      <Panel title={`${result.survived} of ${total} windows survived their test${kept}`} flush>
        <DataTable
          label="Windows"
          columns={columnsOf(result.metric)}
          rows={result.windows}
          rowKey={(window) => String(window.test_from)}
        />
      </Panel>
    </div>
  );
}

function columnsOf(metric: string): Column<WalkForwardWindow>[] {
  const name = metricName(metric);
  return [
    {
      key: "test",
      title: "Tested on",
      cell: (window) => `${day(window.test_from)} to ${day(window.test_to)}`,
      compact: "title",
    },
    {
      key: "fit",
      title: "Fitted on",
      cell: (window) => `${day(window.fit_from)} to ${day(window.fit_to)}`,
      compact: "detail",
    },
    {
      key: "parameters",
      title: "Chosen",
      cell: (window) =>
        Object.entries(window.parameters)
          .map(([key, value]) => `${key} ${String(value)}`)
          .join(", "),
      wrap: true,
      compact: "detail",
    },
    {
      key: "fitMetric",
      title: `${name} in fit`,
      cell: (window) => showMetric(metric, window.fit_metric),
      end: true,
      compact: "detail",
    },
    {
      key: "testMetric",
      title: `${name} in test`,
      cell: (window) => showMetric(metric, window.test_metric),
      end: true,
      compact: "detail",
    },
    { key: "trades", title: "Trades", cell: (window) => count(window.test_trades), end: true },
    {
      key: "return",
      title: "Return in test",
      cell: (window) => <Change value={window.test_return} />,
      end: true,
      compact: "value",
    },
    {
      key: "survived",
      title: "Survived",
      cell: (window) => (window.survived ? <Tag>yes</Tag> : <span className="muted">no</span>),
      compact: "detail",
    },
  ];
}
