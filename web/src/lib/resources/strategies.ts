// One's own strategies: documents, immutable versions, templates, validation, publishing.
import { queryOptions } from "@tanstack/react-query";
import { get, post, send } from "../http";
import type { Definition } from "../definition";
import { pagedQuery } from "./page";

export interface Parameter {
  name: string;
  type: "int" | "float" | "choice" | "bool";
  low: number | null;
  high: number | null;
  default: number | string | boolean;
  axis: "signal" | "policy";
  description: string;
  choices?: (number | string)[] | null;
}

export interface Strategy {
  id: string;
  name: string;
  slug: string;
  description: string;
  tags: string[];
  kind: string;
  timeframe: string;
  instruments: string[];
  visibility: "private" | "public";
  subscriber_count: number;
  latest_version: number | null;
  latest_version_id: string | null;
  created_at: string;
  updated_at: string;
}

export interface Version {
  id: string;
  number: number;
  hash: string;
  created_at: string;
  note?: string | null;
  definition?: Definition;
  parameters?: Parameter[];
}

export interface Template {
  name: string;
  title: string;
  description: string;
  definition: Definition;
  parameters: Parameter[];
}

export interface IndicatorInfo {
  name: string;
  title?: string;
  source?: string;
  selectable?: boolean;
  parameters: { name: string; low?: number; high?: number; default?: number; whole?: boolean }[];
  outputs: string[];
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

const items = <T>(answer: { items: T[] } | T[]): T[] =>
  Array.isArray(answer) ? answer : answer.items;

export const strategiesQuery = pagedQuery<Strategy>(["strategies"], "/strategies");

export const strategyQuery = (id: string) =>
  queryOptions({
    queryKey: ["strategies", id],
    queryFn: () => send<Strategy>("GET", `/strategies/${id}`),
  });

export const versionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["strategies", id, "versions"],
    queryFn: () => get<{ items: Version[] } | Version[]>(`/strategies/${id}/versions`).then(items),
  });

export const versionQuery = (id: string, number: number) =>
  queryOptions({
    queryKey: ["strategies", id, "versions", number],
    queryFn: () => get<Version>(`/strategies/${id}/versions/${number}`),
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
  queryFn: () => get<{ items: Template[] } | Template[]>("/strategies/templates").then(items),
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
  post<Strategy>("/strategies", { definition });
export const deleteStrategy = (id: string) => send("DELETE", `/strategies/${id}`);
export const createVersion = (id: string, definition: Definition) =>
  post<Version>(`/strategies/${id}/versions`, { definition });
export const setPublished = (id: string, published: boolean) =>
  post<Strategy>(`/strategies/${id}/${published ? "publish" : "unpublish"}`);
