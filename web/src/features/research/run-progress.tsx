// A run that is not finished yet, or did not finish: progress, cancel, why it failed.
import { Button, Progress } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { percent } from "../../lib/format";
import { queryClient } from "../../lib/queries";
import { cancelRun, finished, type Run } from "../../lib/resources/runs";
import { Panel } from "../../ui/page";
import { Empty, Fault } from "../../ui/states";

export function RunProgress({ run, again }: { run: Run; again: React.ReactNode }) {
  const cancel = useMutation({
    mutationFn: () => cancelRun(run),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["runs", run.kind] }),
  });
  if (run.status === "failed") {
    return (
      <Panel>
        <Empty title="The run failed" action={again}>
          {reasonOf(run)}
        </Empty>
      </Panel>
    );
  }
  if (run.status === "cancelled") {
    return (
      <Panel>
        <Empty title="The run was cancelled" action={again}>
          What it had computed was dropped.
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel>
      <div
        style={{ padding: "26px 12px", maxWidth: 520, margin: "0 auto", textAlign: "center" }}
        aria-live="polite"
      >
        <strong>
          {run.status === "queued"
            ? "Waiting for a worker"
            : `Running, ${percent(run.progress, 0)}`}
        </strong>
        <Progress
          value={run.progress * 100}
          my="md"
          animated={run.status === "running"}
          aria-label={`Progress ${percent(run.progress, 0)}`}
        />
        <Fault error={cancel.error} />
        {finished(run) ? null : (
          <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel run
          </Button>
        )}
      </div>
    </Panel>
  );
}

function reasonOf(run: Run): string {
  if (!run.error)
    return "No reason was recorded. Try it again, and tell the operator if it fails the same way.";
  if (typeof run.error === "string") return run.error;
  return [run.error.detail, run.error.action].filter(Boolean).join(" ");
}
