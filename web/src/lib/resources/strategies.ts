// One's own strategies: documents, immutable versions, templates, validation, publishing.
import { queryOptions } from "@tanstack/react-query";
import type { Definition } from "../definition";
import { api, bodyOf, editable, ifMatch, type Schemas } from "../http";
import { pagedQuery } from "./page";

export interface Parameter {
  name: string;
  type: "int" | "float" | "choice" | "bool";
  low: number;
  high: number;
  default: number | string | boolean;
  axis: "signal" | "policy";
  description: string;
  choices: string[];
}

export interface IndicatorInfo {
  kind: string;
  title: string;
  input: string;
  inputs: string[];
  outputs: string[];
  parameters: { name: string; type: "int" | "float"; low: number; high: number; default: number }[];
}

interface WithParameters {
  definition: Definition;
  parameters: Parameter[];
}

export type Strategy = Schemas["StrategyView"];
export type Version = Schemas["VersionView"];
export type VersionDetail = Version & WithParameters;
export type StrategyDetail = Strategy & { version: VersionDetail };
export type Template = Omit<Schemas["TemplateView"], keyof WithParameters> & WithParameters;
export type Validation = Omit<Schemas["Validation"], "parameters"> & { parameters: Parameter[] };

const at = (id: string) => ({ path: { strategy_id: id } });

export const strategiesQuery = pagedQuery<Strategy>(["strategies"], (query, signal) =>
  bodyOf(api.GET("/api/v1/strategies", { params: { query }, signal })),
);

/** One strategy with its current version, and the ETag an edit needs. */
export const strategyQuery = (id: string) =>
  queryOptions({
    queryKey: ["strategies", id],
    queryFn: async () => {
      const found = await editable(api.GET("/api/v1/strategies/{strategy_id}", { params: at(id) }));
      return { data: found.data as StrategyDetail, etag: found.etag };
    },
  });

export const versionsQuery = (id: string) =>
  pagedQuery<Version>(["strategies", id, "versions"], (query, signal) => {
    const params = { ...at(id), query };
    return bodyOf(api.GET("/api/v1/strategies/{strategy_id}/versions", { params, signal }));
  });

export const versionQuery = (id: string, number: number) =>
  queryOptions({
    queryKey: ["strategies", id, "version", number],
    queryFn: async () => {
      const params = { path: { strategy_id: id, number } };
      const address = "/api/v1/strategies/{strategy_id}/versions/{number}";
      return (await bodyOf(api.GET(address, { params }))) as VersionDetail;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

export const diffQuery = (id: string, from: number, to: number) =>
  queryOptions({
    queryKey: ["strategies", id, "diff", from, to],
    queryFn: async () => {
      const params = { ...at(id), query: { from, to } };
      return (await bodyOf(api.GET("/api/v1/strategies/{strategy_id}/diff", { params }))).changes;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

export const templatesQuery = queryOptions({
  queryKey: ["templates"],
  queryFn: async () => (await bodyOf(api.GET("/api/v1/strategies/templates"))) as Template[],
  staleTime: Number.POSITIVE_INFINITY,
});

export const indicatorsQuery = queryOptions({
  queryKey: ["indicators"],
  queryFn: async () => {
    const schema = await bodyOf(api.GET("/api/v1/strategies/schema"));
    return schema.indicators as IndicatorInfo[];
  },
  staleTime: Number.POSITIVE_INFINITY,
});

export const validationQuery = (definition: Definition) =>
  queryOptions({
    queryKey: ["validation", JSON.stringify(definition)],
    queryFn: async () => {
      const body = { definition };
      return (await bodyOf(api.POST("/api/v1/strategies/validate", { body }))) as Validation;
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });

export const createStrategy = (definition: Definition) =>
  bodyOf(api.POST("/api/v1/strategies", { body: { definition } }));

export const editStrategy = (id: string, body: Schemas["StrategyEdit"], etag: string | null) =>
  api.PATCH("/api/v1/strategies/{strategy_id}", { params: at(id), body, headers: ifMatch(etag) });

export const deleteStrategy = (id: string, etag: string | null) =>
  api.DELETE("/api/v1/strategies/{strategy_id}", { params: at(id), headers: ifMatch(etag) });

export const createVersion = async (id: string, definition: Definition, note: string) => {
  const options = { params: at(id), body: { definition, note } };
  const made = await bodyOf(api.POST("/api/v1/strategies/{strategy_id}/versions", options));
  return made as VersionDetail;
};

export const publish = (id: string) =>
  api.POST("/api/v1/strategies/{strategy_id}/publish", {
    params: at(id),
    body: { share_definition: false },
  });

export const unpublish = (id: string) =>
  api.POST("/api/v1/strategies/{strategy_id}/unpublish", { params: at(id) });
