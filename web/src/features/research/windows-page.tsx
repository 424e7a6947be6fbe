// A walk-forward's page: each window's fit against its test, and the tests joined into one curve.
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { day, ratio } from "../../lib/format";
import { runQuery, type WalkForwardResult, walkForwardResultQuery } from "../../lib/resources/runs";
import { type Column, DataTable } from "../../ui/data-table";
import styles from "../../ui/fields.module.css";
import { LinkButton } from "../../ui/link-button";
import { LineChart } from "../../ui/line-chart";
import { Page, Panel } from "../../ui/page";
import { Answer } from "../../ui/states";
import { Change, State } from "../../ui/value";
import { Headline } from "./report-parts";
import { RunProgress } from "./run-progress";

type Window = WalkForwardResult["windows"][number];

const columns: Column<Window>[] = [
  {
    key: "fit",
    title: "Fitted on",
    cell: (window) => `${day(window.fit_from)} to ${day(window.fit_to)}`,
    compact: "detail",
  },
  {
    key: "test",
    title: "Tested on",
    cell: (window) => `${day(window.test_from)} to ${day(window.test_to)}`,
    compact: "title",
  },
  {
    key: "parameters",
    title: "Chosen",
    cell: (window) =>
      Object.entries(window.parameters)
        .map(([name, value]) => `${name} ${String(value)}`)
        .join(", "),
    wrap: true,
    compact: "detail",
  },
  {
    key: "fitMetric",
    title: "Metric in fit",
    cell: (window) => ratio(window.fit_metric),
    end: true,
    compact: "detail",
  },
  {
    key: "testMetric",
    title: "Metric in test",
    cell: (window) => ratio(window.test_metric),
    end: true,
    compact: "detail",
  },
  {
    key: "return",
    title: "Return in test",
    cell: (window) => <Change value={window.test_return} />,
    end: true,
    compact: "value",
  },
];

export default function WindowsPage() {
  const { runId = "" } = useParams({ strict: false });
  const query = useQuery(runQuery("walkforward", runId));
  const run = query.data;
  const result = useQuery({ ...walkForwardResultQuery(runId), enabled: run?.status === "done" });
  const again = (
    <LinkButton variant="default" to="/walkforwards/new">
      New walk-forward
    </LinkButton>
  );
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
  const survived = result.windows.filter((window) => (window.test_return ?? 0) > 0).length;
  return (
    <div className={styles.stack}>
      <Headline metrics={result.metrics} />
      <Panel title="Equity of the test windows, joined" flush>
        <LineChart label="Stitched equity" points={result.stitched_equity} height={300} />
      </Panel>
      <Panel
        title={`Windows: ${survived} of ${result.windows.length} earned on candles they had not seen`}
        flush
      >
        <DataTable
          label="Windows"
          columns={columns}
          rows={result.windows}
          rowKey={(window) => String(window.test_from)}
        />
      </Panel>
    </div>
  );
}
