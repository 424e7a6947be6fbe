// Published strategies: the list, and one of them with its record.
import { queryOptions } from "@tanstack/react-query";
import type { Definition } from "../definition";
import { api, bodyOf, type Schemas } from "../http";
import { pagedQuery } from "./page";
import type { ChartPoint, Metrics } from "./runs";
import type { Parameter } from "./strategies";

export type CatalogItem = Omit<Schemas["CatalogCard"], "stats"> & { stats: Metrics | null };

export type CatalogDetail = Omit<
  Schemas["CatalogDetail"],
  "stats" | "parameters" | "definition" | "backtest" | "live"
> & {
  parameters: Parameter[];
  definition: Definition | null;
  backtest: { metrics: Metrics; equity: ChartPoint[] | null } | null;
  live: { pnl?: string; trades?: number; win_rate?: number; equity: ChartPoint[] | null } | null;
};

export interface CatalogFilter {
  search?: string;
  tag?: string;
  sort?: string;
}

type Sort = "newest" | "name" | "subscribers";

export const catalogQuery = (filter: CatalogFilter) =>
  pagedQuery<CatalogItem>(["catalog", "list", filter], async (turn, signal) => {
    const query = { ...turn, ...filter, sort: (filter.sort ?? "subscribers") as Sort };
    const page = await bodyOf(api.GET("/api/v1/catalog", { params: { query }, signal }));
    return { ...page, items: page.items as CatalogItem[] };
  });

export const catalogDetailQuery = (id: string) =>
  queryOptions({
    queryKey: ["catalog", id],
    queryFn: async () => {
      const path = { strategy_id: id };
      const found = await bodyOf(api.GET("/api/v1/catalog/{strategy_id}", { params: { path } }));
      return found as CatalogDetail;
    },
  });
