// The gates a result has to pass: each with its figure, its threshold and its words.
import type { ReactNode } from "react";
import { gateValue, isAsked } from "../lib/gates";
import styles from "./gate-list.module.css";
import { Icon } from "./icon";

export interface ShownGate {
  name: string;
  label: string;
  value: number | null;
  threshold: number | null;
  passed: boolean;
  text: string;
  /** What would make it pass, where somebody knows. */
  action?: string | null;
}

export function GateList({ gates, label }: { gates: ShownGate[]; label: string }) {
  return (
    <ul className={styles.gates} aria-label={label}>
      {gates.map((gate) => (
        <li key={gate.name} data-passed={gate.passed}>
          <Verdict gate={gate} />
          <b>{gate.label}</b>
          <Figure strong>{gateValue(gate.name, gate.value)}</Figure>
          <Figure>
            {gate.threshold === null || !isAsked(gate)
              ? ""
              : `asked ${gateValue(gate.name, gate.threshold)}`}
          </Figure>
          <p>
            {gate.text}
            {!gate.passed && gate.action ? <em> {gate.action}</em> : null}
          </p>
        </li>
      ))}
    </ul>
  );
}

function Verdict({ gate }: { gate: ShownGate }) {
  if (!isAsked(gate)) return <span className="muted">–</span>;
  return (
    <span className={gate.passed ? "up" : "down"}>
      <Icon name={gate.passed ? "check" : "close"} size={15} />
      <span className="sr-only">{gate.passed ? "Passed" : "Not passed"}</span>
    </span>
  );
}

function Figure({ children, strong = false }: { children: ReactNode; strong?: boolean }) {
  return <span className={strong ? styles.value : styles.asked}>{children}</span>;
}

/** All gates at a glance, for a row of a table. */
export function GateDots({ gates }: { gates: ShownGate[] }) {
  const asked = gates.filter(isAsked);
  const failed = gates.filter((gate) => !gate.passed);
  const said =
    failed.length === 0
      ? `All ${asked.length} gates that were asked passed`
      : `Not passed: ${failed.map((gate) => gate.label).join(", ")}`;
  return (
    <span className={styles.dots} role="img" aria-label={said} title={said}>
      {gates.map((gate) => (
        <i key={gate.name} className={dotOf(gate)} />
      ))}
    </span>
  );
}

function dotOf(gate: ShownGate): string | undefined {
  if (!isAsked(gate)) return styles.off;
  return gate.passed ? styles.green : styles.red;
}
