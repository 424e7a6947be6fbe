// Where the tenant stands: equity, positions, sessions, and what happened last.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { dateTime, many, money, price, signedMoney, signOf } from "../../lib/format";
import { type Dashboard, dashboardQuery } from "../../lib/resources/dashboard";
import { type Subscription, subscriptionsQuery } from "../../lib/resources/subscriptions";
import { type Column, DataTable } from "../../ui/data-table";
import styles from "../../ui/fields.module.css";
import { LinkButton } from "../../ui/link-button";
import { LineChart } from "../../ui/line-chart";
import { Page, Panel, Stat, Stats } from "../../ui/page";
import { RowLink } from "../../ui/row-link";
import { Answer, Empty } from "../../ui/states";
import { Pnl, Side, State } from "../../ui/value";
import { Activity } from "./activity";
import { FirstSteps } from "./first-steps";

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
    key: "side",
    title: "Side",
    cell: (session) => <Side side={session.position?.side} />,
    compact: "detail",
  },
  {
    key: "entry",
    title: "Entry",
    cell: (session) => price(session.position?.entry_price),
    end: true,
    compact: "detail",
  },
  {
    key: "unrealised",
    title: "Unrealised",
    cell: (session) => <Pnl value={session.unrealised_pnl} />,
    end: true,
    compact: "value",
  },
  {
    key: "equity",
    title: "Equity",
    cell: (session) => money(session.equity),
    end: true,
    compact: "detail",
  },
  {
    key: "status",
    title: "Status",
    cell: (session) => <State state={session.halted ? "halted" : session.status} />,
  },
];

export default function DashboardPage() {
  const query = useQuery(dashboardQuery);
  return (
    <Page title="Dashboard" actions={<LinkButton to="/subscribe">Start a session</LinkButton>}>
      <Answer query={query} rows={10}>
        {(data) => <DashboardBody data={data} />}
      </Answer>
    </Page>
  );
}

function DashboardBody({ data }: { data: Dashboard }) {
  const lastBar = data.feed.last_bar_at;
  return (
    <div className={styles.stack}>
      <Stats>
        <Stat label="Equity" value={money(data.equity)} />
        <Stat
          label="Realised P&L"
          value={signedMoney(data.realised_pnl)}
          sign={signOf(data.realised_pnl)}
        />
        <Stat
          label="Unrealised P&L"
          value={signedMoney(data.unrealised_pnl)}
          sign={signOf(data.unrealised_pnl)}
        />
        <Stat label="Fees" value={money(data.fees)} />
        <Stat
          label="Sessions"
          value={data.active_subscriptions}
          hint={many(data.open_positions, "open position")}
        />
        <Stat
          label="Orders today"
          value={data.orders_today}
          hint={lastBar ? `bar at ${dateTime(lastBar)}` : "no bar yet"}
        />
      </Stats>
      {data.active_subscriptions === 0 ? <FirstSteps /> : null}
      <div className={styles.main}>
        <div className={styles.stack}>
          <Panel title="Equity of all sessions" flush>
            {data.equity_curve.length > 1 ? (
              <LineChart label="Equity" points={data.equity_curve} height={260} />
            ) : (
              <Empty title="No curve yet">
                It begins with the first candle one of your sessions trades on.
              </Empty>
            )}
          </Panel>
          <Panel title="Sessions" flush>
            <SessionTable />
          </Panel>
        </div>
        <Panel title="Activity" flush>
          <Activity recent={data.recent_events} />
        </Panel>
      </div>
    </div>
  );
}

function SessionTable() {
  const navigate = useNavigate();
  const query = useInfiniteQuery(subscriptionsQuery);
  return (
    <Answer query={query} rows={3}>
      {(data) => {
        const rows = data.pages
          .flatMap((page) => page.items)
          .filter((session) => session.status !== "cancelled");
        if (rows.length === 0) {
          return (
            <Empty title="No sessions">
              Follow a strategy from the catalog, or start one of your own.
            </Empty>
          );
        }
        return (
          <DataTable
            label="Sessions"
            columns={columns}
            rows={rows}
            rowKey={(session) => session.id}
            onRow={(session) =>
              void navigate({
                to: "/sessions/$subscriptionId",
                params: { subscriptionId: session.id },
              })
            }
          />
        );
      }}
    </Answer>
  );
}
