// The closed trades of a report; a click shows one on the candles.
import { Tooltip } from "@mantine/core";
import { useMemo } from "react";
import {
  dateTime,
  duration,
  money,
  percent,
  price,
  quantity,
  signedMoney,
  words,
} from "../../lib/format";
import type { Trade } from "../../lib/resources/runs";
import { type Column, DataTable } from "../../ui/data-table";
import { Empty } from "../../ui/states";
import { Change, Pnl, Side } from "../../ui/value";

const share = (trade: Trade) => trade.pnl / (trade.quantity * trade.entry_price);

const columns: Column<Trade>[] = [
  {
    key: "side",
    title: "Side",
    cell: (trade) => <Side side={trade.side} />,
    by: (trade) => trade.side,
    compact: "title",
  },
  {
    key: "entry",
    title: "Entry",
    cell: (trade) => dateTime(trade.entry_ts),
    by: (trade) => trade.entry_ts,
    compact: "title",
  },
  {
    key: "entryPrice",
    title: "Price",
    cell: (trade) => price(trade.entry_price),
    end: true,
    compact: "detail",
  },
  {
    key: "exit",
    title: "Exit",
    cell: (trade) => dateTime(trade.exit_ts),
    by: (trade) => trade.exit_ts,
  },
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
    by: (trade) => trade.quantity,
  },
  {
    key: "held",
    title: "Held",
    cell: (trade) => duration((trade.exit_ts - trade.entry_ts) / 1000),
    end: true,
    by: (trade) => trade.exit_ts - trade.entry_ts,
    compact: "detail",
  },
  {
    key: "pnl",
    title: "P&L",
    cell: (trade) => <Pnl value={trade.pnl} />,
    end: true,
    by: (trade) => trade.pnl,
    compact: "value",
  },
  {
    key: "share",
    title: "%",
    cell: (trade) => <Change value={share(trade)} />,
    end: true,
    by: share,
  },
  {
    key: "fees",
    title: "Fees",
    cell: (trade) => money(trade.fees),
    end: true,
    by: (trade) => trade.fees,
  },
  {
    key: "reason",
    title: "Why out",
    cell: reasonCell,
    by: (trade) => trade.exit_reason,
    compact: "detail",
  },
];

function reasonCell(trade: Trade) {
  if (!trade.ambiguous) return words(trade.exit_reason);
  return (
    <Tooltip label="The bar touched stop and target; the stop is taken to come first">
      <span>{words(trade.exit_reason)} *</span>
    </Tooltip>
  );
}

export function TradesTable({
  trades,
  onTrade,
}: {
  trades: Trade[];
  onTrade: (trade: Trade) => void;
}) {
  const total = useMemo(() => trades.reduce((sum, trade) => sum + trade.pnl, 0), [trades]);
  if (trades.length === 0) {
    return (
      <Empty title="No trades">
        No entry came through. The refused entries above say why, if there were any.
      </Empty>
    );
  }
  const wins = trades.filter((trade) => trade.pnl > 0).length;
  return (
    <>
      <DataTable
        label="Trades"
        columns={columns}
        rows={trades}
        rowKey={(trade, index) => `${trade.entry_ts} ${index}`}
        onRow={onTrade}
        maxHeight={440}
      />
      <p
        className="muted"
        style={{ margin: 0, padding: "7px 12px", borderTop: "1px solid var(--line)" }}
      >
        {trades.length} trades, {percent(wins / trades.length, 1)} won, {signedMoney(total)} in all.
        Select one to see it on the candles.
      </p>
    </>
  );
}
