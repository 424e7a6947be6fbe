// Live events over one WebSocket: resumes by number, falls back to reading every 5 s.
import { useSyncExternalStore } from "react";
import { api, bodyOf } from "./http";
import { queryClient } from "./queries";

export interface LiveEvent {
  seq: number;
  type: string;
  at: string;
  data: Record<string, unknown>;
}

export type Link = "connecting" | "live" | "polling";

interface State {
  link: Link;
  recent: LiveEvent[];
}

const pollEveryMs = 5_000;
// The server speaks at least every 15 s: a socket silent for longer is connected and mute.
const silentMs = 45_000;
const batchMs = 400;
const keep = 200;
const wakes: Record<string, string[]> = {
  "bar.closed": ["bars", "coverage"],
  "evaluation.completed": ["subscriptions"],
  "turn.completed": ["subscriptions", "dashboard", "orders"],
  "order.updated": ["orders", "subscriptions"],
  "fill.created": ["orders", "subscriptions", "dashboard"],
  "subscription.changed": ["subscriptions", "dashboard"],
  "run.progress": ["runs"],
  "run.finished": ["runs", "proofs"],
  "autobuild.started": ["autobuilds"],
  "autobuild.finished": ["autobuilds"],
  "data.fetched": ["fetches", "coverage"],
  "kill.changed": ["kill", "subscriptions", "dashboard"],
};

let state: State = { link: "connecting", recent: [] };
let socket: WebSocket | null = null;
let running = false;
let lastSeq = 0;
let failures = 0;
let pollTimer: number | undefined;
let silenceTimer: number | undefined;
let retryTimer: number | undefined;
let batchTimer: number | undefined;
const due = new Set<string>();
const listeners = new Set<() => void>();

export function useEvents(): State {
  return useSyncExternalStore(subscribe, () => state);
}

export function startEvents(): void {
  if (running) return;
  running = true;
  void connect();
}

export function stopEvents(): void {
  running = false;
  window.clearTimeout(retryTimer);
  window.clearTimeout(silenceTimer);
  window.clearInterval(pollTimer);
  pollTimer = undefined;
  lastSeq = 0;
  failures = 0;
  socket?.close();
  socket = null;
  change({ link: "connecting", recent: [] });
}

async function connect(): Promise<void> {
  try {
    const { ticket } = await bodyOf(api.POST("/api/v1/auth/ws-ticket"));
    if (!running) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const after = lastSeq > 0 ? `&after=${lastSeq}` : "";
    socket = new WebSocket(
      `${scheme}://${location.host}/ws/events?ticket=${encodeURIComponent(ticket)}${after}`,
    );
    socket.onopen = opened;
    socket.onmessage = (message) => {
      hear();
      receive(JSON.parse(String(message.data)) as LiveEvent);
    };
    socket.onclose = lost;
  } catch {
    lost();
  }
}

function opened(): void {
  failures = 0;
  window.clearInterval(pollTimer);
  pollTimer = undefined;
  change({ ...state, link: "live" });
  hear();
}

function hear(): void {
  window.clearTimeout(silenceTimer);
  silenceTimer = window.setTimeout(() => socket?.close(), silentMs);
}

function lost(): void {
  socket = null;
  if (!running) return;
  failures += 1;
  window.clearTimeout(silenceTimer);
  if (failures > 1) change({ ...state, link: "polling" });
  pollTimer ??= window.setInterval(() => void poll(), pollEveryMs);
  window.clearTimeout(retryTimer);
  retryTimer = window.setTimeout(
    () => void connect(),
    Math.min(30_000, 1_000 * 2 ** Math.min(failures, 5)),
  );
}

function receive(event: LiveEvent): void {
  if (typeof event.seq !== "number" || event.seq <= lastSeq || event.type === "heartbeat") return;
  lastSeq = event.seq;
  change({ ...state, recent: [event, ...state.recent].slice(0, keep) });
  for (const key of wakes[event.type] ?? []) due.add(key);
  batchTimer ??= window.setTimeout(wakeQueries, batchMs);
}

function wakeQueries(): void {
  batchTimer = undefined;
  for (const key of due) void queryClient.invalidateQueries({ queryKey: [key] });
  due.clear();
}

async function poll(): Promise<void> {
  void queryClient.invalidateQueries({ predicate: (query) => query.meta?.live === true });
  try {
    const query = { after: lastSeq };
    const answer = await bodyOf(api.GET("/api/v1/events", { params: { query } }));
    for (const event of lastSeq > 0 ? answer.items : []) receive(event);
    if (lastSeq === 0) lastSeq = answer.last_seq;
  } catch {
    // The pages themselves show that the server does not answer; the next poll tries again.
  }
}

function change(next: State): void {
  state = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
