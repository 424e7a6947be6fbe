// Results side by side: curves from one start, and which of them is best at a figure.
import { lowerIsBetter } from "./metrics";
import type { ChartPoint } from "./resources/runs";

/** The same curve beginning at 100; a curve that begins at nothing stays as it is. */
export function rebased(points: ChartPoint[]): ChartPoint[] {
  const first = points.find(([, value]) => Number.isFinite(value) && value !== 0)?.[1];
  if (first === undefined) return points;
  return points.map(([ms, value]) => [ms, (value / first) * 100]);
}

const neither = new Set(["days", "trades", "wins", "final_equity", "exposure", "fees", "losses"]);

/** Where the best value stands; nowhere when all are equal, unknown, or none is better. */
export function bestPlace(name: string, values: (number | null)[]): number {
  const known = values.filter((value): value is number => value !== null);
  if (neither.has(name) || new Set(known).size < 2) return -1;
  const best = lowerIsBetter.has(name) ? Math.min(...known) : Math.max(...known);
  return values.indexOf(best);
}
