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

/** Puts series into a new chart and returns how to show data in them, now and later. */
export type Plot<T> = (chart: IChartApi, palette: Palette) => (data: T) => void;

/** A chart that stays while its data changes, so that a look at the past is not torn away. */
export function useChart<T>(plot: Plot<T>, data: T): RefObject<HTMLDivElement | null> {
  const holder = useRef<HTMLDivElement>(null);
  const shown = useRef<((data: T) => void) | null>(null);
  const newest = useRef(data);
  const scheme = useComputedColorScheme("dark");
  useEffect(() => {
    if (!holder.current) return undefined;
    const palette = paletteNow();
    const chart = createChart(holder.current, optionsFor(palette));
    shown.current = plot(chart, palette);
    shown.current(newest.current);
    return () => {
      shown.current = null;
      chart.remove();
    };
  }, [plot, scheme]);
  useEffect(() => {
    if (newest.current === data) return;
    newest.current = data;
    shown.current?.(data);
  }, [data]);
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

function optionsFor(palette: Palette) {
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
    rightPriceScale: { borderVisible: false, minimumWidth: 72 },
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
