// The one way to the API: cookies, CSRF, idempotency keys, one silent refresh, problems as errors.
import createClient from "openapi-fetch";
import type { components, paths } from "../api/schema";
import { problemOf, unreachable } from "./problem";

export type Schemas = components["schemas"];

const root = "/api/v1";
const unanswered = new Map<string, string>();
let refreshing: Promise<boolean> | null = null;
let onSignedOut: () => void = () => undefined;

/** The typed client; every answer that is not a success is thrown as a Problem. */
export const api = createClient<paths>({ fetch: (request) => exchange(() => request.clone()) });

/** The body of a successful answer. */
export async function bodyOf<R extends { data?: unknown }>(call: Promise<R>) {
  return (await call).data as NonNullable<R["data"]>;
}

/** The body of a successful answer with the ETag that an edit of it needs. */
export async function editable<R extends { data?: unknown; response: Response }>(call: Promise<R>) {
  const { data, response } = await call;
  return { data: data as NonNullable<R["data"]>, etag: response.headers.get("ETag") };
}

/** Headers of an edit, so that a page read earlier than a change elsewhere is refused. */
export function ifMatch(etag: string | null): Record<string, string> {
  return etag === null ? {} : { "If-Match": etag };
}

/** Send a form with a file; the answer's body is returned as it is. */
export async function upload<T>(path: string, form: FormData): Promise<T> {
  const address = new URL(root + path, location.href);
  const response = await exchange(() => new Request(address, { method: "POST", body: form }));
  return (await response.json()) as T;
}

/** Address of a file that the browser downloads with the session's cookie. */
export function downloadAddress(path: string): string {
  return root + path;
}

export function whenSignedOut(callback: () => void): void {
  onSignedOut = callback;
}

/** The page can see that somebody may be signed in, without asking and being refused. */
export function maybeSignedIn(): boolean {
  return csrfToken() !== "";
}

export async function refreshSession(): Promise<boolean> {
  const request = () =>
    new Request(new URL(`${root}/auth/refresh`, location.href), { method: "POST" });
  refreshing ??= fetch(prepared(request(), crypto.randomUUID()))
    .then((response) => response.ok)
    .catch(() => false)
    .finally(() => {
      refreshing = null;
    });
  return refreshing;
}

async function exchange(make: () => Request): Promise<Response> {
  const request = make();
  const attempt = await attemptOf(request);
  const key = unanswered.get(attempt) ?? crypto.randomUUID();
  // A POST that got no answer may have been carried out: sent again, it keeps its key.
  let response = await fetch(prepared(request, key)).catch((error: unknown) => {
    if (request.signal.aborted) throw error;
    if (request.method === "POST") unanswered.set(attempt, key);
    throw unreachable();
  });
  unanswered.delete(attempt);
  const signingIn = new URL(request.url).pathname.startsWith(`${root}/auth/log`);
  if (response.status === 401 && !signingIn) {
    if (await refreshSession()) response = await fetch(prepared(make(), key));
    if (response.status === 401) onSignedOut();
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** What makes two requests the same act; a file is too large to compare, so it is always new. */
async function attemptOf(request: Request): Promise<string> {
  if (request.method !== "POST") return "";
  const json = request.headers.get("Content-Type")?.includes("json") ?? false;
  const body = json ? await request.clone().text() : crypto.randomUUID();
  return `${request.url} ${body}`;
}

function prepared(request: Request, key: string): Request {
  request.headers.set("Accept", "application/json");
  if (request.method === "POST") request.headers.set("Idempotency-Key", key);
  if (request.method !== "GET") request.headers.set("X-CSRF-Token", csrfToken());
  return request;
}

function csrfToken(): string {
  const found = document.cookie.match(/(?:^|;\s*)fairlead_csrf=([^;]+)/);
  return found?.[1] ? decodeURIComponent(found[1]) : "";
}
