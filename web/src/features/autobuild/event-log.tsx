// Every step an AutoBuild told, the newest first.
import { clockTime } from "../../lib/format";
import { Empty } from "../../ui/states";
import styles from "./progress.module.css";
import { lineOf, type Steps } from "./steps-seen";

const shown = 300;
const loud = new Set(["instrument_failed", "resumed"]);

export function EventLog({ steps }: { steps: Steps }) {
  const lines = steps.items
    .filter((event) => event.kind !== "progress")
    .slice(-shown)
    .reverse();
  if (lines.length === 0) return <Empty title="Nothing was told yet" />;
  return (
    <ul className={styles.log} aria-label="Log" tabIndex={0}>
      {lines.map((event) => (
        <li key={event.seq}>
          <span className="muted">{clockTime(event.at)}</span>
          <span className="muted">{event.stage ?? ""}</span>
          <span className={loud.has(event.kind) ? styles.loud : undefined}>{lineOf(event)}</span>
        </li>
      ))}
    </ul>
  );
}
