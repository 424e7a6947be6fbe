// Candles with volume, the fills on them, and the levels that rest: entry, stop, target.
import {
  CandlestickSeries,
  createSeriesMarkers,
  HistogramSeries,
  type IChartApi,
  LineStyle,
  type SeriesMarker,
  type UTCTimestamp,
} from "lightweight-charts";
import { useCallback } from "react";
import { price } from "../lib/format";
import type { Bars } from "../lib/resources/data";
import { type Palette, useChart } from "./chart";

export interface Mark {
  ms: number;
  side: 1 | -1;
  text: string;
  /** An exit is drawn as a square, an entry as an arrow. */
  exit: boolean;
}

export interface Level {
  value: number;
  text: string;
  tone: "entry" | "stop" | "target";
}

interface CandleChartProps {
  label: string;
  bars: Bars;
  marks?: Mark[];
  levels?: Level[];
  height?: number;
  /** Given: only the last so many candles are in sight at first. */
  visible?: number;
}

const none: never[] = [];

export function CandleChart({
  label,
  bars,
  marks = none,
  levels = none,
  height = 360,
  visible,
}: CandleChartProps) {
  const draw = useCallback(
    (chart: IChartApi, palette: Palette) => {
      drawCandles(chart, palette, bars, marks, levels);
      const last = bars.ts.length;
      if (visible === undefined || last <= visible) chart.timeScale().fitContent();
      else chart.timeScale().setVisibleLogicalRange({ from: last - visible, to: last + 3 });
    },
    [bars, marks, levels, visible],
  );
  const holder = useChart(draw, 72);
  const close = bars.close.at(-1);
  return (
    <div
      ref={holder}
      style={{ height }}
      role="figure"
      aria-label={`${label}: ${bars.ts.length} candles, last close ${price(close)}`}
    />
  );
}

function drawCandles(
  chart: IChartApi,
  palette: Palette,
  bars: Bars,
  marks: Mark[],
  levels: Level[],
): void {
  const series = chart.addSeries(CandlestickSeries, {
    upColor: palette.up,
    downColor: palette.down,
    borderVisible: false,
    wickUpColor: palette.up,
    wickDownColor: palette.down,
    priceFormat: { type: "custom", minMove: 1e-8, formatter: (value: number) => price(value) },
  });
  series.setData(
    bars.ts.map((ms, at) => ({
      time: (ms / 1000) as UTCTimestamp,
      open: bars.open[at] ?? 0,
      high: bars.high[at] ?? 0,
      low: bars.low[at] ?? 0,
      close: bars.close[at] ?? 0,
    })),
  );
  drawVolume(chart, palette, bars);
  createSeriesMarkers(series, markersOf(bars.ts, marks, palette));
  for (const level of levels) {
    series.createPriceLine({
      price: level.value,
      title: level.text,
      lineWidth: 1,
      lineStyle: level.tone === "entry" ? LineStyle.Solid : LineStyle.Dashed,
      color:
        level.tone === "entry" ? palette.accent : level.tone === "stop" ? palette.down : palette.up,
      axisLabelVisible: true,
    });
  }
}

function drawVolume(chart: IChartApi, palette: Palette, bars: Bars): void {
  const volume = chart.addSeries(HistogramSeries, {
    color: `${palette.muted}55`,
    priceScaleId: "volume",
    lastValueVisible: false,
    priceLineVisible: false,
    priceFormat: { type: "volume" },
  });
  volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
  volume.setData(
    bars.ts.map((ms, at) => ({ time: (ms / 1000) as UTCTimestamp, value: bars.volume[at] ?? 0 })),
  );
}

/** Each mark stands on the last bar that opened at or before it. */
function markersOf(ts: number[], marks: Mark[], palette: Palette): SeriesMarker<UTCTimestamp>[] {
  const first = ts[0] ?? 0;
  return marks
    .filter((mark) => mark.ms >= first)
    .map((mark) => ({
      time: (barAt(ts, mark.ms) / 1000) as UTCTimestamp,
      position: mark.side > 0 ? ("belowBar" as const) : ("aboveBar" as const),
      shape: mark.exit
        ? ("square" as const)
        : mark.side > 0
          ? ("arrowUp" as const)
          : ("arrowDown" as const),
      color: mark.side > 0 ? palette.up : palette.down,
      text: mark.exit ? mark.text : "",
      size: mark.exit ? 0.6 : 1,
    }))
    .sort((a, b) => a.time - b.time);
}

function barAt(ts: number[], ms: number): number {
  let low = 0;
  let high = ts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((ts[middle] ?? 0) <= ms) low = middle;
    else high = middle - 1;
  }
  return ts[low] ?? ms;
}
