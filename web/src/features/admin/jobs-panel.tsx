// Durable jobs: what waits, what runs, what failed.
import { dateTime, words } from "../../lib/format";
import { type Job, jobsQuery } from "../../lib/resources/operations";
import type { Column } from "../../ui/data-table";
import { Panel } from "../../ui/page";
import { PagedTable } from "../../ui/paged-table";
import { Empty } from "../../ui/states";
import { State } from "../../ui/value";

const columns: Column<Job>[] = [
  { key: "id", title: "No.", cell: (job) => job.number, end: true },
  { key: "task", title: "Task", cell: (job) => words(job.task), compact: "title" },
  { key: "status", title: "Status", cell: (job) => <State state={job.status} />, compact: "value" },
  {
    key: "attempts",
    title: "Attempts",
    cell: (job) => job.attempts,
    end: true,
    compact: "detail",
  },
  {
    key: "when",
    title: "Since, UTC",
    cell: (job) => dateTime(job.started_at ?? job.queued_at),
    compact: "detail",
  },
  {
    key: "tenant",
    title: "Tenant",
    cell: (job) => <span className="mono">{job.tenant_id?.slice(-8) ?? "–"}</span>,
  },
];

export function JobsPanel() {
  return (
    <Panel title="Jobs" flush>
      <PagedTable
        label="Jobs"
        query={jobsQuery}
        columns={columns}
        rowKey={(job) => String(job.number)}
        empty={
          <Empty title="No jobs">
            Backtests, sweeps and walk-forwards stand here while they wait and run.
          </Empty>
        }
      />
    </Panel>
  );
}
