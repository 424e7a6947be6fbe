// Why or why not, candle by candle: the signal, what the filters read, the veto, the order.
import { dateTime, price, words } from "../../lib/format";
import { type Evaluation, evaluationsQuery } from "../../lib/resources/subscriptions";
import type { Column } from "../../ui/data-table";
import { PagedTable } from "../../ui/paged-table";
import { Empty } from "../../ui/states";
import { State } from "../../ui/value";
import styles from "./live.module.css";

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

const signalTones: Record<string, string> = {
  enter_long: "up",
  enter_short: "down",
  hold: "muted",
};

function signalCell({ signal }: Evaluation) {
  if (signal === null) return <span className="muted">–</span>;
  return <span className={signalTones[signal] ?? ""}>{words(signal)}</span>;
}

function outcomeCell(entry: Evaluation) {
  if (entry.order_id) return <State state="Order" />;
  if (entry.veto) return <State state="Refused" />;
  if (entry.status !== "COMPLETED") return <State state={entry.status} />;
  return <span className="muted">No order</span>;
}

function whyOf(entry: Evaluation): string {
  const reason = entry.reason.charAt(0).toUpperCase() + entry.reason.slice(1);
  return reason || "–";
}

/** Conditions are named by their place in the definition and are 0 or 1; the rest are readings. */
function valuesCell(entry: Evaluation) {
  const all = Object.entries(entry.detail);
  const held = all.filter(([name, value]) => name.startsWith("/") && value !== 0);
  return (
    <div className={styles.values}>
      {held.map(([name]) => (
        <div key={name}>
          <b>{words(name.slice(1).replaceAll("/", " "))}</b>
        </div>
      ))}
      {all
        .filter(([name]) => !name.startsWith("/"))
        .map(([name, value]) => (
          <div key={name}>
            <span>{words(name)}</span> {price(value)}
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
      rowKey={(entry) => entry.id}
      empty={
        <Empty title="No candle has been evaluated yet">
          The first line appears when the next candle of this timeframe closes.
        </Empty>
      }
    />
  );
}
