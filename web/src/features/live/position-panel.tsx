// What the session holds now, with its stop and target, and the risk profile it trades by.
import { percent, price, quantity, words } from "../../lib/format";
import type { Subscription } from "../../lib/resources/subscriptions";
import { Panel } from "../../ui/page";
import { Pnl, Side } from "../../ui/value";
import styles from "./live.module.css";

export function PositionPanel({ session }: { session: Subscription }) {
  const { position } = session;
  if (!position) {
    return (
      <Panel title="Position">
        <span className="muted">
          Flat. It enters when a signal comes and no rule stands against it.
        </span>
      </Panel>
    );
  }
  return (
    <Panel title="Position">
      <dl className={styles.pairs}>
        <Pair name="Side" value={<Side side={position.side} />} />
        <Pair name="Quantity" value={quantity(position.quantity)} />
        <Pair name="Average entry" value={price(position.entry_price)} />
        <Pair name="Stop" value={position.stop ? price(position.stop) : "none"} />
        <Pair name="Target" value={position.target ? price(position.target) : "none"} />
        <Pair name="Unrealised" value={<Pnl value={session.unrealised_pnl} />} />
      </dl>
    </Panel>
  );
}

const fractions = new Set([
  "max_daily_loss",
  "stop_loss_pct",
  "take_profit_pct",
  "trailing_stop_pct",
]);

export function ProfilePanel({ session }: { session: Subscription }) {
  const profile = Object.entries(session.risk_profile).filter(([, value]) => value !== null);
  const parameters = Object.entries(session.parameters);
  if (profile.length + parameters.length === 0) return null;
  return (
    <Panel title="Risk profile and parameters">
      <dl className={styles.pairs}>
        {profile.map(([name, value]) => (
          <Pair
            key={name}
            name={words(name)}
            value={show(name, value, session.risk_profile.sizing)}
          />
        ))}
        {parameters.map(([name, value]) => (
          <Pair key={`p ${name}`} name={words(name)} value={String(value)} />
        ))}
      </dl>
    </Panel>
  );
}

function show(name: string, value: string | number | boolean | null, sizing: unknown): string {
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (fractions.has(name) || (name === "size" && sizing !== "quantity"))
    return percent(String(value), 1);
  return Number.isFinite(Number(value)) ? quantity(String(value)) : words(String(value));
}

function Pair({ name, value }: { name: string; value: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
