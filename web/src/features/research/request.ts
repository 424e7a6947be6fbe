// The run form's values and the request they become; text stays text until it is sent.
import type { Definition } from "../../lib/definition";
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
  sizing: SizingMode;
  size: string;
  longOnly: boolean;
  grid: Record<string, string>;
  metric: string;
  fit: string;
  windows: string;
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
  sizing: "definition",
  size: suggestedSize.definition,
  longOnly: false,
  grid: {},
  metric: "sharpe",
  fit: "0.7",
  windows: "5",
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
    else if (name === "longOnly" || name === "anchored") values[name] = text === "true";
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
  const { parameters: own, grid, longOnly, anchored, ...texts } = values;
  const search: Record<string, string> = { ...texts };
  if (longOnly) search.longOnly = "true";
  if (anchored) search.anchored = "true";
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
  return { ...requestOf(values, body), grid, metric: values.metric };
}

/** `5:50:5` stays a range for the server; `5, 10, 20` becomes a list; an empty field is no axis. */
export function axisOf(text: string): string | number[] | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  if (trimmed.includes(":")) return trimmed.replaceAll(" ", "");
  return trimmed
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number);
}

/** How many values an axis has, or a sentence that says what is wrong with it. */
export function axisSize(text: string): number | string {
  const axis = axisOf(text);
  if (axis === null) return 0;
  if (typeof axis !== "string")
    return axis.every(Number.isFinite) ? axis.length : "Expected numbers, e.g. 5, 10, 20";
  const [low, high, step, more] = axis.split(":").map(Number);
  if (low === undefined || high === undefined || step === undefined || more !== undefined)
    return "Expected low:high:step";
  if (![low, high, step].every(Number.isFinite) || step <= 0 || high < low)
    return "Expected low:high:step, e.g. 5:50:5";
  return Math.floor((high - low) / step + 1e-9) + 1;
}
