// Devices that are signed in, and signing one out.
import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { dateTime } from "../../lib/format";
import { queryClient } from "../../lib/queries";
import { revokeSession, sessionsQuery, type SignInSession } from "../../lib/resources/auth";
import { type Column, DataTable } from "../../ui/data-table";
import { Panel } from "../../ui/page";
import { Answer, Fault } from "../../ui/states";

export function Devices() {
  const query = useQuery(sessionsQuery);
  const revoke = useMutation({
    mutationFn: revokeSession,
    onSettled: () => queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
  const columns: Column<SignInSession>[] = [
    { key: "device", title: "Device", cell: (session) => deviceOf(session), compact: "title" },
    { key: "address", title: "Address", cell: (session) => session.address, compact: "detail" },
    {
      key: "created",
      title: "Signed in, UTC",
      cell: (session) => dateTime(session.created_at),
      compact: "detail",
    },
    { key: "used", title: "Last used, UTC", cell: (session) => dateTime(session.last_used_at) },
    {
      key: "act",
      title: "",
      cell: (session) =>
        session.current ? (
          <span className="muted">this device</span>
        ) : (
          <SignOut session={session} act={revoke.mutate} />
        ),
      end: true,
      compact: "value",
    },
  ];
  return (
    <Panel title="Signed-in devices" flush>
      <Fault error={revoke.error} />
      <Answer query={query} rows={2}>
        {(sessions) => (
          <DataTable
            label="Devices"
            columns={columns}
            rows={sessions}
            rowKey={(session) => session.id}
            maxHeight={320}
          />
        )}
      </Answer>
    </Panel>
  );
}

function SignOut({ session, act }: { session: SignInSession; act: (id: string) => void }) {
  return (
    <Button variant="subtle" size="compact-xs" onClick={() => act(session.id)}>
      Sign out
    </Button>
  );
}

/** The short name of a browser in a user-agent line; other programs keep their own. */
function deviceOf(session: SignInSession): string {
  const browser = /(Firefox|Edg|Chrome|Safari)\/(\d+)/.exec(session.device);
  const system = /(Windows|Mac OS X|Android|iPhone|Linux)/.exec(session.device);
  if (!browser) return session.device.slice(0, 60);
  const name = browser[1] === "Edg" ? "Edge" : browser[1];
  return `${name} ${browser[2]}${system ? ` on ${system[1]}` : ""}`;
}
