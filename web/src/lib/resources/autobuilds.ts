// AutoBuilds: constraints, estimates, progress by events, what was accepted and what was not.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Definition } from "../definition";
import { api, bodyOf, type Schemas } from "../http";
import { live } from "../queries";
import { pagedQuery } from "./page";

export type Stage = "discover" | "coverage" | "optimise" | "assemble";
export const stages: Stage[] = ["discover", "coverage", "optimise", "assemble"];

export type AutoBuild = Omit<Schemas["AutoBuildView"], "status" | "stage" | "constraints"> & {
  status: "queued" | "running" | "done" | "failed" | "cancelled";
  stage: Stage | null;
  constraints: Definition;
};
export type Estimate = Schemas["AutoBuildEstimateView"];
export type StepEvent = Schemas["AutoBuildEventView"];
export type Outcome = Schemas["AutoBuildOutcome"];
export type Findings = Schemas["AutoBuildFindings"];
export type Detail = Schemas["AutoBuildDetail"];

/** The schema of constraints as the form reads it. */
export interface FieldSchema {
  title?: string;
  description?: string;
  type?: string | string[];
  format?: string;
  default?: unknown;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  properties?: Record<string, FieldSchema>;
  items?: unknown;
}
export interface ConstraintsSchema extends FieldSchema {
  grids: Record<string, Record<string, (number | string)[]>>;
}

export const ended = (build: Pick<AutoBuild, "status">) =>
  build.status !== "queued" && build.status !== "running";

const at = (id: string) => ({ path: { autobuild_id: id } });

export const autobuildsQuery = pagedQuery<AutoBuild>(
  ["autobuilds", "list"],
  async (query, signal) => {
    const page = await bodyOf(api.GET("/api/v1/autobuilds", { params: { query }, signal }));
    return { ...page, items: page.items as AutoBuild[] };
  },
);

export const autobuildQuery = (id: string) =>
  queryOptions({
    queryKey: ["autobuilds", id],
    queryFn: async () => {
      const address = "/api/v1/autobuilds/{autobuild_id}";
      return (await bodyOf(api.GET(address, { params: at(id) }))) as AutoBuild;
    },
    refetchInterval: (query) => (query.state.data && ended(query.state.data) ? false : 2_000),
    meta: live,
  });

export const constraintsSchemaQuery = queryOptions({
  queryKey: ["autobuilds", "schema"],
  queryFn: async () =>
    (await bodyOf(api.GET("/api/v1/autobuilds/schema"))) as unknown as ConstraintsSchema,
  staleTime: Number.POSITIVE_INFINITY,
});

export const estimateQuery = (constraints: Definition) =>
  queryOptions<Estimate>({
    queryKey: ["estimates", JSON.stringify(constraints)],
    queryFn: ({ signal }) =>
      bodyOf(api.POST("/api/v1/autobuilds/estimate", { body: { constraints }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
    retry: false,
  });

export const startAutobuild = (name: string, constraints: Definition) =>
  bodyOf(api.POST("/api/v1/autobuilds", { body: { name, constraints } }));

export const cancelAutobuild = (id: string) =>
  api.POST("/api/v1/autobuilds/{autobuild_id}/cancel", { params: at(id) });

export const resumeAutobuild = (id: string) =>
  api.POST("/api/v1/autobuilds/{autobuild_id}/resume", { params: at(id) });

export const deleteAutobuild = (id: string) =>
  api.DELETE("/api/v1/autobuilds/{autobuild_id}", { params: at(id) });

export const readSteps = (id: string, after: number) =>
  bodyOf(
    api.GET("/api/v1/autobuilds/{autobuild_id}/events", {
      params: { ...at(id), query: { after, limit: 500 } },
    }),
  );

export const autobuildResultQuery = (id: string) =>
  queryOptions({
    queryKey: ["autobuild-results", id],
    queryFn: async () => {
      const address = "/api/v1/autobuilds/{autobuild_id}/result";
      return (await bodyOf(api.GET(address, { params: at(id) }))) as Findings;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

export const outcomeQuery = (id: string, instrument: string) =>
  queryOptions({
    queryKey: ["autobuild-results", id, instrument],
    queryFn: async () => {
      const params = { path: { autobuild_id: id, instrument } };
      const address = "/api/v1/autobuilds/{autobuild_id}/instruments/{instrument}";
      return (await bodyOf(api.GET(address, { params }))) as Detail;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

export const saveAsPortfolio = (id: string, name: string) =>
  bodyOf(
    api.POST("/api/v1/autobuilds/{autobuild_id}/portfolio", { params: at(id), body: { name } }),
  );
