// An AutoBuild that runs, or that did not come to its end: stages, figures, the log, cancel.
import { Button, Progress } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { count, duration, percent, ratio, words } from "../../lib/format";
import { queryClient } from "../../lib/queries";
import {
  type AutoBuild,
  cancelAutobuild,
  ended,
  resumeAutobuild,
} from "../../lib/resources/autobuilds";
import fields from "../../ui/fields.module.css";
import { Panel, Stat, Stats } from "../../ui/page";
import { Fault } from "../../ui/states";
import styles from "./progress.module.css";
import { EventLog } from "./event-log";
import { shortly, stageStates, type Steps } from "./steps-seen";

export function BuildProgress({ build, steps }: { build: AutoBuild; steps: Steps }) {
  const refresh = () => queryClient.invalidateQueries({ queryKey: ["autobuilds", build.id] });
  const cancel = useMutation({
    mutationFn: () => cancelAutobuild(build.id),
    onSettled: refresh,
  });
  const resume = useMutation({
    mutationFn: () => resumeAutobuild(build.id),
    onSettled: refresh,
  });
  const over = ended(build);
  return (
    <div className={fields.stack}>
      <Panel
        title={headOf(build)}
        flush
        actions={
          over ? (
            <Button loading={resume.isPending} onClick={() => resume.mutate()}>
              Go on from where it stopped
            </Button>
          ) : (
            <Button
              variant="default"
              loading={cancel.isPending || build.cancel_requested}
              onClick={() => cancel.mutate()}
            >
              Cancel
            </Button>
          )
        }
      >
        <Stages build={build} steps={steps} />
        {over ? null : (
          <div style={{ padding: "12px 12px 14px" }} aria-live="polite">
            <Progress
              value={build.progress * 100}
              animated={build.status === "running"}
              aria-label={`Progress ${percent(build.progress, 0)}`}
            />
          </div>
        )}
        {build.error ? <p style={{ margin: 0, padding: 12 }}>{build.error}</p> : null}
        <Fault error={cancel.error ?? resume.error} />
      </Panel>
      <Stats>
        <Stat
          label="Instruments"
          value={`${count(build.instruments_done)} of ${count(build.instruments_total)}`}
        />
        <Stat label="Accepted" value={count(build.accepted)} />
        <Stat label="Failed" value={count(build.failed)} />
        <Stat label="Sets tried" value={count(build.sets_tested)} />
        <Stat label="Sets a second" value={count(build.sets_per_s)} />
        <Stat label="Best Sharpe so far" value={ratio(build.best_sharpe)} hint="out of sample" />
        <Stat label="Left, about" value={over ? "–" : duration(build.eta_s)} />
      </Stats>
      <Panel title="Log" flush>
        <EventLog steps={steps} />
      </Panel>
    </div>
  );
}

const heads: Record<AutoBuild["status"], string> = {
  queued: "Waiting for a worker",
  running: "Running",
  done: "Done",
  failed: "The AutoBuild failed; instruments that were finished are kept",
  cancelled: "Cancelled; instruments that were finished are kept",
};

const headOf = (build: AutoBuild) =>
  build.status === "running"
    ? `${build.stage ? words(build.stage) : "Running"}, ${percent(build.progress, 0)}`
    : heads[build.status];

export function Stages({ build, steps }: { build: AutoBuild; steps: Steps }) {
  const current = build.status === "queued" ? null : build.stage;
  return (
    <ol className={styles.stages} aria-label="Stages">
      {stageStates(steps.items, current, ended(build)).map(({ stage, state, seconds }) => (
        <li key={stage} data-state={state} aria-current={state === "now" ? "step" : undefined}>
          <b>{words(stage)}</b>
          <span>
            {state === "done" ? (seconds === null ? "done" : shortly(seconds)) : null}
            {state === "now" ? "running" : null}
            {state === "waiting" ? "waiting" : null}
          </span>
        </li>
      ))}
    </ol>
  );
}
