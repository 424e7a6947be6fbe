// One live session: what it holds, why it did or did not trade, and how to stop it.
import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { dateTime, money, percent, signedMoney, signOf } from "../../lib/format";
import {
  type Subscription,
  subscriptionEquityQuery,
  subscriptionQuery,
} from "../../lib/resources/subscriptions";
import styles from "../../ui/fields.module.css";
import { LineChart } from "../../ui/line-chart";
import { Page, Panel, Stat, Stats } from "../../ui/page";
import { Answer, Empty } from "../../ui/states";
import { State } from "../../ui/value";
import { PositionPanel, ProfilePanel } from "./position-panel";
import { SessionActs } from "./session-acts";
import { SessionCandles } from "./session-candles";
import { SessionNotice } from "./session-notice";
import { SessionOrders, SessionTrades } from "./session-tables";
import { WhyTable } from "./why-table";

export default function SessionPage() {
  const { subscriptionId = "" } = useParams({ strict: false });
  const query = useQuery(subscriptionQuery(subscriptionId));
  const session = query.data;
  return (
    <Page
      title={session?.strategy_name ?? "Live session"}
      subtitle={session ? <Subtitle session={session} /> : null}
      actions={session ? <SessionActs session={session} /> : null}
    >
      <Answer query={query} rows={10}>
        {(known) => <SessionBody session={known} />}
      </Answer>
    </Page>
  );
}

function Subtitle({ session }: { session: Subscription }) {
  return (
    <>
      {session.instrument} {session.timeframe}, since {dateTime(session.created_at)} UTC{" "}
      <State state={session.status} />{" "}
      {session.halted ? <State state="halted" why="A kill switch is on" /> : null}
    </>
  );
}

function SessionBody({ session }: { session: Subscription }) {
  return (
    <div className={styles.stack}>
      <SessionNotice session={session} />
      <Stats>
        <Stat
          label="Equity"
          value={money(session.equity)}
          hint={`of ${money(session.capital)} capital`}
        />
        <Stat
          label="Realised P&L"
          value={signedMoney(session.realised_pnl)}
          sign={signOf(session.realised_pnl)}
          hint="after fees"
        />
        <Stat
          label="Unrealised P&L"
          value={signedMoney(session.unrealised_pnl)}
          sign={signOf(session.unrealised_pnl)}
        />
        <Stat label="Fees" value={money(session.fees)} />
        <Stat
          label="Trades"
          value={session.trades}
          hint={
            session.trades > 0
              ? `${percent(session.wins / session.trades, 0)} won`
              : "none closed yet"
          }
        />
      </Stats>
      <div className={styles.main}>
        <Panel title={`${session.instrument} ${session.timeframe}`} flush>
          <SessionCandles session={session} />
        </Panel>
        <div className={styles.stack}>
          <PositionPanel session={session} />
          <ProfilePanel session={session} />
        </div>
      </div>
      <Panel flush>
        <Tabs defaultValue="why">
          <Tabs.List px="sm">
            <Tabs.Tab value="why">Why</Tabs.Tab>
            <Tabs.Tab value="orders">Orders</Tabs.Tab>
            <Tabs.Tab value="trades">Trades</Tabs.Tab>
            <Tabs.Tab value="equity">Equity</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="why">
            <WhyTable subscriptionId={session.id} />
          </Tabs.Panel>
          <Tabs.Panel value="orders">
            <SessionOrders subscriptionId={session.id} />
          </Tabs.Panel>
          <Tabs.Panel value="trades">
            <SessionTrades subscriptionId={session.id} />
          </Tabs.Panel>
          <Tabs.Panel value="equity">
            <SessionEquity session={session} />
          </Tabs.Panel>
        </Tabs>
      </Panel>
    </div>
  );
}

function SessionEquity({ session }: { session: Subscription }) {
  const equity = useQuery(subscriptionEquityQuery(session.id));
  return (
    <Answer query={equity}>
      {(points) =>
        points.length > 1 ? (
          <LineChart label="Equity" points={points} base={Number(session.capital)} height={260} />
        ) : (
          <Empty title="No curve yet">A point is added at each closed candle.</Empty>
        )
      }
    </Answer>
  );
}
