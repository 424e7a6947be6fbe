// From a sweep's list of cells to a plane one can look at.
import type { ParameterValues, SweepResult } from "../../lib/resources/runs";
import type { HeatCell } from "../../ui/heat-map";

type Axis = SweepResult["axes"][number];

export interface Plane {
  x: Axis;
  y: Axis | null;
  cells: HeatCell[];
  best: { x: number; y: number } | null;
}

const same = (left: unknown, right: unknown) => String(left) === String(right);

/** The plane of two axes (or one) with all other axes held at the given values. */
export function planeOf(
  result: SweepResult,
  xName: string,
  yName: string | null,
  held: ParameterValues,
  metric: string,
): Plane | null {
  const x = result.axes.find((axis) => axis.name === xName);
  const y = result.axes.find((axis) => axis.name === yName) ?? null;
  if (!x) return null;
  const others = result.axes.filter((axis) => axis !== x && axis !== y);
  const xAt = new Map(x.values.map((value, index) => [String(value), index]));
  const yAt = new Map((y?.values ?? []).map((value, index) => [String(value), index]));
  const place = (parameters: ParameterValues) => ({
    x: xAt.get(String(parameters[x.name])) ?? -1,
    y: y ? (yAt.get(String(parameters[y.name])) ?? -1) : 0,
  });
  const inPlane = (parameters: ParameterValues) =>
    others.every((axis) => same(parameters[axis.name], held[axis.name]));
  const cells = result.cells
    .filter((cell) => inPlane(cell.parameters))
    .map((cell) => ({ ...place(cell.parameters), value: cell.metrics[metric] ?? null }))
    .filter((cell) => cell.x >= 0 && cell.y >= 0);
  const best =
    metric === result.metric && inPlane(result.best.parameters)
      ? place(result.best.parameters)
      : null;
  return { x, y, cells, best };
}

/** The parameters of one cell of the plane. */
export function parametersAt(
  plane: Plane,
  held: ParameterValues,
  x: number,
  y: number,
): ParameterValues {
  const parameters: ParameterValues = { ...held };
  const xValue = plane.x.values[x];
  const yValue = plane.y?.values[y];
  if (xValue !== undefined) parameters[plane.x.name] = xValue;
  if (plane.y && yValue !== undefined) parameters[plane.y.name] = yValue;
  return parameters;
}
