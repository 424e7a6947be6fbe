// Earlier imports of the tenant.
import { count, dateTime } from "../../lib/format";
import { type Import, importsQuery } from "../../lib/resources/data";
import type { Column } from "../../ui/data-table";
import { Panel } from "../../ui/page";
import { PagedTable } from "../../ui/paged-table";
import { Empty } from "../../ui/states";

const columns: Column<Import>[] = [
  { key: "file", title: "File", cell: (done) => done.file_name, wrap: true, compact: "title" },
  {
    key: "series",
    title: "Series",
    cell: (done) => `${done.instrument} ${done.timeframe}`,
    compact: "detail",
  },
  { key: "rows", title: "Rows", cell: (done) => count(done.report.rows), end: true },
  {
    key: "added",
    title: "Added",
    cell: (done) => count(done.report.added),
    end: true,
    compact: "value",
  },
  {
    key: "aside",
    title: "Kept aside",
    cell: (done) => count(done.report.rejected),
    end: true,
    compact: "detail",
  },
  {
    key: "when",
    title: "When, UTC",
    cell: (done) => dateTime(done.created_at),
    end: true,
    compact: "detail",
  },
];

export function ImportList() {
  return (
    <Panel title="Your imports" flush>
      <PagedTable
        label="Your imports"
        query={importsQuery}
        columns={columns}
        rowKey={(done) => done.id}
        empty={<Empty title="You imported nothing yet" />}
      />
    </Panel>
  );
}
