// Live sessions: their state, why they did or did not trade, and acts upon them.
import { queryOptions } from "@tanstack/react-query";
import { get, post } from "../http";
import { live } from "../queries";
import { pagedQuery } from "./page";
import type { ChartPoint, ParameterValues } from "./runs";

export interface Position {
  side: string | number;
  quantity: string;
  entry_price: string;
  stop: string | null;
  target: string | null;
}

export interface Subscription {
  id: string;
  strategy_name: string;
  strategy_id?: string;
  version_id: string;
  instrument: string;
  timeframe: string;
  status: "active" | "paused" | "cancelled";
  mode: "paper";
  capital: string;
  equity: string;
  realised_pnl: string;
  unrealised_pnl: string;
  fees: string;
  trades: number;
  wins: number;
  losses: number;
  position: Position | null;
  halted: boolean;
  created_at: string;
  parameters?: ParameterValues;
  risk_profile?: Record<string, string | number | null>;
}

export interface Evaluation {
  id?: string;
  ts: string | number;
  status: string;
  signal: string | number | null;
  reason: string | null;
  detail: Record<string, unknown> | null;
  veto: string | null;
  order_id: string | null;
  close: string | number | null;
}

export interface LiveTrade {
  id?: string;
  subscription_id?: string;
  instrument?: string;
  side: string | number;
  quantity: string;
  entry_price: string;
  exit_price: string | null;
  entry_at?: string | number;
  exit_at?: string | number | null;
  entry_ts?: string | number;
  exit_ts?: string | number | null;
  pnl: string | null;
  fees: string | null;
  reason?: string | null;
  status?: string;
}

export interface SubscribeRequest {
  strategy_id?: string;
  version_id?: string;
  instrument: string;
  timeframe: string;
  parameters: ParameterValues;
  connection_id: string;
  capital: string;
  risk_profile: Record<string, string | number>;
  join: "wait" | "join";
}

export type PositionChoice = "keep" | "exit";

export const subscriptionsQuery = pagedQuery<Subscription>(
  ["subscriptions", "list"],
  "/subscriptions",
);

export const subscriptionQuery = (id: string) =>
  queryOptions({
    queryKey: ["subscriptions", id],
    queryFn: () => get<Subscription>(`/subscriptions/${id}`),
    meta: live,
  });

export const evaluationsQuery = (id: string) =>
  pagedQuery<Evaluation>(["subscriptions", id, "evaluations"], `/subscriptions/${id}/evaluations`);

export const subscriptionTradesQuery = (id: string) =>
  pagedQuery<LiveTrade>(["subscriptions", id, "trades"], `/subscriptions/${id}/trades`);

export const subscriptionEquityQuery = (id: string) =>
  queryOptions({
    queryKey: ["subscriptions", id, "equity"],
    queryFn: async () => {
      const answer = await get<{ equity: ChartPoint[] } | ChartPoint[]>(
        `/subscriptions/${id}/equity`,
      );
      return Array.isArray(answer) ? answer : answer.equity;
    },
    meta: live,
  });

export const subscribe = (request: SubscribeRequest) =>
  post<Subscription>("/subscriptions", request);
export const pauseSubscription = (id: string, positions: PositionChoice) =>
  post<Subscription>(`/subscriptions/${id}/pause`, { positions });
export const resumeSubscription = (id: string) => post<Subscription>(`/subscriptions/${id}/resume`);
export const cancelSubscription = (id: string, positions: PositionChoice) =>
  post<Subscription>(`/subscriptions/${id}/cancel`, { positions });
