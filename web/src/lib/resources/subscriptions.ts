// Live sessions: their state, why they did or did not trade, and acts upon them.
import { queryOptions } from "@tanstack/react-query";
import { api, bodyOf, type Schemas } from "../http";
import { live } from "../queries";
import { pagedQuery } from "./page";
import type { ChartPoint, ParameterValues } from "./runs";

export type Subscription = Omit<Schemas["SubscriptionView"], "risk_profile" | "parameters"> & {
  risk_profile: Record<string, string | number | boolean | null>;
  parameters: ParameterValues;
};
export type Position = NonNullable<Subscription["position"]>;
export type Evaluation = Schemas["EvaluationView"];
export type LiveTrade = Schemas["TradeView"];
export type Connection = Schemas["ConnectionView"];
export type PositionChoice = Schemas["PositionsBody"]["positions"];

const at = (id: string) => ({ path: { subscription_id: id } });

export const subscriptionsQuery = pagedQuery<Subscription>(
  ["subscriptions", "list"],
  async (query, signal) => {
    const page = await bodyOf(api.GET("/api/v1/subscriptions", { params: { query }, signal }));
    return { ...page, items: page.items as Subscription[] };
  },
);

export const subscriptionQuery = (id: string) =>
  queryOptions({
    queryKey: ["subscriptions", id],
    queryFn: async () => {
      const params = at(id);
      const address = "/api/v1/subscriptions/{subscription_id}";
      return (await bodyOf(api.GET(address, { params }))) as Subscription;
    },
    meta: live,
  });

export const evaluationsQuery = (id: string) =>
  pagedQuery<Evaluation>(["subscriptions", id, "evaluations"], (query, signal) => {
    const params = { ...at(id), query };
    const address = "/api/v1/subscriptions/{subscription_id}/evaluations";
    return bodyOf(api.GET(address, { params, signal }));
  });

export const subscriptionTradesQuery = (id: string) =>
  pagedQuery<LiveTrade>(["subscriptions", id, "trades"], (query, signal) => {
    const params = { ...at(id), query };
    return bodyOf(api.GET("/api/v1/subscriptions/{subscription_id}/trades", { params, signal }));
  });

export const subscriptionEquityQuery = (id: string) =>
  queryOptions({
    queryKey: ["subscriptions", id, "equity"],
    queryFn: async () => {
      const params = at(id);
      const address = "/api/v1/subscriptions/{subscription_id}/equity";
      return (await bodyOf(api.GET(address, { params }))).equity as ChartPoint[];
    },
    meta: live,
  });

export const subscribe = (body: Schemas["SubscribeBody"]) =>
  bodyOf(api.POST("/api/v1/subscriptions", { body }));

export const pauseSubscription = (id: string, positions: PositionChoice) =>
  api.POST("/api/v1/subscriptions/{subscription_id}/pause", {
    params: at(id),
    body: { positions },
  });

export const resumeSubscription = (id: string) =>
  api.POST("/api/v1/subscriptions/{subscription_id}/resume", { params: at(id) });

export const cancelSubscription = (id: string, positions: PositionChoice) =>
  api.POST("/api/v1/subscriptions/{subscription_id}/cancel", {
    params: at(id),
    body: { positions },
  });

export const connectionsQuery = queryOptions({
  queryKey: ["connections"],
  queryFn: async () => (await bodyOf(api.GET("/api/v1/connections"))).items,
});

export const createConnection = (name: string) =>
  bodyOf(api.POST("/api/v1/connections", { body: { venue: "paper", name } }));
