// The steps of one AutoBuild over a WebSocket: resumes by number, reads them when it is away.
import { useEffect, useState } from "react";
import { api, bodyOf } from "../../lib/http";
import { queryClient } from "../../lib/queries";
import { readSteps, type StepEvent } from "../../lib/resources/autobuilds";
import { collect, type Steps } from "./steps-seen";

const pollEveryMs = 3_000;
const batchMs = 250;
const nothing: Steps = { items: [], last: 0 };

/** Every step so far and those to come, while the page is open; none is shown twice. */
export function useSteps(id: string, running: boolean): Steps {
  const [steps, setSteps] = useState<Steps>(nothing);
  useEffect(() => follow(id, running, setSteps), [id, running]);
  return steps;
}

function follow(id: string, running: boolean, show: (steps: Steps) => void): () => void {
  let seen = nothing;
  let over = false;
  let socket: WebSocket | null = null;
  let pollTimer: number | undefined;
  let retryTimer: number | undefined;
  let batchTimer: number | undefined;
  let waiting: StepEvent[] = [];

  const flush = () => {
    batchTimer = undefined;
    seen = collect(seen, waiting);
    waiting = [];
    show(seen);
    void queryClient.invalidateQueries({ queryKey: ["autobuilds", id] });
  };
  const hear = (events: StepEvent[]) => {
    waiting.push(...events.filter((event) => event.kind !== "heartbeat"));
    if (waiting.length > 0) batchTimer ??= window.setTimeout(flush, batchMs);
  };
  const read = async () => {
    for (;;) {
      const last = waiting.at(-1)?.seq ?? seen.last;
      const page = await readSteps(id, last);
      if (over) return;
      hear(page.items);
      if (page.items.length === 0) return;
    }
  };
  const poll = () => {
    pollTimer ??= window.setInterval(() => void read().catch(() => undefined), pollEveryMs);
  };
  const connect = async () => {
    try {
      const { ticket } = await bodyOf(api.POST("/api/v1/auth/ws-ticket"));
      if (over) return;
      const scheme = location.protocol === "https:" ? "wss" : "ws";
      const last = waiting.at(-1)?.seq ?? seen.last;
      const query = `ticket=${encodeURIComponent(ticket)}&after=${last}`;
      socket = new WebSocket(`${scheme}://${location.host}/ws/autobuild/${id}?${query}`);
      socket.onopen = () => {
        window.clearInterval(pollTimer);
        pollTimer = undefined;
      };
      socket.onmessage = (message) => hear([JSON.parse(String(message.data)) as StepEvent]);
      socket.onclose = lost;
    } catch {
      lost();
    }
  };
  const lost = () => {
    socket = null;
    if (over) return;
    poll();
    retryTimer = window.setTimeout(() => void connect(), 2 * pollEveryMs);
  };

  void read()
    .catch(() => undefined)
    .then(() => (running && !over ? connect() : undefined));
  return () => {
    over = true;
    window.clearInterval(pollTimer);
    window.clearTimeout(retryTimer);
    window.clearTimeout(batchTimer);
    socket?.close();
  };
}
