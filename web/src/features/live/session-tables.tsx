// Orders and trades of one session.
import { dateTime, money, price, quantity, words } from "../../lib/format";
import { type Order, ordersQuery } from "../../lib/resources/orders";
import { type LiveTrade, subscriptionTradesQuery } from "../../lib/resources/subscriptions";
import type { Column } from "../../ui/data-table";
import { PagedTable } from "../../ui/paged-table";
import { Empty } from "../../ui/states";
import { Pnl, Side, State } from "../../ui/value";

const orderColumns: Column<Order>[] = [
  {
    key: "created",
    title: "Created, UTC",
    cell: (order) => dateTime(order.created_at),
    compact: "title",
  },
  { key: "side", title: "Side", cell: (order) => <Side side={order.side} />, compact: "title" },
  { key: "purpose", title: "Purpose", cell: (order) => words(order.purpose), compact: "detail" },
  { key: "type", title: "Type", cell: (order) => words(order.type), compact: "detail" },
  {
    key: "quantity",
    title: "Filled / asked",
    cell: (order) => `${quantity(order.filled_quantity)} / ${quantity(order.quantity)}`,
    end: true,
    compact: "detail",
  },
  {
    key: "price",
    title: "Price",
    cell: (order) => price(order.price),
    end: true,
    compact: "detail",
  },
  {
    key: "status",
    title: "Status",
    cell: (order) => <State state={order.status} why={order.note} />,
    compact: "value",
  },
  {
    key: "id",
    title: "Client id",
    cell: (order) => <span className="mono">{order.client_id}</span>,
  },
];

export function SessionOrders({ subscriptionId }: { subscriptionId: string }) {
  return (
    <PagedTable
      label="Orders"
      query={ordersQuery({ subscription: subscriptionId })}
      columns={orderColumns}
      rowKey={(order) => order.id}
      empty={
        <Empty title="No orders yet">An order appears here before it is sent to the venue.</Empty>
      }
    />
  );
}

const tradeColumns: Column<LiveTrade>[] = [
  { key: "side", title: "Side", cell: (trade) => <Side side={trade.side} />, compact: "title" },
  {
    key: "entry",
    title: "Entry, UTC",
    cell: (trade) => dateTime(trade.entry_ts),
    compact: "title",
  },
  {
    key: "entryPrice",
    title: "Price",
    cell: (trade) => price(trade.entry_price),
    end: true,
    compact: "detail",
  },
  { key: "exit", title: "Exit, UTC", cell: (trade) => dateTime(trade.exit_ts) },
  {
    key: "exitPrice",
    title: "Exit price",
    cell: (trade) => price(trade.exit_price),
    end: true,
    compact: "detail",
  },
  {
    key: "quantity",
    title: "Quantity",
    cell: (trade) => quantity(trade.quantity),
    end: true,
    compact: "detail",
  },
  {
    key: "pnl",
    title: "P&L",
    cell: (trade) => <Pnl value={trade.pnl} />,
    end: true,
    compact: "value",
  },
  { key: "fees", title: "Fees", cell: (trade) => money(trade.fees), end: true },
  {
    key: "reason",
    title: "Why out",
    cell: (trade) => (trade.reason ? words(trade.reason) : "–"),
    compact: "detail",
  },
];

export function SessionTrades({ subscriptionId }: { subscriptionId: string }) {
  return (
    <PagedTable
      label="Trades"
      query={subscriptionTradesQuery(subscriptionId)}
      columns={tradeColumns}
      rowKey={(trade) => trade.id}
      empty={
        <Empty title="No closed trades yet">A round trip is listed when its exit has filled.</Empty>
      }
    />
  );
}
