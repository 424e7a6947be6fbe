// One's own strategies: documents, immutable versions, templates, validation, publishing.
import { queryOptions } from "@tanstack/react-query";
import { get, post, send } from "../http";
import type { Definition } from "../definition";
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

export interface Strategy {
  id: string;
  slug: string;
  name: string;
  description: string;
  tags: string[];
  active: boolean;
  visibility: "private" | "public";
  current_version: number;
  latest_version: number;
  subscriber_count: number;
  revision: number;
  created_at: string;
  updated_at: string;
}

export interface Version {
  id: string;
  number: number;
  hash: string;
  kind: string;
  note: string;
  deprecated: boolean;
  created_at: string;
}

export interface VersionDetail extends Version {
  definition: Definition;
  parameters: Parameter[];
}

export interface StrategyDetail extends Strategy {
  version: VersionDetail;
}

export interface Template {
  name: string;
  title: string;
  description: string;
  definition: Definition;
  parameters: Parameter[];
}

export interface IndicatorInfo {
  kind: string;
  title: string;
  input: string;
  inputs: string[];
  outputs: string[];
  parameters: { name: string; type: "int" | "float"; low: number; high: number; default: number }[];
}

export interface Validation {
  valid: boolean;
  errors: { path: string; expected: string; found: string; message: string }[];
  parameters: Parameter[];
}

export interface Change {
  path: string;
  before: unknown;
  after: unknown;
}

export const strategiesQuery = pagedQuery<Strategy>(["strategies"], "/strategies");

/** One strategy with its current version, and the ETag an edit needs. */
export const strategyQuery = (id: string) =>
  queryOptions({
    queryKey: ["strategies", id],
    queryFn: () => send<StrategyDetail>("GET", `/strategies/${id}`),
  });

export const versionsQuery = (id: string) =>
  pagedQuery<Version>(["strategies", id, "versions"], `/strategies/${id}/versions`);

export const versionQuery = (id: string, number: number) =>
  queryOptions({
    queryKey: ["strategies", id, "version", number],
    queryFn: () => get<VersionDetail>(`/strategies/${id}/versions/${number}`),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const diffQuery = (id: string, from: number, to: number) =>
  queryOptions({
    queryKey: ["strategies", id, "diff", from, to],
    queryFn: () =>
      get<{ changes: Change[] }>(`/strategies/${id}/diff`, { from, to }).then(
        (answer) => answer.changes,
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const templatesQuery = queryOptions({
  queryKey: ["templates"],
  queryFn: () => get<Template[]>("/strategies/templates"),
  staleTime: Number.POSITIVE_INFINITY,
});

export const schemaQuery = queryOptions({
  queryKey: ["strategy-schema"],
  queryFn: () => get<{ schema: unknown; indicators: IndicatorInfo[] }>("/strategies/schema"),
  staleTime: Number.POSITIVE_INFINITY,
});

export const validationQuery = (definition: unknown) =>
  queryOptions({
    queryKey: ["validation", JSON.stringify(definition)],
    queryFn: () => post<Validation>("/strategies/validate", { definition }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });

export const createStrategy = (definition: Definition) =>
  post<StrategyDetail>("/strategies", { definition });
export const editStrategy = (id: string, change: Partial<Strategy>, etag: string | null) =>
  send<Strategy>("PATCH", `/strategies/${id}`, { body: change, etag });
export const deleteStrategy = (id: string, etag: string | null) =>
  send("DELETE", `/strategies/${id}`, { etag });
export const createVersion = (id: string, definition: Definition, note: string) =>
  post<VersionDetail>(`/strategies/${id}/versions`, { definition, note });
export const setPublished = (id: string, published: boolean) =>
  post<Strategy>(`/strategies/${id}/${published ? "publish" : "unpublish"}`);
