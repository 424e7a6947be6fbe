// Several curves in one pane, told apart by tone and by how the line is drawn.
import { LineSeries, LineStyle } from "lightweight-charts";
import { useMemo } from "react";
import { ratio } from "../lib/format";
import type { ChartPoint } from "../lib/resources/runs";
import { type Palette, type Plot, pointsOf, useChart } from "./chart";
import styles from "./lines-chart.module.css";

export interface NamedLine {
  name: string;
  points: ChartPoint[];
}

interface LinesChartProps {
  label: string;
  lines: NamedLine[];
  height?: number;
}

const looks: { tone: keyof Palette; style: LineStyle; dash: string }[] = [
  { tone: "accent", style: LineStyle.Solid, dash: "solid" },
  { tone: "text", style: LineStyle.Solid, dash: "solid" },
  { tone: "muted", style: LineStyle.Solid, dash: "solid" },
  { tone: "accent", style: LineStyle.Dashed, dash: "dashed" },
  { tone: "text", style: LineStyle.Dotted, dash: "dotted" },
];
const plain = { tone: "muted" as const, style: LineStyle.Dotted, dash: "dotted" };
const lookOf = (at: number) => looks[at] ?? plain;

export function LinesChart({ label, lines, height = 300 }: LinesChartProps) {
  const data = useMemo(() => lines, [lines]);
  const holder = useChart(plotLines, data);
  const ends = lines.map(({ name, points }) => `${name} ends at ${ratio(points.at(-1)?.[1])}`);
  const said = `${label}: ${ends.join("; ")}`;
  return <div ref={holder} style={{ height }} role="figure" aria-label={said} />;
}

const plotLines: Plot<NamedLine[]> = (chart, palette) => {
  const made: ReturnType<typeof chart.addSeries>[] = [];
  return (lines) => {
    for (const series of made.splice(0)) chart.removeSeries(series);
    lines.forEach((line, at) => {
      const { tone, style } = lookOf(at);
      const series = chart.addSeries(LineSeries, {
        color: palette[tone],
        lineStyle: style,
        lineWidth: 2,
        priceLineVisible: false,
        priceFormat: {
          type: "custom",
          minMove: 0.01,
          formatter: (value: number) => ratio(value, 1),
        },
      });
      series.setData(pointsOf(line.points));
      made.push(series);
    });
    chart.timeScale().fitContent();
  };
};

export function LineKey({ at, name }: { at: number; name: string }) {
  const { tone, dash } = lookOf(at);
  return (
    <span className={styles.key}>
      <i style={{ borderTopColor: `var(--${tone})`, borderTopStyle: dash as "solid" }} />
      {name}
    </span>
  );
}
