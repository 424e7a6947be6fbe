// Kill switches, and what operators look at: audit, jobs, tenants, health.
import { queryOptions } from "@tanstack/react-query";
import { api, bodyOf, editable, ifMatch, type Schemas } from "../http";
import { live } from "../queries";
import { pagedQuery } from "./page";

export type KillSwitch = Schemas["SwitchView"];
export type KillRequest = Schemas["KillBody"];
export type KillAct = KillRequest["act"];

export type AuditEntry = Schemas["AuditView"];
export type Chain = Schemas["ChainView"];
export type Job = Schemas["JobView"];
export type Tenant = Schemas["TenantView"];

/** Every switch that holds for the tenant now. */
export const killQuery = queryOptions({
  queryKey: ["kill"],
  queryFn: async () => {
    const { platform, tenant, subscriptions } = await bodyOf(api.GET("/api/v1/kill-switches"));
    return [...platform, ...tenant, ...subscriptions];
  },
  meta: live,
});

export const kill = (
  request: Omit<KillRequest, "note" | "confirmation"> & { confirmation: string },
) => bodyOf(api.POST("/api/v1/kill-switches", { body: { note: "", ...request } }));

export const release = (id: string) =>
  api.DELETE("/api/v1/kill-switches/{switch_id}", { params: { path: { switch_id: id } } });

export const auditQuery = (action: string) =>
  pagedQuery<AuditEntry>(["audit", action], (turn, signal) => {
    const params = { query: { ...turn, action } };
    return bodyOf(api.GET("/api/v1/admin/audit", { params, signal }));
  });

export const verifyAudit = () => bodyOf(api.GET("/api/v1/admin/audit/verify"));

export const jobsQuery = pagedQuery<Job>(["jobs"], (query, signal) =>
  bodyOf(api.GET("/api/v1/admin/jobs", { params: { query }, signal })),
);

export const tenantsQuery = (search: string) =>
  pagedQuery<Tenant>(["tenants", search], (turn, signal) => {
    const params = { query: { ...turn, search } };
    return bodyOf(api.GET("/api/v1/admin/tenants", { params, signal }));
  });

export type TenantChange = Schemas["TenantPatch"];

/** One tenant, and the ETag an edit needs. */
export const tenantQuery = (id: string) =>
  queryOptions({
    queryKey: ["tenants", "one", id],
    queryFn: () => {
      const params = { path: { tenant_id: id } };
      return editable(api.GET("/api/v1/admin/tenants/{tenant_id}", { params }));
    },
    staleTime: 0,
  });

export const changeTenant = (id: string, body: TenantChange, etag: string | null) =>
  api.PATCH("/api/v1/admin/tenants/{tenant_id}", {
    params: { path: { tenant_id: id } },
    body,
    headers: ifMatch(etag),
  });

export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: () => bodyOf(api.GET("/api/v1/admin/health")),
  refetchInterval: 10_000,
});
