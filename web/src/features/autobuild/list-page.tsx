// All AutoBuilds, the newest first.
import { Progress } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { count, dateTime, percent, ratio } from "../../lib/format";
import { type AutoBuild, autobuildsQuery } from "../../lib/resources/autobuilds";
import type { Column } from "../../ui/data-table";
import { LinkButton } from "../../ui/link-button";
import { Page, Panel } from "../../ui/page";
import { PagedTable } from "../../ui/paged-table";
import { RowLink } from "../../ui/row-link";
import { Empty } from "../../ui/states";
import { State } from "../../ui/value";

const columns: Column<AutoBuild>[] = [
  {
    key: "name",
    title: "Name",
    cell: (build) => (
      <RowLink to="/autobuilds/$autobuildId" params={{ autobuildId: build.id }}>
        {build.name}
      </RowLink>
    ),
    compact: "title",
  },
  {
    key: "status",
    title: "Status",
    cell: (build) =>
      build.status === "running" ? (
        <Progress
          value={build.progress * 100}
          w={90}
          aria-label={`Running, ${percent(build.progress, 0)}`}
        />
      ) : (
        <State state={build.status} />
      ),
    compact: "value",
  },
  {
    key: "instruments",
    title: "Instruments",
    cell: (build) => `${count(build.instruments_done)} of ${count(build.instruments_total)}`,
    end: true,
    compact: "detail",
  },
  {
    key: "accepted",
    title: "Accepted",
    cell: (build) => count(build.accepted),
    end: true,
    compact: "detail",
  },
  {
    key: "failed",
    title: "Failed",
    cell: (build) => count(build.failed),
    end: true,
    compact: "detail",
    silent: (build) => build.failed === 0,
  },
  { key: "sets", title: "Sets tried", cell: (build) => count(build.sets_tested), end: true },
  {
    key: "best",
    title: "Best Sharpe",
    cell: (build) => ratio(build.best_sharpe),
    end: true,
    compact: "detail",
  },
  {
    key: "created",
    title: "Asked, UTC",
    cell: (build) => dateTime(build.created_at),
    end: true,
    compact: "detail",
  },
];

export default function AutobuildListPage() {
  const navigate = useNavigate();
  const add = <LinkButton to="/autobuilds/new">New AutoBuild</LinkButton>;
  return (
    <Page
      title="AutoBuild"
      subtitle="Searches under your constraints, and keeps only what its evidence holds up."
      actions={add}
    >
      <Panel flush>
        <PagedTable
          label="AutoBuilds"
          query={autobuildsQuery}
          columns={columns}
          rowKey={(build) => build.id}
          onRow={(build) =>
            void navigate({ to: "/autobuilds/$autobuildId", params: { autobuildId: build.id } })
          }
          empty={
            <Empty title="No AutoBuild yet" action={add}>
              Name a universe, templates and the evidence you ask for. What comes back is a
              portfolio, and for everything that was turned away the reason.
            </Empty>
          }
        />
      </Panel>
    </Page>
  );
}
