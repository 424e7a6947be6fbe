// Equity and drawdown over time, in one or two panes.
import { AreaSeries, type IChartApi, LineSeries, LineStyle } from "lightweight-charts";
import { useCallback } from "react";
import { money, percent } from "../lib/format";
import type { ChartPoint } from "../lib/resources/runs";
import { type Palette, pointsOf, useChart } from "./chart";

const asMoney = {
  type: "custom" as const,
  minMove: 0.01,
  formatter: (value: number) => money(value),
};

interface LineChartProps {
  label: string;
  points: ChartPoint[];
  drawdown?: ChartPoint[];
  /** A second, muted line to compare with. */
  beside?: ChartPoint[];
  base?: number;
  height?: number;
}

export function LineChart({ label, points, drawdown, beside, base, height = 240 }: LineChartProps) {
  const draw = useCallback(
    (chart: IChartApi, palette: Palette) => {
      if (beside) drawBeside(chart, palette, beside);
      drawEquity(chart, palette, points, base);
      if (drawdown) drawDrawdown(chart, palette, drawdown);
      chart.timeScale().fitContent();
    },
    [points, drawdown, beside, base],
  );
  const holder = useChart(draw, 72);
  const first = points[0]?.[1];
  const last = points.at(-1)?.[1];
  return (
    <div
      ref={holder}
      style={{ height }}
      role="figure"
      aria-label={`${label}: from ${money(first)} to ${money(last)}`}
    />
  );
}

function drawEquity(
  chart: IChartApi,
  palette: Palette,
  points: ChartPoint[],
  base: number | undefined,
): void {
  const series = chart.addSeries(LineSeries, {
    color: palette.accent,
    lineWidth: 2,
    priceLineVisible: false,
    priceFormat: asMoney,
  });
  series.setData(pointsOf(points));
  if (base === undefined) return;
  series.createPriceLine({
    price: base,
    color: palette.muted,
    lineStyle: LineStyle.Dotted,
    lineWidth: 1,
    axisLabelVisible: false,
  });
}

function drawBeside(chart: IChartApi, palette: Palette, points: ChartPoint[]): void {
  const series = chart.addSeries(LineSeries, {
    color: `${palette.muted}aa`,
    lineWidth: 1,
    priceLineVisible: false,
    lastValueVisible: false,
    crosshairMarkerVisible: false,
    priceFormat: asMoney,
  });
  series.setData(pointsOf(points));
}

function drawDrawdown(chart: IChartApi, palette: Palette, points: ChartPoint[]): void {
  const options = {
    lineColor: palette.down,
    topColor: `${palette.down}40`,
    bottomColor: `${palette.down}10`,
    invertFilledArea: true,
    lineWidth: 1 as const,
    priceLineVisible: false,
    priceFormat: {
      type: "custom" as const,
      minMove: 0.0001,
      formatter: (value: number) => percent(value, 1),
    },
  };
  const series = chart.addSeries(AreaSeries, options, 1);
  const below = points.map(([ms, value]): ChartPoint => [ms, -Math.abs(value)]);
  series.setData(pointsOf(below));
  chart.panes()[1]?.setHeight(80);
}
