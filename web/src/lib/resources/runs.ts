// Runs of research: backtests, sweeps, walk-forwards; their progress and their results.
import { queryOptions } from "@tanstack/react-query";
import { get, post, send } from "../http";
import { live } from "../queries";
import { pagedQuery } from "./page";

export type RunKind = "backtest" | "sweep" | "walkforward";
export type ChartPoint = [number, number];
export type ParameterValues = Record<string, number | string | boolean>;
export type Metrics = Record<string, number | null>;

export interface Run {
  id: string;
  kind: RunKind;
  status: "queued" | "running" | "done" | "failed" | "cancelled";
  progress: number;
  cancel_requested: boolean;
  strategy_name: string;
  version_id: string | null;
  version_hash: string;
  instrument: string;
  timeframe: string;
  summary: Metrics | null;
  error: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

export interface RunRequest {
  version_id?: string;
  definition?: unknown;
  instrument: string;
  timeframe: string;
  from?: string | null;
  to?: string | null;
  parameters: ParameterValues;
  cash: string;
  fee: string;
  slippage_bps: string;
  sizing: { mode: "definition" | "quantity" | "fraction" | "risk"; size: string };
  long_only: boolean;
}

export interface GridRequest extends RunRequest {
  grid: Record<string, string | (number | string)[]>;
  metric: string;
  fit?: number;
  windows?: number;
}

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

export interface SweepResult {
  metric: string;
  axes: { name: string; values: (number | string)[] }[];
  cells: { parameters: ParameterValues; metrics: Metrics }[];
  best: { parameters: ParameterValues; metrics: Metrics };
}

export interface WalkForwardResult {
  windows: {
    fit_from: number | string;
    fit_to: number | string;
    test_from: number | string;
    test_to: number | string;
    parameters: ParameterValues;
    fit_metric: number | null;
    test_metric: number | null;
    test_return: number | null;
  }[];
  stitched_equity: ChartPoint[];
  metrics: Metrics;
}

const folders: Record<RunKind, string> = {
  backtest: "backtests",
  sweep: "sweeps",
  walkforward: "walkforwards",
};

export const runAddress = (kind: RunKind) =>
  `/${folders[kind]}` as "/backtests" | "/sweeps" | "/walkforwards";
export const finished = (run: Pick<Run, "status">) =>
  run.status !== "queued" && run.status !== "running";

export const runsQuery = (kind: RunKind) =>
  pagedQuery<Run>(["runs", kind, "list"], runAddress(kind));

export const runQuery = (kind: RunKind, id: string) =>
  queryOptions({
    queryKey: ["runs", kind, id],
    queryFn: () => get<Run>(`${runAddress(kind)}/${id}`),
    refetchInterval: (query) => (query.state.data && finished(query.state.data) ? false : 1_500),
    meta: live,
  });

const result = <T>(kind: RunKind, id: string, part: string) =>
  queryOptions({
    queryKey: ["results", kind, id],
    queryFn: () => get<T>(`${runAddress(kind)}/${id}/${part}`),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const reportQuery = (id: string) => result<Report>("backtest", id, "report");
export const sweepResultQuery = (id: string) => result<SweepResult>("sweep", id, "result");
export const walkForwardResultQuery = (id: string) =>
  result<WalkForwardResult>("walkforward", id, "result");

export const submitRun = (kind: RunKind, request: RunRequest | GridRequest) =>
  post<Run>(runAddress(kind), request);
export const cancelRun = (run: Run) => post<Run>(`${runAddress(run.kind)}/${run.id}/cancel`);
export const deleteRun = (run: Run) => send("DELETE", `${runAddress(run.kind)}/${run.id}`);
