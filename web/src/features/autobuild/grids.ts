// Templates of an AutoBuild and their axes, as the document holds them and as one types them.
import { axisOf, axisSize } from "../../lib/axis";
import { asObject, type Definition, type Json } from "../../lib/definition";

export interface TemplateUse {
  name: string;
  /** Null: the grid that comes with the template. */
  grid: Record<string, string> | null;
  parameters: Definition;
}

export type Grids = Record<string, Record<string, (number | string)[]>>;

export function readUses(value: Json | undefined): TemplateUse[] {
  if (!Array.isArray(value)) return [];
  return value.map((entry) => {
    if (typeof entry === "string") return { name: entry, grid: null, parameters: {} };
    const part = asObject(entry);
    const grid = part.grid === undefined ? null : textsOf(asObject(part.grid));
    return { name: String(part.template ?? ""), grid, parameters: asObject(part.parameters) };
  });
}

function textsOf(grid: Definition): Record<string, string> {
  return Object.fromEntries(
    Object.entries(grid).map(([axis, values]) => [
      axis,
      Array.isArray(values) ? values.join(", ") : String(values),
    ]),
  );
}

/** A template whose grid nobody touched stays a name, so that the server's own grid holds. */
export function writeUses(uses: TemplateUse[]): Json[] {
  return uses.map((use) => {
    if (use.grid === null) return use.name;
    const grid: Definition = {};
    for (const [axis, text] of Object.entries(use.grid)) {
      const read = axisOf(text);
      if (read !== null) grid[axis] = typeof axisSize(text) === "string" ? text : read;
    }
    return { template: use.name, grid, parameters: use.parameters };
  });
}

export const shownGrid = (use: TemplateUse, grids: Grids): Record<string, string> =>
  use.grid ?? textsOf((grids[use.name] ?? {}) as Definition);

/** How many sets a grid has before constraints between its axes rule some out. */
export function setsIn(grid: Record<string, string>): number {
  return Object.values(grid).reduce((total, text) => {
    const size = axisSize(text);
    return typeof size === "number" && size > 0 ? total * size : total;
  }, 1);
}
