// The audit log, and the proof that nothing in it was changed.
import { Button, Group, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { count, dateTimeSeconds } from "../../lib/format";
import {
  type AuditEntry,
  auditQuery,
  type Chain,
  verifyAudit,
} from "../../lib/resources/operations";
import type { Column } from "../../ui/data-table";
import { Panel } from "../../ui/page";
import { PagedTable } from "../../ui/paged-table";
import { Empty, Fault } from "../../ui/states";

const columns: Column<AuditEntry>[] = [
  { key: "seq", title: "No.", cell: (entry) => entry.seq, end: true },
  { key: "at", title: "When, UTC", cell: (entry) => dateTimeSeconds(entry.at), compact: "detail" },
  { key: "action", title: "Act", cell: (entry) => entry.action, compact: "title" },
  {
    key: "subject",
    title: "Subject",
    cell: (entry) => <span className="mono">{shortened(entry.subject)}</span>,
    compact: "detail",
  },
  {
    key: "actor",
    title: "By",
    cell: (entry) => <span className="mono">{entry.actor_id.slice(-8)}</span>,
    compact: "value",
  },
  {
    key: "detail",
    title: "Detail",
    cell: (entry) =>
      Object.entries(entry.detail)
        .map(([name, value]) => `${name} ${shortened(value).slice(0, 60)}`)
        .join(", "),
    wrap: true,
  },
  {
    key: "hash",
    title: "Hash",
    cell: (entry) => <span className="mono muted">{entry.hash.slice(0, 10)}</span>,
  },
];

export function AuditPanel() {
  const [typed, setTyped] = useState("");
  const [action] = useDebouncedValue(typed, 300);
  const verify = useMutation({ mutationFn: verifyAudit });
  return (
    <Panel
      title="Audit log"
      flush
      actions={
        <Group gap="xs" wrap="nowrap">
          <TextInput
            size="xs"
            placeholder="Act begins with…"
            aria-label="Act begins with"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Button variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>
            Verify
          </Button>
        </Group>
      }
    >
      {verify.data ? <Proof chain={verify.data} /> : null}
      <Fault error={verify.error} />
      <PagedTable
        label="Audit log"
        query={auditQuery(action)}
        columns={columns}
        rowKey={(entry) => String(entry.seq)}
        empty={<Empty title="No entry matches" />}
      />
    </Panel>
  );
}

/** Long ids by their end, where they differ; the whole stands in the log itself. */
function shortened(subject: string): string {
  return subject.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, (id) => `…${id.slice(-8)}`);
}

function Proof({ chain }: { chain: Chain }) {
  return (
    <p
      role="status"
      style={{ margin: 0, padding: "8px 12px", borderBottom: "1px solid var(--line)" }}
    >
      {chain.intact
        ? `The chain of ${count(chain.entries)} entries is whole.`
        : `The chain breaks at entry ${chain.broken_at}: ${chain.reason ?? "a wrong hash"}.`}
    </p>
  );
}
