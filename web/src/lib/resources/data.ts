// Candles on disk: what there is, what is wrong with it, bars for charts, imports.
import { queryOptions } from "@tanstack/react-query";
import { get, send } from "../http";
import { live } from "../queries";

export interface Coverage {
  instrument: string;
  timeframe: string;
  first_ts: number | string;
  last_ts: number | string;
  bars: number;
  gaps: number;
  missing_bars: number;
  longest_gap_bars: number;
  duplicates: number;
  unsorted: number;
  impossible: number;
  zero_volume: number;
  rejected: number;
  freshness_s: number;
  bytes: number;
  source: "shared" | "private";
}

export interface BarColumns {
  ts: number[];
  open: number[];
  high: number[];
  low: number[];
  close: number[];
  volume: number[];
}

export interface ImportReport {
  id?: string;
  instrument: string;
  timeframe: string;
  file?: string;
  created_at?: string;
  rows?: number;
  accepted?: number;
  rejected?: number;
  [finding: string]: unknown;
}

const items = <T>(answer: { items: T[] } | T[]): T[] =>
  Array.isArray(answer) ? answer : answer.items;

export const coverageQuery = queryOptions({
  queryKey: ["coverage"],
  queryFn: () => get<{ items: Coverage[] } | Coverage[]>("/data/coverage").then(items),
  meta: live,
});

export interface BarRange {
  instrument: string;
  timeframe: string;
  from?: number | string | null;
  to?: number | string | null;
  limit?: number;
}

export const barsQuery = (range: BarRange) =>
  queryOptions({
    queryKey: ["bars", range],
    queryFn: ({ signal }) => get<BarColumns>("/data/bars", { ...range }, signal),
    placeholderData: (before) => before,
    meta: live,
  });

export const importsQuery = queryOptions({
  queryKey: ["imports"],
  queryFn: () => get<{ items: ImportReport[] } | ImportReport[]>("/data/imports").then(items),
});

export async function importFile(
  file: File,
  instrument: string,
  timeframe: string,
): Promise<ImportReport> {
  const form = new FormData();
  form.set("instrument", instrument);
  form.set("timeframe", timeframe);
  form.set("file", file);
  return (await send<ImportReport>("POST", "/data/imports", { form })).data;
}
