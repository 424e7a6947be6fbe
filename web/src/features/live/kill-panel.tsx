// The tenant's own kill switch: its state, stopping, and releasing.
import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { dateTime, words } from "../../lib/format";
import { queryClient } from "../../lib/queries";
import {
  kill,
  type KillAct,
  killQuery,
  type KillSwitch,
  release,
} from "../../lib/resources/operations";
import { ChoiceDialog } from "../../ui/choice-dialog";
import { Icon } from "../../ui/icon";
import { Fault } from "../../ui/states";
import { killChoices } from "./kill-choices";
import styles from "./live.module.css";

export function KillPanel() {
  const query = useQuery(killQuery);
  const [asking, setAsking] = useState(false);
  const settle = () =>
    queryClient.invalidateQueries({ predicate: (known) => known.meta?.live === true });
  const stop = useMutation({
    mutationFn: (values: { act: string; typed: string }) =>
      kill({
        scope: "tenant",
        act: values.act as KillAct,
        confirmation: values.typed,
      }),
    onSuccess: () => setAsking(false),
    onSettled: settle,
  });
  const free = useMutation({ mutationFn: release, onSettled: settle });
  const active = (query.data ?? []).filter(
    (entry) => entry.active && entry.scope !== "subscription",
  );
  return (
    <div className={active.length > 0 ? styles.halted : styles.running}>
      <Icon name={active.length > 0 ? "stop" : "check"} />
      <div className={styles.grow}>
        {active.length === 0 ? (
          <span>Trading is on. New entries are taken as signals come.</span>
        ) : null}
        {active.map((entry) => (
          <SwitchLine
            key={entry.id}
            entry={entry}
            busy={free.isPending}
            onRelease={() => free.mutate(entry.id)}
          />
        ))}
        <Fault error={query.error ?? free.error} />
      </div>
      <Button
        variant="default"
        leftSection={<Icon name="stop" size={13} />}
        onClick={() => setAsking(true)}
      >
        Kill switch
      </Button>
      <ChoiceDialog
        title="Stop all your sessions"
        choices={killChoices}
        act="Stop"
        opened={asking}
        busy={stop.isPending}
        error={stop.error}
        onClose={() => setAsking(false)}
        onAct={(act, typed) => stop.mutate({ act, typed })}
      >
        <span className="muted">
          It takes effect before the next order is sent, and stays until you release it.
        </span>
      </ChoiceDialog>
    </div>
  );
}

function SwitchLine({
  entry,
  busy,
  onRelease,
}: {
  entry: KillSwitch;
  busy: boolean;
  onRelease: () => void;
}) {
  const whose =
    entry.scope === "platform"
      ? "The operator halted the platform"
      : "You halted all your sessions";
  return (
    <div className={styles.switch}>
      <span>
        <b>{whose}</b>: {words(entry.act).toLowerCase()}, since {dateTime(entry.created_at)} UTC
      </span>
      {entry.scope === "tenant" ? (
        <Button variant="default" loading={busy} onClick={onRelease}>
          Release
        </Button>
      ) : null}
    </div>
  );
}
