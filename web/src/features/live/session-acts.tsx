// Pause, resume, cancel and kill one session; an open position is always an explicit choice.
import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem } from "../../lib/problem";
import { queryClient } from "../../lib/queries";
import { kill, type KillAct } from "../../lib/resources/operations";
import {
  cancelSubscription,
  pauseSubscription,
  type PositionChoice,
  resumeSubscription,
  type Subscription,
} from "../../lib/resources/subscriptions";
import { type Choice, ChoiceDialog } from "../../ui/choice-dialog";
import { Icon } from "../../ui/icon";
import { killChoices } from "./kill-choices";

type Act = "pause" | "cancel" | "kill";

const positionChoices: Choice[] = [
  {
    value: "keep",
    label: "Keep the position, protected",
    hint: "Its stop, target and exits go on working; no new entries",
  },
  {
    value: "exit",
    label: "Exit the position",
    hint: "It is closed at the market with the next bar",
  },
];

const titles: Record<Act, string> = {
  pause: "Pause the session",
  cancel: "Cancel the session",
  kill: "Kill switch",
};
const labels: Record<Act, string> = { pause: "Pause", cancel: "Cancel session", kill: "Stop" };

export function SessionActs({ session }: { session: Subscription }) {
  const [asking, setAsking] = useState<Act | null>(null);
  const settle = () => {
    void queryClient.invalidateQueries({ queryKey: ["subscriptions"] });
    void queryClient.invalidateQueries({ queryKey: ["kill"] });
    void queryClient.invalidateQueries({ queryKey: ["dashboard"] });
  };
  const act = useMutation({
    mutationFn: ({
      what,
      choice,
      typed,
    }: {
      what: Act;
      choice: string;
      typed: string;
    }): Promise<unknown> => {
      if (what === "pause") return pauseSubscription(session.id, choice as PositionChoice);
      if (what === "cancel") return cancelSubscription(session.id, choice as PositionChoice);
      const act = choice as KillAct;
      return kill({ scope: "subscription", subject_id: session.id, act, confirmation: typed });
    },
    onSuccess: () => setAsking(null),
    onSettled: settle,
  });
  const resume = useMutation({
    mutationFn: () => resumeSubscription(session.id),
    onError: (error) =>
      notifications.show({
        title: "Not resumed",
        message: asProblem(error).message,
        color: "brass",
      }),
    onSettled: settle,
  });
  const ask = (what: Act) => {
    act.reset();
    setAsking(what);
  };
  if (session.status === "cancelled") return null;
  return (
    <>
      {session.status === "paused" ? (
        <Button
          leftSection={<Icon name="play" size={13} />}
          loading={resume.isPending}
          onClick={() => resume.mutate()}
        >
          Resume
        </Button>
      ) : (
        <Button
          variant="default"
          leftSection={<Icon name="pause" size={13} />}
          onClick={() => ask("pause")}
        >
          Pause
        </Button>
      )}
      <Button variant="default" onClick={() => ask("cancel")}>
        Cancel
      </Button>
      <Button
        variant="default"
        leftSection={<Icon name="stop" size={13} />}
        onClick={() => ask("kill")}
      >
        Kill
      </Button>
      {asking ? (
        <ChoiceDialog
          key={asking}
          title={titles[asking]}
          choices={asking === "kill" ? killChoices : positionChoices}
          act={labels[asking]}
          opened
          busy={act.isPending}
          error={act.error}
          onClose={() => setAsking(null)}
          onAct={(choice, typed) => act.mutate({ what: asking, choice, typed })}
        >
          <span className="muted">
            {session.position
              ? "The session holds a position. Choose what happens to it."
              : "The session is flat now."}
          </span>
        </ChoiceDialog>
      ) : null}
    </>
  );
}
