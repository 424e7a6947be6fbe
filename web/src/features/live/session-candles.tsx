// The session's candles with its fills and the levels that rest now.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { words } from "../../lib/format";
import { barsQuery } from "../../lib/resources/data";
import {
  type LiveTrade,
  type Position,
  type Subscription,
  subscriptionTradesQuery,
} from "../../lib/resources/subscriptions";
import { CandleChart, type Level, type Mark } from "../../ui/candle-chart";
import { Answer, Empty } from "../../ui/states";

export function SessionCandles({ session }: { session: Subscription }) {
  const bars = useQuery(
    barsQuery({ instrument: session.instrument, timeframe: session.timeframe, limit: 300 }),
  );
  const trades = useInfiniteQuery(subscriptionTradesQuery(session.id));
  const marks = useMemo(
    () => marksOf(trades.data?.pages.flatMap((page) => page.items) ?? []),
    [trades.data],
  );
  const levels = useMemo(() => levelsOf(session.position), [session.position]);
  return (
    <Answer query={bars}>
      {(data) =>
        data.ts.length === 0 ? (
          <Empty title="No candle has closed yet">The chart begins with the first one.</Empty>
        ) : (
          <CandleChart
            label={`${session.instrument} ${session.timeframe}`}
            bars={data}
            marks={marks}
            levels={levels}
            height={380}
            visible={120}
          />
        )
      }
    </Answer>
  );
}

function marksOf(trades: LiveTrade[]): Mark[] {
  return trades.flatMap((trade) => {
    const side = trade.side === "short" ? -1 : 1;
    const entry = new Date(trade.entry_ts).getTime();
    const marks: Mark[] = [{ ms: entry, side, text: words(trade.side), exit: false }];
    if (trade.exit_ts) {
      const ms = new Date(trade.exit_ts).getTime();
      marks.push({ ms, side: side > 0 ? -1 : 1, text: words(trade.reason ?? "exit"), exit: true });
    }
    return marks;
  });
}

function levelsOf(position: Position | null): Level[] {
  if (!position) return [];
  const levels: Level[] = [{ value: Number(position.entry_price), text: "entry", tone: "entry" }];
  if (position.stop) levels.push({ value: Number(position.stop), text: "stop", tone: "stop" });
  if (position.target)
    levels.push({ value: Number(position.target), text: "target", tone: "target" });
  return levels;
}
