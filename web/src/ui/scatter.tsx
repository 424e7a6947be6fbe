// Points by two figures, with the front that nothing beats; each point is a link to its page.
import { useElementSize } from "@mantine/hooks";
import { useState } from "react";
import { paretoFront, ticksOf } from "../lib/pareto";
import styles from "./scatter.module.css";

export interface ScatterPoint {
  key: string;
  label: string;
  x: number;
  y: number;
  /** Filled points are those that were accepted. */
  strong: boolean;
}

interface ScatterProps {
  label: string;
  xName: string;
  yName: string;
  points: ScatterPoint[];
  showX: (value: number) => string;
  showY: (value: number) => string;
  onPoint: (key: string) => void;
  height?: number;
}

const margin = { left: 46, right: 14, top: 12, bottom: 36 };

export function Scatter(props: ScatterProps) {
  const { points, height = 280, showX, showY, onPoint } = props;
  const { ref, width } = useElementSize();
  const [over, setOver] = useState<ScatterPoint | null>(null);
  const known = points.filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y));
  const x = scaleOf(
    known.map((point) => point.x),
    margin.left,
    Math.max(margin.left + 40, width - margin.right),
  );
  const y = scaleOf(
    known.map((point) => point.y),
    height - margin.bottom,
    margin.top,
  );
  const saidOf = (point: ScatterPoint) =>
    `${props.yName} ${showY(point.y)}, ${props.xName} ${showX(point.x)}`;
  const front = paretoFront(known).flatMap((place) => known[place] ?? []);
  return (
    <div className={styles.scatter}>
      <div ref={ref} style={{ height }}>
        {width > 0 ? (
          <svg width={width} height={height} role="group" aria-label={props.label}>
            {y.ticks.map((tick) => (
              <g key={`y${tick}`}>
                <line
                  x1={margin.left}
                  x2={width - margin.right}
                  y1={y.at(tick)}
                  y2={y.at(tick)}
                  className={tick === 0 ? styles.zero : styles.line}
                />
                <text x={margin.left - 6} y={y.at(tick) + 4} textAnchor="end">
                  {showY(tick)}
                </text>
              </g>
            ))}
            {x.ticks.map((tick) => (
              <text
                key={`x${tick}`}
                x={x.at(tick)}
                y={height - margin.bottom + 16}
                textAnchor="middle"
              >
                {showX(tick)}
              </text>
            ))}
            <text x={width - margin.right} y={height - 4} textAnchor="end">
              {props.xName}
            </text>
            <text x={margin.left + 6} y={margin.top + 2} textAnchor="start">
              {props.yName}
            </text>
            <polyline
              className={styles.front}
              points={front.map((point) => `${x.at(point.x)},${y.at(point.y)}`).join(" ")}
            />
            {known.map((point) => (
              <circle
                key={point.key}
                cx={x.at(point.x)}
                cy={y.at(point.y)}
                r={5}
                className={point.strong ? styles.strong : styles.weak}
                role="link"
                tabIndex={0}
                aria-label={`${point.label}: ${saidOf(point)}`}
                onMouseEnter={() => setOver(point)}
                onMouseLeave={() => setOver(null)}
                onFocus={() => setOver(point)}
                onBlur={() => setOver(null)}
                onClick={() => onPoint(point.key)}
                onKeyDown={(event) => (event.key === "Enter" ? onPoint(point.key) : undefined)}
              />
            ))}
          </svg>
        ) : null}
      </div>
      <div className={styles.legend}>
        <span>
          <i className={styles.dotStrong} /> Accepted
        </span>
        <span>
          <i className={styles.dotWeak} /> Turned away
        </span>
        <span>
          <i className={styles.rule} /> Nothing beats these
        </span>
        <span className={styles.said}>
          {over ? `${over.label}: ${showY(over.y)} at ${showX(over.x)}` : ""}
        </span>
      </div>
    </div>
  );
}

function scaleOf(values: number[], from: number, to: number) {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const room = (high - low || 1) * 0.06;
  const [first, last] = [low < 0 ? low - room : low, high + room];
  const at = (value: number) => from + ((value - first) / (last - first)) * (to - from);
  return { at, ticks: ticksOf(first, last, 5) };
}
