// The tenant's situation at a glance.
import { queryOptions } from "@tanstack/react-query";
import type { LiveEvent } from "../events";
import { get } from "../http";
import { live } from "../queries";

export interface Dashboard {
  equity: string;
  realised_pnl: string;
  unrealised_pnl: string;
  fees: string;
  active_subscriptions: number;
  open_positions: number;
  orders_today: number;
  halted: boolean;
  equity_curve: [number, number][];
  recent_events: LiveEvent[];
  feed: { fresh: boolean; last_bar_at: string | null };
}

export const dashboardQuery = queryOptions({
  queryKey: ["dashboard"],
  queryFn: ({ signal }) => get<Dashboard>("/dashboard", undefined, signal),
  refetchInterval: 15_000,
  meta: live,
});
