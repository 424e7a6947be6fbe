// Candles on disk: what there is, what is wrong with it, bars for charts, imports, feeds.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, bodyOf, type Schemas, upload } from "../http";
import { live } from "../queries";
import { pagedQuery } from "./page";

export type Coverage = Schemas["CoverageView"];
export type Bars = Schemas["BarsView"];
export type Import = Omit<Schemas["ImportView"], "report"> & { report: ImportReport };

export interface ImportReport {
  rows: number;
  added: number;
  replaced: number;
  unchanged: number;
  rejected: number;
  duplicates: number;
  conflicts: number;
  unsorted: number;
  reasons: Record<string, number>;
  notes: string[];
  samples: { line: number; reason: string; detail: string; fields: string[] }[];
  quality: { bars: number; gaps: number; missing_bars: number };
}

export type Feed = Schemas["FeedsView"]["items"][number];

export const coverageQuery = queryOptions({
  queryKey: ["coverage"],
  queryFn: ({ signal }) => bodyOf(api.GET("/api/v1/data/coverage", { signal })),
  meta: live,
});

export const feedsQuery = queryOptions({
  queryKey: ["feeds"],
  queryFn: ({ signal }) => bodyOf(api.GET("/api/v1/data/feeds", { signal })),
  refetchInterval: 10_000,
  meta: live,
});

export const addFeed = (name: string, kind: string, config: Record<string, never>) =>
  bodyOf(api.POST("/api/v1/data/feeds", { body: { name, kind, config } }));

export const switchFeed = (name: string, enabled: boolean) =>
  api.PATCH("/api/v1/data/feeds/{name}", { params: { path: { name } }, body: { enabled } });

export interface BarRange {
  instrument: string;
  timeframe: string;
  from?: string;
  to?: string;
  limit?: number;
}

export const barsQuery = (range: BarRange) =>
  queryOptions<Bars>({
    queryKey: ["bars", range],
    queryFn: ({ signal }) =>
      bodyOf(api.GET("/api/v1/data/bars", { params: { query: range }, signal })),
    placeholderData: keepPreviousData,
    meta: live,
  });

export const importsQuery = pagedQuery<Import>(["imports"], async (query, signal) => {
  const page = await bodyOf(api.GET("/api/v1/data/imports", { params: { query }, signal }));
  return { ...page, items: page.items as unknown as Import[] };
});

export interface NewImport {
  file: File;
  instrument: string;
  timeframe: string;
  timezone: string;
  replace: boolean;
}

export function importFile(wanted: NewImport): Promise<Import> {
  const form = new FormData();
  form.set("instrument", wanted.instrument);
  form.set("timeframe", wanted.timeframe);
  if (wanted.timezone) form.set("timezone", wanted.timezone);
  if (wanted.replace) form.set("replace", "true");
  form.set("file", wanted.file);
  return upload<Import>("/data/imports", form);
}

export type Fetch = Schemas["FetchView"];
export type Provider = Schemas["ProviderView"];

export interface FetchFailure {
  kind: string;
  message: string;
  action: string;
}

export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: async () => (await bodyOf(api.GET("/api/v1/data/providers"))).items,
  staleTime: Number.POSITIVE_INFINITY,
});

export const fetchesQuery = pagedQuery<Fetch>(["fetches"], (query, signal) =>
  bodyOf(api.GET("/api/v1/data/fetches", { params: { query }, signal })),
);

export const askFetch = (body: Schemas["FetchBody"]) =>
  bodyOf(api.POST("/api/v1/data/fetches", { body }));

/** What went wrong in a fetch, by kind, as its report says. */
export function fetchFailures(fetch: Pick<Fetch, "report">): FetchFailure[] {
  const failures = fetch.report?.failures;
  if (!Array.isArray(failures)) return [];
  return failures.map((entry: Record<string, unknown>) => ({
    kind: String(entry.error_kind ?? entry.kind ?? "exception"),
    message: String(entry.message ?? ""),
    action: String(entry.action ?? ""),
  }));
}
