// Candles of a report around its last bars or around a chosen trade, with the fills on them.
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { words } from "../../lib/format";
import { barsQuery } from "../../lib/resources/data";
import type { Report, Trade } from "../../lib/resources/runs";
import { timeframeMs } from "../../lib/timeframe";
import { CandleChart, type Level, type Mark } from "../../ui/candle-chart";
import { Answer, Empty } from "../../ui/states";

const shown = 400;
const around = 60;
const noLevels: Level[] = [];

export function TradeCandles({ report, trade }: { report: Report; trade: Trade | null }) {
  const step = timeframeMs(report.timeframe);
  const end = report.equity.at(-1)?.[0] ?? 0;
  const range = trade
    ? {
        from: trade.entry_ts - around * step,
        to: Math.min(end + step, trade.exit_ts + around * step),
      }
    : { from: end - shown * step, to: end + step };
  const bars = useQuery(
    barsQuery({
      instrument: report.instrument,
      timeframe: report.timeframe,
      from: new Date(range.from).toISOString(),
      to: new Date(range.to).toISOString(),
      limit: 5000,
    }),
  );
  const marks = useMemo(
    () => marksOf(report.trades, range.from, range.to),
    [report.trades, range.from, range.to],
  );
  const levels = useMemo(() => (trade ? levelsOf(trade) : noLevels), [trade]);
  return (
    <Answer query={bars}>
      {(data) =>
        data.ts.length === 0 ? (
          <Empty title="The candles of this range are gone">
            Import them again to see the fills on them.
          </Empty>
        ) : (
          <CandleChart
            key={`${range.from} ${data.ts[0]}`}
            label={`${report.instrument} ${report.timeframe}`}
            bars={data}
            marks={marks}
            levels={levels}
            height={340}
            visible={trade ? undefined : 160}
          />
        )
      }
    </Answer>
  );
}

function marksOf(trades: Trade[], from: number, to: number): Mark[] {
  const marks: Mark[] = [];
  for (const trade of trades) {
    const side = trade.side === "long" ? 1 : -1;
    if (trade.entry_ts >= from && trade.entry_ts <= to) {
      marks.push({ ms: trade.entry_ts, side, text: words(trade.side), exit: false });
    }
    if (trade.exit_ts >= from && trade.exit_ts <= to) {
      marks.push({
        ms: trade.exit_ts,
        side: side > 0 ? -1 : 1,
        text: words(trade.exit_reason),
        exit: true,
      });
    }
  }
  return marks;
}

function levelsOf(trade: Trade): Level[] {
  return [
    { value: trade.entry_price, text: "in", tone: "entry" },
    { value: trade.exit_price, text: "out", tone: trade.pnl < 0 ? "stop" : "target" },
  ];
}
