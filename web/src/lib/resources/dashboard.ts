// The tenant's situation at a glance.
import { queryOptions } from "@tanstack/react-query";
import { api, bodyOf, type Schemas } from "../http";
import { live } from "../queries";
import type { ChartPoint } from "./runs";

export type Dashboard = Omit<Schemas["DashboardView"], "equity_curve"> & {
  equity_curve: ChartPoint[];
};

export const dashboardQuery = queryOptions({
  queryKey: ["dashboard"],
  queryFn: async ({ signal }) =>
    (await bodyOf(api.GET("/api/v1/dashboard", { signal }))) as Dashboard,
  refetchInterval: 15_000,
  meta: live,
});
