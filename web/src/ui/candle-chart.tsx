// Candles with volume, the fills on them, and the levels that rest: entry, stop, target.
import {
  CandlestickSeries,
  createSeriesMarkers,
  HistogramSeries,
  type IPriceLine,
  LineStyle,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import { useMemo } from "react";
import { barAt } from "../lib/bar-at";
import { price } from "../lib/format";
import type { Bars } from "../lib/resources/data";
import { type Palette, type Plot, useChart } from "./chart";

export interface Mark {
  ms: number;
  side: 1 | -1;
  text: string;
  /** An exit is drawn as a square with its reason, an entry as an arrow. */
  exit: boolean;
}

export interface Level {
  value: number;
  text: string;
  tone: "entry" | "stop" | "target";
}

interface Candles {
  bars: Bars;
  marks: Mark[];
  levels: Level[];
  /** Given: only the last so many candles are in sight at first. */
  visible?: number;
}

interface CandleChartProps extends Candles {
  label: string;
  height?: number;
}

export function CandleChart({ label, height = 360, ...candles }: CandleChartProps) {
  const { bars, marks, levels, visible } = candles;
  const data = useMemo(() => ({ bars, marks, levels, visible }), [bars, marks, levels, visible]);
  const holder = useChart(plotCandles, data);
  const said = `${label}: ${bars.ts.length} candles, last close ${price(bars.close.at(-1))}`;
  return <div ref={holder} style={{ height }} role="figure" aria-label={said} />;
}

const plotCandles: Plot<Candles> = (chart, palette) => {
  const volume = chart.addSeries(HistogramSeries, {
    color: `${palette.muted}55`,
    priceScaleId: "volume",
    lastValueVisible: false,
    priceLineVisible: false,
    priceFormat: { type: "volume" },
  });
  volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
  const series = chart.addSeries(CandlestickSeries, {
    upColor: palette.up,
    downColor: palette.down,
    borderVisible: false,
    wickUpColor: palette.up,
    wickDownColor: palette.down,
    priceFormat: { type: "custom", minMove: 1e-8, formatter: (value: number) => price(value) },
  });
  const markers = createSeriesMarkers<Time>(series, []);
  let lines: IPriceLine[] = [];
  let placed = false;
  return ({ bars, marks, levels, visible }) => {
    volume.setData(bars.ts.map((ms, at) => ({ time: timeOf(ms), value: bars.volume[at] ?? 0 })));
    series.setData(candlesOf(bars));
    markers.setMarkers(markersOf(bars.ts, marks, palette));
    for (const line of lines) series.removePriceLine(line);
    lines = levels.map((level) => series.createPriceLine(lineOf(level, palette)));
    if (placed) return;
    placed = true;
    const last = bars.ts.length;
    if (visible === undefined || last <= visible) chart.timeScale().fitContent();
    else chart.timeScale().setVisibleLogicalRange({ from: last - visible, to: last + 3 });
  };
};

const timeOf = (ms: number) => (ms / 1000) as UTCTimestamp;

function candlesOf(bars: Bars) {
  return bars.ts.map((ms, at) => ({
    time: timeOf(ms),
    open: bars.open[at] ?? 0,
    high: bars.high[at] ?? 0,
    low: bars.low[at] ?? 0,
    close: bars.close[at] ?? 0,
  }));
}

function lineOf(level: Level, palette: Palette) {
  const tones = { entry: palette.accent, stop: palette.down, target: palette.up };
  return {
    price: level.value,
    title: level.text,
    lineWidth: 1 as const,
    lineStyle: level.tone === "entry" ? LineStyle.Solid : LineStyle.Dashed,
    color: tones[level.tone],
    axisLabelVisible: true,
  };
}

/** Each mark stands on the last bar that opened at or before it. */
function markersOf(ts: number[], marks: Mark[], palette: Palette): SeriesMarker<UTCTimestamp>[] {
  const first = ts[0] ?? 0;
  return marks
    .filter((mark) => mark.ms >= first)
    .map((mark) => ({
      time: timeOf(barAt(ts, mark.ms)),
      position: mark.side > 0 ? ("belowBar" as const) : ("aboveBar" as const),
      shape: shapeOf(mark),
      color: mark.side > 0 ? palette.up : palette.down,
      text: mark.exit ? mark.text : "",
      size: mark.exit ? 0.6 : 1,
    }))
    .sort((a, b) => Number(a.time) - Number(b.time));
}

function shapeOf(mark: Mark): "square" | "arrowUp" | "arrowDown" {
  if (mark.exit) return "square";
  return mark.side > 0 ? "arrowUp" : "arrowDown";
}
