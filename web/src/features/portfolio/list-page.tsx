// One's own portfolios, the latest changed first.
import { useNavigate } from "@tanstack/react-router";
import { count, dateTime, words } from "../../lib/format";
import { type Portfolio, portfoliosQuery } from "../../lib/resources/portfolios";
import type { Column } from "../../ui/data-table";
import { LinkButton } from "../../ui/link-button";
import { Page, Panel } from "../../ui/page";
import { PagedTable } from "../../ui/paged-table";
import { RowLink } from "../../ui/row-link";
import { Empty } from "../../ui/states";
import { Tag } from "../../ui/value";

const columns: Column<Portfolio>[] = [
  {
    key: "name",
    title: "Name",
    cell: (portfolio) => (
      <RowLink to="/portfolios/$portfolioId" params={{ portfolioId: portfolio.id }}>
        {portfolio.name}
      </RowLink>
    ),
    compact: "title",
  },
  {
    key: "legs",
    title: "Legs",
    cell: (portfolio) => count(portfolio.legs.length),
    end: true,
    compact: "detail",
  },
  {
    key: "instruments",
    title: "Instruments",
    cell: (portfolio) => instrumentsOf(portfolio),
    wrap: true,
    compact: "detail",
  },
  {
    key: "method",
    title: "Weighted by",
    cell: (portfolio) => (portfolio.method === "manual" ? "Hand" : words(portfolio.method)),
    compact: "detail",
  },
  {
    key: "source",
    title: "Made by",
    cell: (portfolio) => <Tag>{portfolio.source ? "AutoBuild" : "A person"}</Tag>,
    compact: "value",
  },
  {
    key: "updated",
    title: "Changed, UTC",
    cell: (portfolio) => dateTime(portfolio.updated_at),
    end: true,
    compact: "detail",
  },
];

function instrumentsOf({ legs }: Portfolio): string {
  const names = [...new Set(legs.map((leg) => leg.instrument))];
  const more = names.length > 4 ? ` and ${names.length - 4} more` : "";
  return names.slice(0, 4).join(", ") + more;
}

export default function PortfolioListPage() {
  const navigate = useNavigate();
  const build = <LinkButton to="/autobuilds/new">New AutoBuild</LinkButton>;
  return (
    <Page
      title="Portfolios"
      subtitle="Pinned versions with weights, tested on one account, promoted through gates."
      actions={build}
    >
      <Panel flush>
        <PagedTable
          label="Portfolios"
          query={portfoliosQuery}
          columns={columns}
          rowKey={(portfolio) => portfolio.id}
          onRow={(portfolio) =>
            void navigate({
              to: "/portfolios/$portfolioId",
              params: { portfolioId: portfolio.id },
            })
          }
          empty={
            <Empty title="No portfolio yet" action={build}>
              Save what an AutoBuild accepted; it stands here with its legs and weights.
            </Empty>
          }
        />
      </Panel>
    </Page>
  );
}
