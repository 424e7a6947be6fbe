// Published strategies: the list, one of them with its record, and subscribing.
import { queryOptions } from "@tanstack/react-query";
import type { Definition } from "../definition";
import { get, post } from "../http";
import type { ChartPoint } from "./runs";
import { pagedQuery } from "./page";
import type { Parameter } from "./strategies";

export interface CatalogStats {
  return: number | null;
  sharpe: number | null;
  max_drawdown: number | null;
  trades: number | null;
}

export interface CatalogItem {
  version_id: string;
  strategy_id: string;
  name: string;
  slug: string;
  description: string;
  author_name: string;
  tags: string[];
  kind: string;
  timeframe: string;
  instruments: string[];
  subscriber_count: number;
  published_at: string;
  stats: CatalogStats | null;
}

export interface CatalogDetail extends CatalogItem {
  number: number;
  hash: string;
  parameters: Parameter[];
  definition: Definition | null;
  versions: {
    version_id: string;
    number: number;
    hash: string;
    note: string;
    published_at: string;
    deprecated: boolean;
  }[];
  backtest: { metrics: Record<string, number | null>; equity: ChartPoint[] | null } | null;
  live: {
    pnl?: string;
    trades?: number;
    win_rate?: number | null;
    equity: ChartPoint[] | null;
  } | null;
}

export interface CatalogFilter {
  search?: string;
  tag?: string;
  sort?: string;
}

export const catalogQuery = (filter: CatalogFilter) =>
  pagedQuery<CatalogItem>(["catalog"], "/catalog", { ...filter }, 30);

export const catalogDetailQuery = (id: string) =>
  queryOptions({ queryKey: ["catalog", id], queryFn: () => get<CatalogDetail>(`/catalog/${id}`) });

export interface Connection {
  id: string;
  venue: string;
  name: string;
}

export const connectionsQuery = queryOptions({
  queryKey: ["connections"],
  queryFn: async () => {
    const answer = await get<{ items: Connection[] } | Connection[]>("/connections");
    return Array.isArray(answer) ? answer : answer.items;
  },
});

export const createConnection = (name: string) =>
  post<Connection>("/connections", { venue: "paper", name });
