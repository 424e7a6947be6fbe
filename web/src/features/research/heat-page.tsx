// A sweep's page: progress while it runs, the grid when it is done.
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { runQuery, sweepResultQuery } from "../../lib/resources/runs";
import { LinkButton } from "../../ui/link-button";
import { Page } from "../../ui/page";
import { Answer } from "../../ui/states";
import { State } from "../../ui/value";
import { askedOf, searchOf } from "./request";
import { RunProgress } from "../../ui/run-progress";
import { SweepBody } from "./sweep-body";

export default function HeatPage() {
  const { runId = "" } = useParams({ strict: false });
  const query = useQuery(runQuery("sweep", runId));
  const run = query.data;
  const result = useQuery({ ...sweepResultQuery(runId), enabled: run?.status === "done" });
  const again = run ? (
    <LinkButton variant="default" to="/sweeps/new" search={searchOf(askedOf(run))}>
      Change and run again
    </LinkButton>
  ) : null;
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
