// Why or why not, candle by candle: the signal, what the filters read, the veto, the order.
import { dateTime, price, words } from "../../lib/format";
import { type Evaluation, evaluationsQuery } from "../../lib/resources/subscriptions";
import type { Column } from "../../ui/data-table";
import { PagedTable } from "../../ui/paged-table";
import { Empty } from "../../ui/states";
import { State } from "../../ui/value";
import styles from "./live.module.css";

const signals: Record<string, string> = {
  "0": "Hold",
  "1": "Enter long",
  "-1": "Enter short",
  "2": "Exit",
  "3": "Exit long",
  "4": "Exit short",
};

const columns: Column<Evaluation>[] = [
  { key: "ts", title: "Candle, UTC", cell: (entry) => dateTime(entry.ts), compact: "title" },
  {
    key: "close",
    title: "Close",
    cell: (entry) => price(entry.close),
    end: true,
    compact: "detail",
  },
  { key: "signal", title: "Signal", cell: signalCell, compact: "value" },
  { key: "outcome", title: "Outcome", cell: outcomeCell, compact: "detail" },
  { key: "why", title: "Why", cell: (entry) => whyOf(entry), wrap: true, compact: "detail" },
  { key: "values", title: "Values", cell: valuesCell, wrap: true },
];

function signalCell(entry: Evaluation) {
  const text = signals[String(entry.signal)] ?? words(String(entry.signal ?? "none"));
  const tone =
    text === "Enter long" ? "up" : text === "Enter short" ? "down" : text === "Hold" ? "muted" : "";
  return <span className={tone}>{text}</span>;
}

function outcomeCell(entry: Evaluation) {
  if (entry.veto) return <State state="Refused" />;
  if (entry.order_id) return <State state="Order" />;
  if (entry.status.toUpperCase() !== "COMPLETED" && entry.status.toUpperCase() !== "DONE")
    return <State state={entry.status} />;
  return <span className="muted">No order</span>;
}

function whyOf(entry: Evaluation): string {
  const parts = [entry.veto ? words(entry.veto) : "", entry.reason ? words(entry.reason) : ""];
  return parts.filter(Boolean).join(": ") || "–";
}

function valuesCell(entry: Evaluation) {
  const values = Object.entries(entry.detail ?? {}).filter(
    ([, value]) => value !== null && typeof value !== "object",
  );
  return (
    <div className={styles.values}>
      {values.map(([name, value]) => (
        <div key={name}>
          <span>{words(name)}</span> {typeof value === "number" ? price(value) : String(value)}
        </div>
      ))}
    </div>
  );
}

export function WhyTable({ subscriptionId }: { subscriptionId: string }) {
  return (
    <PagedTable
      label="Evaluations"
      query={evaluationsQuery(subscriptionId)}
      columns={columns}
      rowKey={(entry, index) => entry.id ?? `${entry.ts} ${index}`}
      empty={
        <Empty title="No candle has been evaluated yet">
          The first line appears when the next candle of this timeframe closes.
        </Empty>
      }
    />
  );
}
