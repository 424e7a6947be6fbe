// Portfolios of pinned versions: legs with weights, caps, their backtests on one account.
import { queryOptions } from "@tanstack/react-query";
import { api, bodyOf, editable, ifMatch, type Schemas } from "../http";
import { pagedQuery } from "./page";

export type Portfolio = Schemas["PortfolioView"];
export type PortfolioLeg = Schemas["LegView"];
export type PortfolioRequest = Schemas["PortfolioBody"];

const at = (id: string) => ({ path: { portfolio_id: id } });

export const portfoliosQuery = pagedQuery<Portfolio>(["portfolios", "list"], (query, signal) =>
  bodyOf(api.GET("/api/v1/portfolios", { params: { query }, signal })),
);

/** One portfolio, and the ETag an edit needs. */
export const portfolioQuery = (id: string) =>
  queryOptions({
    queryKey: ["portfolios", id],
    queryFn: () => editable(api.GET("/api/v1/portfolios/{portfolio_id}", { params: at(id) })),
  });

export const createPortfolio = (body: PortfolioRequest) =>
  bodyOf(api.POST("/api/v1/portfolios", { body }));

export const changePortfolio = (id: string, body: PortfolioRequest, etag: string | null) =>
  api.PUT("/api/v1/portfolios/{portfolio_id}", {
    params: at(id),
    body,
    headers: ifMatch(etag),
  });

export const deletePortfolio = (id: string) =>
  api.DELETE("/api/v1/portfolios/{portfolio_id}", { params: at(id) });
