// A grid of results as colours: green and red where a figure has a sign, else the accent.
import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { type KeyboardEvent, type MouseEvent, useEffect, useRef, useState } from "react";
import { heatColour, spanOf } from "./heat-colour";
import styles from "./heat.module.css";

export interface HeatCell {
  x: number;
  y: number;
  value: number | null;
}

interface HeatMapProps {
  label: string;
  xName: string;
  yName: string | null;
  xValues: string[];
  yValues: string[];
  cells: HeatCell[];
  signed: boolean;
  best: { x: number; y: number } | null;
  /** What the framed cell is: the best one, unless it is said. */
  bestName?: string;
  show: (value: number | null) => string;
  /** Given: a click or Enter opens the cell. */
  onCell?: (x: number, y: number) => void;
}

const arrows: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const margin = { left: 64, top: 8, right: 8, bottom: 40 };

export function HeatMap(props: HeatMapProps) {
  const { xValues, yValues, cells, signed, best, onCell } = props;
  const { ref, width } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme("dark");
  const [over, setOver] = useState<HeatCell | null>(null);
  const cellWidth = Math.max(2, (width - margin.left - margin.right) / Math.max(1, xValues.length));
  const cellHeight = Math.max(6, Math.min(34, yValues.length === 1 ? 48 : 420 / yValues.length));
  const height = margin.top + cellHeight * yValues.length + margin.bottom;

  useEffect(() => {
    const pen = canvas.current?.getContext("2d");
    if (!pen || !canvas.current || width === 0) return;
    const scale = window.devicePixelRatio || 1;
    canvas.current.width = width * scale;
    canvas.current.height = height * scale;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    paint(pen, { ...props, over, cellWidth, cellHeight, width, height });
  });

  const cellAt = (event: MouseEvent<HTMLCanvasElement>): HeatCell | null => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = Math.floor((event.clientX - box.left - margin.left) / cellWidth);
    const y = Math.floor((event.clientY - box.top - margin.top) / cellHeight);
    return cellIn(cells, { x, y });
  };
  const step = (event: KeyboardEvent<HTMLCanvasElement>) => {
    const now = over ?? cellIn(cells, best ?? { x: 0, y: 0 });
    if (event.key === "Enter" && now) onCell?.(now.x, now.y);
    const move = arrows[event.key];
    if (!move) return;
    event.preventDefault();
    const from = over ? (now ?? { x: 0, y: 0 }) : null;
    const place = from ? { x: from.x + move[0], y: from.y + move[1] } : (best ?? { x: 0, y: 0 });
    const next = cellIn(cells, place);
    if (next) setOver(next);
  };
  const shown = over ?? cells.find((cell) => cell.x === best?.x && cell.y === best.y) ?? null;
  const span = spanOf(
    cells.map((cell) => cell.value),
    signed,
  );
  return (
    <div className={styles.map} ref={ref} data-scheme={scheme}>
      <canvas
        ref={canvas}
        className={styles.cell}
        style={{ width: "100%", height }}
        role="application"
        aria-roledescription="heat map"
        aria-label={`${props.label}. Arrow keys move${onCell ? ", Enter opens" : ""}.`}
        tabIndex={0}
        onKeyDown={step}
        onBlur={() => setOver(null)}
        onMouseMove={(event) => setOver(cellAt(event))}
        onMouseLeave={() => setOver(null)}
        onClick={(event) => {
          const cell = cellAt(event);
          if (cell) onCell?.(cell.x, cell.y);
        }}
      />
      <div className={styles.legend}>
        <span>{props.show(span.low)}</span>
        <span className={styles.ramp} style={{ background: ramp(signed, span) }} />
        <span>{props.show(span.high)}</span>
        {shown ? (
          <span style={{ marginLeft: "auto", color: "var(--text)" }} role="status">
            {over ? "" : best ? `${props.bestName ?? "Best"}: ` : ""}
            {props.xName} {xValues[shown.x]}
            {props.yName ? `, ${props.yName} ${yValues[shown.y]}` : ""}:{" "}
            <b>{props.show(shown.value)}</b>
          </span>
        ) : null}
      </div>
    </div>
  );
}

function cellIn(cells: HeatCell[], place: { x: number; y: number }): HeatCell | null {
  return cells.find((cell) => cell.x === place.x && cell.y === place.y) ?? null;
}

function ramp(signed: boolean, span: { low: number; high: number }): string {
  const stops = [0, 0.25, 0.5, 0.75, 1].map((at) =>
    heatColour(span.low + (span.high - span.low) * at, span, signed),
  );
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}

interface Painting extends HeatMapProps {
  over: HeatCell | null;
  cellWidth: number;
  cellHeight: number;
  width: number;
  height: number;
}

function paint(pen: CanvasRenderingContext2D, picture: Painting): void {
  const { cells, cellWidth, cellHeight, signed, best } = picture;
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const span = spanOf(
    cells.map((cell) => cell.value),
    signed,
  );
  const gap = cellWidth > 8 && cellHeight > 8 ? 1 : 0;
  pen.clearRect(0, 0, picture.width, picture.height);
  for (const cell of cells) {
    pen.fillStyle =
      cell.value === null ? colour("--raised") : heatColour(cell.value, span, signed, style);
    pen.fillRect(
      margin.left + cell.x * cellWidth,
      margin.top + cell.y * cellHeight,
      cellWidth - gap,
      cellHeight - gap,
    );
  }
  const frame = (place: { x: number; y: number } | null, name: string) => {
    if (!place) return;
    pen.strokeStyle = colour(name);
    pen.lineWidth = 2;
    const [left, top] = [margin.left + place.x * cellWidth, margin.top + place.y * cellHeight];
    pen.strokeRect(left, top, cellWidth - gap, cellHeight - gap);
  };
  frame(best, "--text");
  frame(picture.over, "--accent");
  pen.fillStyle = colour("--muted");
  pen.font = '11px "Inter Variable", system-ui, sans-serif';
  paintAxes(pen, picture);
}

function paintAxes(pen: CanvasRenderingContext2D, picture: Painting): void {
  const { xValues, yValues, cellWidth, cellHeight, height, width } = picture;
  const everyX = Math.max(1, Math.ceil(38 / cellWidth));
  const everyY = Math.max(1, Math.ceil(14 / cellHeight));
  pen.textAlign = "center";
  xValues.forEach((value, index) => {
    if (index % everyX === 0)
      pen.fillText(value, margin.left + (index + 0.5) * cellWidth, height - margin.bottom + 14);
  });
  pen.fillText(picture.xName, margin.left + (width - margin.left - margin.right) / 2, height - 8);
  pen.textAlign = "right";
  yValues.forEach((value, index) => {
    if (index % everyY === 0)
      pen.fillText(value, margin.left - 6, margin.top + (index + 0.5) * cellHeight + 4);
  });
  if (picture.yName) pen.fillText(picture.yName, margin.left - 6, height - margin.bottom + 14);
}
