// One lightweight-charts canvas: coloured by the style sheet, redrawn when the scheme changes.
import { useComputedColorScheme } from "@mantine/core";
import {
  ColorType,
  createChart,
  CrosshairMode,
  type IChartApi,
  type UTCTimestamp,
} from "lightweight-charts";
import { type RefObject, useEffect, useRef } from "react";
import type { ChartPoint } from "../lib/resources/runs";

export interface Palette {
  text: string;
  muted: string;
  line: string;
  panel: string;
  accent: string;
  up: string;
  down: string;
}

export function useChart(
  draw: (chart: IChartApi, palette: Palette) => void,
  scaleWidth = 64,
): RefObject<HTMLDivElement | null> {
  const holder = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme("dark");
  useEffect(() => {
    if (!holder.current) return undefined;
    const palette = paletteNow();
    const chart = createChart(holder.current, optionsFor(palette, scaleWidth));
    draw(chart, palette);
    return () => chart.remove();
  }, [draw, scheme, scaleWidth]);
  return holder;
}

function paletteNow(): Palette {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: of("text"),
    muted: of("muted"),
    line: of("line"),
    panel: of("panel"),
    accent: of("accent"),
    up: of("up"),
    down: of("down"),
  };
}

function optionsFor(palette: Palette, scaleWidth: number) {
  return {
    autoSize: true,
    layout: {
      background: { type: ColorType.Solid, color: palette.panel },
      textColor: palette.muted,
      fontSize: 11,
      fontFamily: '"Inter Variable", system-ui, sans-serif',
      attributionLogo: true,
      panes: { separatorColor: palette.line, separatorHoverColor: palette.line },
    },
    grid: { vertLines: { visible: false }, horzLines: { color: palette.line } },
    rightPriceScale: { borderVisible: false, minimumWidth: scaleWidth },
    timeScale: {
      borderColor: palette.line,
      timeVisible: true,
      secondsVisible: false,
      minBarSpacing: 0.01,
    },
    crosshair: {
      mode: CrosshairMode.Normal,
      vertLine: { color: palette.muted },
      horzLine: { color: palette.muted },
    },
    handleScroll: { vertTouchDrag: false },
  };
}

/** Epoch milliseconds to the chart's seconds; times that do not rise are dropped. */
export function pointsOf(points: ChartPoint[]): { time: UTCTimestamp; value: number }[] {
  const made: { time: UTCTimestamp; value: number }[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const [ms, value] of points) {
    const time = Math.floor(ms / 1000);
    if (time <= last || !Number.isFinite(value)) continue;
    last = time;
    made.push({ time: time as UTCTimestamp, value });
  }
  return made;
}
