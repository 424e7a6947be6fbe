// The platform's kill switch and every switch that is on.
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
import { useUser } from "../../lib/session";
import { type Choice, ChoiceDialog } from "../../ui/choice-dialog";
import { type Column, DataTable } from "../../ui/data-table";
import { Icon } from "../../ui/icon";
import { Panel } from "../../ui/page";
import { Answer, Empty, Fault } from "../../ui/states";
import { State } from "../../ui/value";

const choices: Choice[] = [
  {
    value: "stop_new",
    label: "Stop new entries everywhere",
    hint: "At once, for all tenants; positions keep their exits",
  },
  {
    value: "cancel_open",
    label: "Stop and cancel open orders",
    hint: "Entries are taken back; stops stay",
    typed: "PLATFORM",
  },
  {
    value: "flatten",
    label: "Flatten everything",
    hint: "Every position of every tenant is closed",
    typed: "FLATTEN PLATFORM",
  },
];

const refresh = () =>
  queryClient.invalidateQueries({ predicate: (query) => query.meta?.live === true });

export function SwitchesPanel() {
  const admin = useUser()?.role === "admin";
  const query = useQuery(killQuery);
  const [asking, setAsking] = useState(false);
  const stop = useMutation({
    mutationFn: (values: { act: string; typed: string }) =>
      kill({
        scope: "platform",
        act: values.act as KillAct,
        confirmation: values.typed,
      }),
    onSuccess: () => setAsking(false),
    onSettled: refresh,
  });
  const free = useMutation({ mutationFn: release, onSettled: refresh });
  const columns: Column<KillSwitch>[] = [
    { key: "scope", title: "Scope", cell: (entry) => words(entry.scope), compact: "title" },
    { key: "act", title: "Act", cell: (entry) => words(entry.act), compact: "title" },
    {
      key: "state",
      title: "State",
      cell: (entry) => <State state={entry.active ? "halted" : "released"} />,
      compact: "value",
    },
    {
      key: "since",
      title: "Since, UTC",
      cell: (entry) => dateTime(entry.created_at),
      compact: "detail",
    },
    { key: "progress", title: "Progress", cell: (entry) => progressOf(entry), compact: "detail" },
    {
      key: "free",
      title: "",
      cell: (entry) =>
        entry.active && (admin || entry.scope !== "platform") ? (
          <Button
            variant="subtle"
            size="compact-xs"
            loading={free.isPending}
            onClick={() => free.mutate(entry.id)}
          >
            Release
          </Button>
        ) : null,
      end: true,
      compact: "value",
    },
  ];
  return (
    <Panel
      title="Kill switches"
      flush
      actions={
        <Button
          leftSection={<Icon name="stop" size={13} />}
          disabled={!admin}
          onClick={() => setAsking(true)}
        >
          Stop the platform
        </Button>
      }
    >
      <Fault error={free.error} />
      <Answer query={query} rows={3}>
        {(switches) =>
          switches.length === 0 ? (
            <Empty title="No switch is on">Trading runs for every tenant.</Empty>
          ) : (
            <DataTable
              label="Kill switches"
              columns={columns}
              rows={switches}
              rowKey={(entry) => entry.id}
            />
          )
        }
      </Answer>
      <ChoiceDialog
        title="Stop the platform"
        choices={choices}
        act="Stop the platform"
        opened={asking}
        busy={stop.isPending}
        error={stop.error}
        onClose={() => setAsking(false)}
        onAct={(act, typed) => stop.mutate({ act, typed })}
      >
        <span className="muted">Every tenant is affected. The act is recorded with your name.</span>
      </ChoiceDialog>
    </Panel>
  );
}

function progressOf(entry: KillSwitch): string {
  const parts = Object.entries(entry.progress ?? {}).map(
    ([name, value]) => `${words(name).toLowerCase()} ${value}`,
  );
  return parts.join(", ") || "–";
}
