// A run that is not finished yet, or did not finish: progress, cancel, why it failed.
import { Button, Progress } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { percent } from "../lib/format";
import { queryClient } from "../lib/queries";
import { cancelRun, type Run } from "../lib/resources/runs";
import { Panel } from "./page";
import { Empty, Fault } from "./states";

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
        <Button
          variant="default"
          loading={cancel.isPending || run.cancel_requested}
          onClick={() => cancel.mutate()}
        >
          Cancel run
        </Button>
      </div>
    </Panel>
  );
}

function reasonOf(run: Run): string {
  return run.error ?? "No reason was recorded. Try it again, and tell the operator if it stays so.";
}
