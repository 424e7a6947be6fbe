// One's own strategies.
import { useNavigate } from "@tanstack/react-router";
import { count, dateTime } from "../../lib/format";
import { strategiesQuery, type Strategy } from "../../lib/resources/strategies";
import type { Column } from "../../ui/data-table";
import { LinkButton } from "../../ui/link-button";
import { Page, Panel } from "../../ui/page";
import { PagedTable } from "../../ui/paged-table";
import { RowLink } from "../../ui/row-link";
import { Empty } from "../../ui/states";
import { State } from "../../ui/value";

const columns: Column<Strategy>[] = [
  {
    key: "name",
    title: "Name",
    cell: (strategy) => (
      <RowLink to="/strategies/$strategyId" params={{ strategyId: strategy.id }}>
        {strategy.name}
      </RowLink>
    ),
    by: (strategy) => strategy.name,
    compact: "title",
  },
  { key: "tags", title: "Tags", cell: (strategy) => strategy.tags.join(", ") || "–" },
  {
    key: "version",
    title: "Version",
    cell: (strategy) => `${strategy.current_version} of ${strategy.latest_version}`,
    end: true,
    compact: "detail",
  },
  {
    key: "followers",
    title: "Followers",
    cell: (strategy) => count(strategy.subscriber_count),
    end: true,
    compact: "detail",
  },
  {
    key: "visibility",
    title: "Visibility",
    cell: (strategy) => <State state={strategy.visibility} />,
    compact: "value",
  },
  {
    key: "updated",
    title: "Changed, UTC",
    cell: (strategy) => dateTime(strategy.updated_at),
    by: (strategy) => strategy.updated_at,
    end: true,
    compact: "detail",
  },
];

export default function StrategyListPage() {
  const navigate = useNavigate();
  const add = <LinkButton to="/strategies/new">New strategy</LinkButton>;
  return (
    <Page
      title="Strategies"
      subtitle="Rules as data: a form and a JSON document, in versions that never change."
      actions={add}
    >
      <Panel flush>
        <PagedTable
          label="Strategies"
          query={strategiesQuery}
          columns={columns}
          rowKey={(strategy) => strategy.id}
          onRow={(strategy) =>
            void navigate({ to: "/strategies/$strategyId", params: { strategyId: strategy.id } })
          }
          empty={
            <Empty title="No strategies yet" action={add}>
              Start from a template: moving averages, RSI, Bollinger, Donchian, MACD, SuperTrend.
            </Empty>
          }
        />
      </Panel>
    </Page>
  );
}
