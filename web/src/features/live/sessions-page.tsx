// All live sessions of the tenant.
import { useNavigate } from "@tanstack/react-router";
import { day, money, percent } from "../../lib/format";
import { type Subscription, subscriptionsQuery } from "../../lib/resources/subscriptions";
import type { Column } from "../../ui/data-table";
import { LinkButton } from "../../ui/link-button";
import { Page, Panel } from "../../ui/page";
import { PagedTable } from "../../ui/paged-table";
import { RowLink } from "../../ui/row-link";
import { Empty } from "../../ui/states";
import { Pnl, Side, State } from "../../ui/value";
import { KillPanel } from "./kill-panel";

const columns: Column<Subscription>[] = [
  {
    key: "name",
    title: "Strategy",
    cell: (session) => (
      <RowLink to="/sessions/$subscriptionId" params={{ subscriptionId: session.id }}>
        {session.strategy_name}
      </RowLink>
    ),
    compact: "title",
  },
  {
    key: "series",
    title: "Candles",
    cell: (session) => `${session.instrument} ${session.timeframe}`,
    compact: "detail",
  },
  {
    key: "status",
    title: "Status",
    cell: (session) => <State state={session.halted ? "halted" : session.status} />,
    compact: "value",
  },
  {
    key: "side",
    title: "Position",
    cell: (session) => <Side side={session.position?.side} />,
    compact: "detail",
  },
  {
    key: "equity",
    title: "Equity",
    cell: (session) => money(session.equity),
    end: true,
    compact: "detail",
  },
  {
    key: "realised",
    title: "Realised",
    cell: (session) => <Pnl value={session.realised_pnl} />,
    end: true,
    compact: "detail",
  },
  {
    key: "unrealised",
    title: "Unrealised",
    cell: (session) => <Pnl value={session.unrealised_pnl} />,
    end: true,
  },
  { key: "fees", title: "Fees", cell: (session) => money(session.fees), end: true },
  {
    key: "trades",
    title: "Trades",
    cell: (session) => session.trades,
    end: true,
    compact: "detail",
  },
  {
    key: "won",
    title: "Won",
    cell: (session) => (session.trades > 0 ? percent(session.wins / session.trades, 0) : "–"),
    end: true,
  },
  { key: "since", title: "Since", cell: (session) => day(session.created_at), end: true },
];

export default function SessionsPage() {
  const navigate = useNavigate();
  return (
    <Page
      title="Live sessions"
      subtitle="Each follows one strategy with a risk profile of your own, on paper."
      actions={<LinkButton to="/subscribe">Start a session</LinkButton>}
    >
      <div style={{ display: "grid", gap: 12 }}>
        <KillPanel />
        <Panel flush>
          <PagedTable
            label="Live sessions"
            query={subscriptionsQuery}
            columns={columns}
            rowKey={(session) => session.id}
            onRow={(session) =>
              void navigate({
                to: "/sessions/$subscriptionId",
                params: { subscriptionId: session.id },
              })
            }
            empty={
              <Empty
                title="Nothing trades yet"
                action={<LinkButton to="/catalog">See the catalog</LinkButton>}
              >
                Follow a published strategy or start one of your own. It trades on paper from the
                next closed candle.
              </Empty>
            }
          />
        </Panel>
      </div>
    </Page>
  );
}
