// From a sweep's list of cells to a plane one can look at.
import type { ParameterValues, SweepCell, SweepResult } from "../../lib/resources/runs";
import type { HeatCell } from "../../ui/heat-map";

type Axis = SweepResult["axes"][number];

export interface Plane {
  x: Axis;
  y: Axis | null;
  cells: HeatCell[];
  best: { x: number; y: number } | null;
}

export interface View {
  x: string;
  y: string | null;
  held: ParameterValues;
  metric: string;
}

/** The name under which a sweep's neighbourhoods are shown like a metric. */
export const plateau = "plateau";

export function figureOf(cell: SweepCell, metric: string): number | null {
  return (metric === plateau ? cell.plateau : cell.metrics[metric]) ?? null;
}

/** The plane of two axes (or one) with all other axes held at the given values. */
export function planeOf(result: SweepResult, view: View): Plane | null {
  const x = result.axes.find((axis) => axis.name === view.x);
  const y = result.axes.find((axis) => axis.name === view.y) ?? null;
  if (!x) return null;
  const others = result.axes.filter((axis) => axis !== x && axis !== y);
  const xAt = new Map(x.values.map((value, index) => [String(value), index]));
  const yAt = new Map((y?.values ?? []).map((value, index) => [String(value), index]));
  const place = (parameters: ParameterValues) => ({
    x: xAt.get(String(parameters[x.name])) ?? -1,
    y: y ? (yAt.get(String(parameters[y.name])) ?? -1) : 0,
  });
  const inPlane = (parameters: ParameterValues) =>
    others.every((axis) => String(parameters[axis.name]) === String(view.held[axis.name]));
  const cells = result.cells
    .filter((cell) => inPlane(cell.parameters))
    .map((cell) => ({ ...place(cell.parameters), value: figureOf(cell, view.metric) }))
    .filter((cell) => cell.x >= 0 && cell.y >= 0);
  const top = bestBy(result, view.metric);
  return { x, y, cells, best: top && inPlane(top.parameters) ? place(top.parameters) : null };
}

function bestBy(result: SweepResult, metric: string): SweepCell | null {
  if (metric === plateau) return result.best_plateau;
  return metric === result.metric ? result.best : null;
}

/** The parameters of one cell of the plane. */
export function parametersAt(plane: Plane, held: ParameterValues, x: number, y: number) {
  const parameters: ParameterValues = { ...held };
  const xValue = plane.x.values[x];
  const yValue = plane.y?.values[y];
  if (xValue !== undefined) parameters[plane.x.name] = xValue;
  if (plane.y && yValue !== undefined) parameters[plane.y.name] = yValue;
  return parameters;
}

/** The cells with a figure, the best first. */
export function ranked(result: SweepResult, metric: string, lowerIsBetter: boolean): SweepCell[] {
  const known = result.cells.filter((cell) => figureOf(cell, metric) !== null);
  const direction = lowerIsBetter ? 1 : -1;
  return known.sort(
    (a, b) => ((figureOf(a, metric) ?? 0) - (figureOf(b, metric) ?? 0)) * direction,
  );
}
