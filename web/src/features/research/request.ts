// The run form's values and the request they become; text stays text until it is sent.
import type { Definition } from "../../lib/definition";
import { axisOf } from "../../lib/axis";
import { remembered } from "../../lib/remembered";
import type { GridRequest, ParameterValues, Run, RunRequest } from "../../lib/resources/runs";

export type SizingMode = RunRequest["sizing"]["mode"];

export interface RunValues {
  source: string;
  series: string;
  from: string;
  to: string;
  parameters: ParameterValues;
  cash: string;
  feePercent: string;
  slippageBps: string;
  /** A cost model by name; empty: the fee. */
  costs: string;
  spreadBps: string;
  funding: boolean;
  sizing: SizingMode;
  size: string;
  longOnly: boolean;
  grid: Record<string, string>;
  metric: string;
  /** So many sets of the grid by chance; 0 tries them all. */
  random: string;
  fit: string;
  windows: string;
  purge: string;
  embargo: string;
  anchored: boolean;
}

export const suggestedSize: Record<SizingMode, string> = {
  definition: "0",
  fraction: "0.95",
  risk: "0.02",
  quantity: "1",
};

export const emptyRun: RunValues = {
  source: "",
  series: "",
  from: "",
  to: "",
  parameters: {},
  cash: "10000",
  feePercent: "0.1",
  slippageBps: "0",
  costs: "",
  spreadBps: "0",
  funding: false,
  sizing: "definition",
  size: suggestedSize.definition,
  longOnly: false,
  grid: {},
  metric: "sharpe",
  random: "0",
  fit: "0.7",
  windows: "5",
  purge: "0",
  embargo: "0",
  anchored: false,
};

/** Values carried over from another page in the address, e.g. a cell of a sweep. */
export function valuesFrom(search: Record<string, unknown>): RunValues {
  const values = { ...emptyRun, parameters: {} as ParameterValues, grid: {} as RunValues["grid"] };
  for (const [name, raw] of Object.entries(search)) {
    const text = String(raw);
    if (name.startsWith("p.")) values.parameters[name.slice(2)] = scalar(text);
    else if (name.startsWith("g.")) values.grid[name.slice(2)] = text;
    else if (name === "sizing" && text in suggestedSize) values.sizing = text as SizingMode;
    else if (name === "longOnly" || name === "anchored" || name === "funding")
      values[name] = text === "true";
    else if (name in values && typeof values[name as keyof RunValues] === "string")
      Object.assign(values, { [name]: text });
  }
  return values;
}

function scalar(text: string): number | string | boolean {
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** The address of a form filled with these values, with other parameters where given. */
export function searchOf(values: RunValues, parameters?: ParameterValues): Record<string, string> {
  const { parameters: own, grid, longOnly, anchored, funding, ...texts } = values;
  const search: Record<string, string> = { ...texts };
  if (longOnly) search.longOnly = "true";
  if (anchored) search.anchored = "true";
  if (funding) search.funding = "true";
  for (const [name, value] of Object.entries({ ...own, ...parameters }))
    search[`p.${name}`] = String(value);
  if (!parameters) for (const [name, text] of Object.entries(grid)) search[`g.${name}`] = text;
  return search;
}

/** What this browser asked a run for, or as much of it as the run's record says. */
export function askedOf(run: Run): RunValues {
  const asked = remembered(run.id);
  if (asked) return { ...emptyRun, ...asked };
  const source = run.version_id ? `version:${run.version_id}` : "";
  return { ...emptyRun, source, series: `${run.instrument}|${run.timeframe}` };
}

/** Move a decimal point in text, so that 0.1 % becomes 0.001 and not 0.0010000000000000002. */
export function shift(text: string, places: number): string {
  const match = /^(-?)(\d*)(?:\.(\d*))?$/.exec(text.trim());
  if (!match || text.trim() === "") return text;
  const [, sign = "", whole = "", fraction = ""] = match;
  const digits = whole + fraction;
  const point = whole.length + places;
  const padded = point <= 0 ? "0".repeat(1 - point) + digits : digits.padEnd(point, "0");
  const at = Math.max(point, 1);
  const left = padded.slice(0, at).replace(/^0+(?=\d)/, "") || "0";
  const right = padded.slice(at).replace(/0+$/, "");
  return `${sign}${left}${right ? `.${right}` : ""}`;
}

export function requestOf(
  values: RunValues,
  body: { version_id: string } | { definition: Definition },
): RunRequest {
  const [instrument = "", timeframe = ""] = values.series.split("|");
  return {
    ...body,
    instrument,
    timeframe,
    from: midnight(values.from),
    to: midnight(values.to),
    parameters: values.parameters,
    cash: values.cash,
    fee: shift(values.feePercent, -2),
    slippage_bps: values.slippageBps,
    costs: values.costs.trim() || null,
    spread_bps: values.spreadBps,
    funding: values.funding,
    sizing: { mode: values.sizing, size: values.size },
    long_only: values.longOnly,
  };
}

function midnight(day: string): string | null {
  return day === "" ? null : `${day}T00:00:00Z`;
}

export function gridRequestOf(
  values: RunValues,
  body: { version_id: string } | { definition: Definition },
): GridRequest {
  const grid: GridRequest["grid"] = {};
  for (const [name, text] of Object.entries(values.grid)) {
    const axis = axisOf(text);
    if (axis) grid[name] = axis;
  }
  return {
    ...requestOf(values, body),
    grid,
    metric: values.metric,
    random: Number(values.random),
    seed: 0,
  };
}
