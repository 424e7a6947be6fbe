// Runs of research: backtests, sweeps, walk-forwards; their progress and their results.
import { queryOptions } from "@tanstack/react-query";
import { api, bodyOf, type Schemas } from "../http";
import { live } from "../queries";
import { pagedQuery } from "./page";

export type RunKind = "backtest" | "sweep" | "walkforward" | "portfolio";
export type ChartPoint = [number, number];
export type ParameterValues = Record<string, number | string | boolean>;
export type Metrics = Record<string, number | null>;
export type RunRequest = Schemas["BacktestBody"];
export type GridRequest = Schemas["SweepBody"];
export type WalkForwardRequest = Schemas["WalkforwardBody"];

export type Run = Omit<Schemas["RunView"], "kind" | "status" | "summary"> & {
  kind: RunKind;
  status: "queued" | "running" | "done" | "failed" | "cancelled";
  summary: Metrics | null;
};

export interface Trade {
  side: string;
  quantity: number;
  entry_ts: number;
  entry_price: number;
  exit_ts: number;
  exit_price: number;
  pnl: number;
  fees: number;
  exit_reason: string;
  ambiguous: boolean;
}

export interface OpenPosition {
  side: string;
  quantity: number;
  entry_ts: number;
  entry_price: number;
  mark_price: number;
  unrealised_pnl: number;
  fees: number;
  stop: number | null;
  target: number | null;
}

export interface Report {
  version_hash: string;
  strategy: { name: string; parameters: ParameterValues };
  instrument: string;
  timeframe: string;
  currency: string;
  metrics: Metrics;
  buy_and_hold: Metrics;
  assumptions: Record<string, unknown>;
  assumptions_text: [string, string][];
  notes: string[];
  vetoes: { reason: string; text: string; count: number }[];
  open_position: OpenPosition | null;
  equity: ChartPoint[];
  drawdown: ChartPoint[];
  buy_and_hold_equity: ChartPoint[];
  monthly_returns: { year: number; month: number; return: number | null }[];
  trades: Trade[];
}

export interface PortfolioReport {
  cash: number;
  currency: string;
  metrics: Metrics;
  equity: ChartPoint[];
  drawdown: ChartPoint[];
  exposure: ChartPoint[];
  contribution: { leg: string; pnl: number; share: number | null }[];
  correlation: { labels: string[]; values: (number | null)[][] };
  legs: Schemas["LegReportView"][];
  assumptions_text: [string, string][];
  monthly_returns: Report["monthly_returns"];
  notes: string[];
}

/** One of several results side by side. */
export interface ComparedRun {
  id: string;
  name: string;
  kind?: string;
  instrument: string | null;
  timeframe: string | null;
  metrics: Metrics;
  equity: ChartPoint[];
}

export interface SweepCell {
  parameters: ParameterValues;
  metrics: Metrics;
  /** Median of the neighbours in the sweep's metric. */
  plateau: number | null;
}

export interface SweepResult {
  metric: string;
  lower_is_better: boolean;
  axes: { name: string; values: (number | string)[] }[];
  sets: number;
  skipped: number;
  cells: SweepCell[];
  best: SweepCell | null;
  best_plateau: SweepCell | null;
}

export interface WalkForwardWindow {
  fit_from: number;
  fit_to: number;
  test_from: number;
  test_to: number;
  parameters: ParameterValues;
  fit_metric: number | null;
  test_metric: number | null;
  fit_return: number | null;
  test_return: number | null;
  test_max_drawdown: number | null;
  test_trades: number;
  survived: boolean;
}

export interface WalkForwardResult {
  metric: string;
  windows: WalkForwardWindow[];
  survived: number;
  efficiency: number | null;
  metrics: Metrics;
  stitched_equity: ChartPoint[];
  drawdown: ChartPoint[];
}

const folders = {
  backtest: "/backtests",
  sweep: "/sweeps",
  walkforward: "/walkforwards",
  portfolio: "/portfolio-backtests",
} as const;

export const runAddress = (kind: RunKind) => folders[kind];

export const finished = (run: Pick<Run, "status">) =>
  run.status !== "queued" && run.status !== "running";

const of = (id: string) => ({ params: { path: { run_id: id } } });

export const runsQuery = (kind: RunKind) =>
  pagedQuery<Run>(["runs", kind, "list"], async (query, signal) => {
    const page = await bodyOf(api.GET(`/api/v1${folders[kind]}`, { params: { query }, signal }));
    return { ...page, items: page.items as Run[] };
  });

export const runQuery = (kind: RunKind, id: string) =>
  queryOptions({
    queryKey: ["runs", kind, id],
    queryFn: async () => (await bodyOf(api.GET(`/api/v1${folders[kind]}/{run_id}`, of(id)))) as Run,
    refetchInterval: (query) => (query.state.data && finished(query.state.data) ? false : 1_500),
    meta: live,
  });

const result = <T>(kind: RunKind, id: string, read: () => Promise<unknown>) =>
  queryOptions({
    queryKey: ["results", kind, id],
    queryFn: async () => (await read()) as T,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const reportQuery = (id: string) =>
  result<Report>("backtest", id, () =>
    bodyOf(api.GET("/api/v1/backtests/{run_id}/report", of(id))),
  );

export const sweepResultQuery = (id: string) =>
  result<SweepResult>("sweep", id, () => bodyOf(api.GET("/api/v1/sweeps/{run_id}/result", of(id))));

export const walkForwardResultQuery = (id: string) =>
  result<WalkForwardResult>("walkforward", id, () =>
    bodyOf(api.GET("/api/v1/walkforwards/{run_id}/result", of(id))),
  );

export const portfolioReportQuery = (id: string) =>
  result<PortfolioReport>("portfolio", id, () =>
    bodyOf(api.GET("/api/v1/portfolio-backtests/{run_id}/report", of(id))),
  );

export const portfolioRunsQuery = (portfolioId: string) =>
  pagedQuery<Run>(["runs", "portfolio", "of", portfolioId], async (turn, signal) => {
    const params = { query: { ...turn, portfolio_id: portfolioId } };
    const page = await bodyOf(api.GET("/api/v1/portfolio-backtests", { params, signal }));
    return { ...page, items: page.items as Run[] };
  });

export const submitPortfolioBacktest = (id: string, body: Schemas["PortfolioBacktestBody"]) =>
  bodyOf(
    api.POST("/api/v1/portfolios/{portfolio_id}/backtests", {
      params: { path: { portfolio_id: id } },
      body,
    }),
  );

export const compareQuery = (ids: string[]) =>
  queryOptions({
    queryKey: ["results", "compare", ...ids],
    queryFn: async () => {
      const params = { query: { id: ids } };
      const answer = await bodyOf(api.GET("/api/v1/runs/compare", { params }));
      return (answer as { runs: ComparedRun[] }).runs;
    },
    enabled: ids.length > 1,
  });

export const submitBacktest = (body: RunRequest) => bodyOf(api.POST("/api/v1/backtests", { body }));
export const submitSweep = (body: GridRequest) => bodyOf(api.POST("/api/v1/sweeps", { body }));
export const submitWalkForward = (body: WalkForwardRequest) =>
  bodyOf(api.POST("/api/v1/walkforwards", { body }));

export const cancelRun = (run: Run) =>
  api.POST(`/api/v1${folders[run.kind]}/{run_id}/cancel`, of(run.id));
export const deleteRun = (run: Run) =>
  api.DELETE(`/api/v1${folders[run.kind]}/{run_id}`, of(run.id));
