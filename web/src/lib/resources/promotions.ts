// Promotions: the gates between evidence and trading, asking, overriding, taking back.
import { queryOptions } from "@tanstack/react-query";
import { api, bodyOf, type Schemas } from "../http";
import { pagedQuery } from "./page";

export type Promotion = Schemas["PromotionView"];
export type Gates = Schemas["GatesView"];
export type PromotionRequest = Schemas["PromotionBody"];

/** What is promoted: a portfolio, or a version on one series. */
export interface Subject {
  portfolio_id?: string;
  version_id?: string;
  run_id?: string;
  instrument?: string;
  timeframe?: string;
}

const at = (id: string) => ({ path: { promotion_id: id } });

export const gatesQuery = (subject: Subject, connectionId: string | null) =>
  queryOptions<Gates>({
    queryKey: ["promotions", "gates", subject, connectionId],
    queryFn: ({ signal }) => {
      const query = { ...subject, ...(connectionId ? { connection_id: connectionId } : {}) };
      return bodyOf(api.GET("/api/v1/promotions/gates", { params: { query }, signal }));
    },
    staleTime: 0,
  });

export const promotionsQuery = pagedQuery<Promotion>(["promotions", "list"], (query, signal) =>
  bodyOf(api.GET("/api/v1/promotions", { params: { query }, signal })),
);

export const promote = (body: PromotionRequest) => bodyOf(api.POST("/api/v1/promotions", { body }));

export const approvePromotion = (id: string, override: boolean, reason: string) =>
  api.POST("/api/v1/promotions/{promotion_id}/approve", {
    params: at(id),
    body: { override, reason, deploy: true },
  });

export const rejectPromotion = (id: string) =>
  api.POST("/api/v1/promotions/{promotion_id}/reject", { params: at(id), body: { reason: "" } });

export const rollBackPromotion = (id: string, positions: "keep" | "exit") =>
  api.POST("/api/v1/promotions/{promotion_id}/rollback", { params: at(id), body: { positions } });
