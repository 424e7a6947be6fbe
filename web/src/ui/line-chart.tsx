// Equity and drawdown over time, in one or two panes.
import { AreaSeries, LineSeries, LineStyle } from "lightweight-charts";
import { useMemo } from "react";
import { money, percent } from "../lib/format";
import type { ChartPoint } from "../lib/resources/runs";
import { type Plot, pointsOf, useChart } from "./chart";

interface Lines {
  points: ChartPoint[];
  drawdown?: ChartPoint[];
  /** A second, muted line to compare with. */
  beside?: ChartPoint[];
  /** A dotted level, such as the capital one began with. */
  base?: number;
  /** How a value is written; as money, unless it is said. */
  show?: (value: number) => string;
}

interface LineChartProps extends Lines {
  label: string;
  height?: number;
}

const asMoney = {
  type: "custom" as const,
  minMove: 0.01,
  formatter: (value: number) => money(value),
};
const asPercent = {
  type: "custom" as const,
  minMove: 0.0001,
  formatter: (value: number) => percent(value, 1),
};

export function LineChart({ label, height = 240, ...lines }: LineChartProps) {
  const { points, drawdown, beside, base, show = money } = lines;
  const data = useMemo(
    () => ({ points, drawdown, beside, base, show }),
    [points, drawdown, beside, base, show],
  );
  const holder = useChart(plotLines, data);
  const [first, last] = [points[0]?.[1] ?? Number.NaN, points.at(-1)?.[1] ?? Number.NaN];
  const said = `${label}: from ${show(first)} to ${show(last)}`;
  return <div ref={holder} style={{ height }} role="figure" aria-label={said} />;
}

const plotLines: Plot<Lines> = (chart, palette) => {
  const other = chart.addSeries(LineSeries, {
    color: `${palette.muted}aa`,
    lineWidth: 1,
    priceLineVisible: false,
    lastValueVisible: false,
    crosshairMarkerVisible: false,
    priceFormat: asMoney,
  });
  const equity = chart.addSeries(LineSeries, {
    color: palette.accent,
    lineWidth: 2,
    priceLineVisible: false,
    priceFormat: asMoney,
  });
  const level = equity.createPriceLine({
    price: 0,
    color: palette.muted,
    lineStyle: LineStyle.Dotted,
    lineWidth: 1,
    axisLabelVisible: false,
    lineVisible: false,
  });
  let fall: ReturnType<typeof addFall> | null = null;
  const addFall = () =>
    chart.addSeries(
      AreaSeries,
      {
        lineColor: palette.down,
        topColor: `${palette.down}40`,
        bottomColor: `${palette.down}10`,
        invertFilledArea: true,
        lineWidth: 1,
        priceLineVisible: false,
        priceFormat: asPercent,
      },
      1,
    );
  return ({ points, drawdown, beside, base, show }) => {
    if (show && show !== money)
      equity.applyOptions({ priceFormat: { type: "custom", minMove: 0.01, formatter: show } });
    other.setData(pointsOf(beside ?? []));
    equity.setData(pointsOf(points));
    level.applyOptions({ price: base ?? 0, lineVisible: base !== undefined });
    if (drawdown) {
      fall ??= addFall();
      fall.setData(pointsOf(drawdown.map(([ms, value]): ChartPoint => [ms, -Math.abs(value)])));
      chart.panes()[1]?.setHeight(80);
    }
    chart.timeScale().fitContent();
  };
};
