// The feed of what happened, newest first; live events stand above those read with the page.
import { useEvents, type LiveEvent } from "../../lib/events";
import { clockTime, percent, price, quantity, words } from "../../lib/format";
import { Empty } from "../../ui/states";
import styles from "./dashboard.module.css";

const shown = 60;

export function Activity({ recent }: { recent: LiveEvent[] }) {
  const events = useEvents();
  const known = new Set(events.recent.map((event) => event.seq));
  const all = [...events.recent, ...recent.filter((event) => !known.has(event.seq))]
    .filter((event) => !unsaid.has(event.type))
    .sort((a, b) => b.seq - a.seq)
    .slice(0, shown);
  if (all.length === 0) {
    return (
      <Empty title="Quiet so far">
        Evaluations, orders and fills of your sessions appear here as they happen.
      </Empty>
    );
  }
  return (
    <ol className={styles.feed} tabIndex={0} aria-label="Activity, newest first">
      {all.map((event) => (
        <li key={event.seq}>
          <time dateTime={event.at}>{clockTime(event.at)}</time>
          <div>
            <b>{titleOf(event)}</b>
            <span>{textOf(event.data)}</span>
          </div>
        </li>
      ))}
    </ol>
  );
}

const titles: Record<string, string> = {
  "bar.closed": "Candle closed",
  "order.updated": "Order",
  "fill.created": "Fill",
  "subscription.changed": "Session",
  "run.progress": "Run",
  "run.finished": "Run",
  "kill.changed": "Kill switch",
};

// A turn speaks through its orders and fills; progress of a run stands on its own page.
const unsaid = new Set(["turn.completed", "run.progress"]);

function titleOf({ type, data }: LiveEvent): string {
  if (type === "evaluation.completed")
    return words(String(data.signal ?? data.status ?? "evaluated"));
  const status = typeof data.status === "string" ? ` ${words(data.status).toLowerCase()}` : "";
  return `${titles[type] ?? words(type)}${status}`;
}

const shownFields = [
  "strategy_name",
  "instrument",
  "timeframe",
  "side",
  "quantity",
  "price",
  "reason",
  "act",
  "scope",
  "progress",
];

function textOf(data: Record<string, unknown>): string {
  return shownFields
    .filter((name) => data[name] !== undefined && data[name] !== null && data[name] !== "")
    .map((name) => fieldOf(name, data[name]))
    .join(" ");
}

function fieldOf(name: string, value: unknown): string {
  const text = String(value);
  if (name === "price") return `at ${price(text)}`;
  if (name === "quantity") return quantity(text);
  if (name === "progress") return percent(text, 0);
  return name === "instrument" || name === "timeframe" || name === "strategy_name"
    ? text
    : words(text).toLowerCase();
}
