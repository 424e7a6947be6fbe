// The one way to the API: cookies, CSRF, idempotency keys, one silent refresh, problems as errors.
import { problemOf, unreachable } from "./problem";

const root = "/api/v1";
const unsafe = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const unanswered = new Map<string, string>();
let refreshing: Promise<boolean> | null = null;
let onSignedOut: () => void = () => undefined;

export interface Answer<T> {
  data: T;
  etag: string | null;
}

export type Query = Record<string, string | number | boolean | null | undefined>;

interface Options {
  query?: Query;
  body?: unknown;
  form?: FormData;
  etag?: string | null;
  signal?: AbortSignal;
}

export function whenSignedOut(callback: () => void): void {
  onSignedOut = callback;
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return (await send<T>("GET", path, { query, signal })).data;
}

export async function post<T>(path: string, body?: unknown): Promise<T> {
  return (await send<T>("POST", path, { body: body ?? {} })).data;
}

/** Send one request; raises Problem for every answer that is not a success. */
export async function send<T>(
  method: string,
  path: string,
  options: Options = {},
): Promise<Answer<T>> {
  const address = root + path + searchOf(options.query);
  const payload =
    options.form ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const attempt = `${method} ${address} ${typeof payload === "string" ? payload : ""}`;
  const key = unanswered.get(attempt) ?? crypto.randomUUID();
  const once = () => fetchOnce(method, address, payload, key, options);

  let response = await once().catch((error: unknown) => {
    if (options.signal?.aborted) throw error;
    if (method === "POST") unanswered.set(attempt, key);
    throw unreachable();
  });
  unanswered.delete(attempt);
  if (response.status === 401 && !path.startsWith("/auth/") && (await refreshSession()))
    response = await once();
  if (response.status === 401 && !path.startsWith("/auth/")) onSignedOut();
  if (!response.ok) throw await problemOf(response);
  return { data: (await bodyOf(response)) as T, etag: response.headers.get("ETag") };
}

export function searchOf(query: Query | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

/** Address of a file the browser downloads with the session's cookie. */
export function downloadAddress(path: string): string {
  return root + path;
}

function fetchOnce(
  method: string,
  address: string,
  payload: BodyInit | undefined,
  key: string,
  options: Options,
) {
  const headers = new Headers({ Accept: "application/json" });
  if (typeof payload === "string") headers.set("Content-Type", "application/json");
  if (options.etag) headers.set("If-Match", options.etag);
  if (method === "POST") headers.set("Idempotency-Key", key);
  if (unsafe.has(method)) headers.set("X-CSRF-Token", csrfToken());
  return fetch(address, {
    method,
    headers,
    body: payload,
    credentials: "same-origin",
    signal: options.signal,
  });
}

async function bodyOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const text = await response.text();
  return text === "" ? undefined : JSON.parse(text);
}

/** The page can see that somebody may be signed in, without asking the server and being refused. */
export function maybeSignedIn(): boolean {
  return csrfToken() !== "";
}

function csrfToken(): string {
  const found = document.cookie.match(/(?:^|;\s*)fairlead_csrf=([^;]+)/);
  return found?.[1] ? decodeURIComponent(found[1]) : "";
}

export async function refreshSession(): Promise<boolean> {
  refreshing ??= fetchOnce("POST", `${root}/auth/refresh`, "{}", crypto.randomUUID(), {})
    .then((response) => response.ok)
    .catch(() => false)
    .finally(() => {
      refreshing = null;
    });
  return refreshing;
}
