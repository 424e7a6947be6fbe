// Kill switches, and what operators look at: audit, jobs, tenants, health.
import { queryOptions } from "@tanstack/react-query";
import { get, post, send } from "../http";
import { live } from "../queries";
import { pagedQuery } from "./page";

export type KillScope = "subscription" | "tenant" | "platform";
export type KillAct = "stop_new" | "cancel_open" | "flatten";

export interface KillSwitch {
  id: string;
  scope: KillScope;
  act: KillAct;
  subject_id: string | null;
  active: boolean;
  created_at: string;
  created_by?: string | null;
  released_at?: string | null;
  progress?: Record<string, number | string> | null;
}

export interface AuditEntry {
  seq: number;
  at: string;
  user_id: string;
  actor_id: string;
  action: string;
  subject: string;
  detail: Record<string, string>;
  hash: string;
}

export interface Chain {
  intact: boolean;
  entries: number;
  hash: string | null;
  broken_at: number | null;
  reason: string | null;
}

export interface Job {
  number: number;
  task: string;
  status: string;
  attempts: number;
  tenant_id: string | null;
  queued_at: string | null;
  started_at: string | null;
}

export interface Tenant {
  id: string;
  email: string;
  name: string;
  role: string;
  email_verified: boolean;
  disabled: boolean;
  created_at: string;
}

export interface Health {
  [part: string]: unknown;
}

export const killQuery = queryOptions({
  queryKey: ["kill"],
  queryFn: () =>
    get<{ platform: unknown; tenant: unknown; subscriptions?: unknown; items?: KillSwitch[] }>(
      "/kill-switches",
    ).then(switchesOf),
  meta: live,
});

/** Every switch that is on, whatever grouping the answer uses. */
function switchesOf(answer: Record<string, unknown>): KillSwitch[] {
  const found: KillSwitch[] = [];
  for (const part of Object.values(answer)) {
    const list = Array.isArray(part) ? part : [part];
    for (const entry of list) {
      if (entry && typeof entry === "object" && "id" in entry && entry.id)
        found.push(entry as KillSwitch);
    }
  }
  return found;
}

export interface KillRequest {
  scope: KillScope;
  subject_id?: string;
  act: KillAct;
  confirmation?: string;
}

export const kill = (request: KillRequest) => post<KillSwitch>("/kill-switches", request);
export const release = (id: string) => send("DELETE", `/kill-switches/${id}`);

export const auditQuery = (action: string) =>
  pagedQuery<AuditEntry>(["audit"], "/admin/audit", { action });
export const verifyAudit = () => get<Chain>("/admin/audit/verify");
export const jobsQuery = pagedQuery<Job>(["jobs"], "/admin/jobs");
export const tenantsQuery = (search: string) =>
  pagedQuery<Tenant>(["tenants"], "/admin/tenants", { search });
export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: () => get<Health>("/admin/health"),
  refetchInterval: 10_000,
});
