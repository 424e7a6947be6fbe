// Single values in running text and tables: signed money, sides, badges of state.
import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { percent, signOf, signedMoney, words } from "../lib/format";
import styles from "./value.module.css";

type Decimal = string | number | null | undefined;

const tones = { "-1": "down", "0": "", "1": "up" } as const;

function toneOf(value: Decimal): string {
  return tones[`${signOf(value)}`];
}

export function Pnl({ value }: { value: Decimal }) {
  return <span className={toneOf(value)}>{signedMoney(value)}</span>;
}

export function Change({ value, digits = 2 }: { value: Decimal; digits?: number }) {
  return <span className={toneOf(value)}>{percent(value, digits, true)}</span>;
}

export function Side({ side }: { side: string | number | null | undefined }) {
  if (side === null || side === undefined || side === "") return <span className="muted">–</span>;
  const text = typeof side === "number" ? (side > 0 ? "long" : "short") : side.toLowerCase();
  const long = text === "long" || text === "buy";
  return <span className={long ? "up" : "down"}>{words(text)}</span>;
}

const strong = new Set([
  "failed",
  "halted",
  "rejected",
  "refused",
  "unknown",
  "skipped",
  "paused",
  "order",
]);

/** A state in words; attention is shown by the accent, never by green or red, which mean sign. */
export function State({ state, why }: { state: string; why?: string | null }) {
  const tone = strong.has(state.toLowerCase()) ? styles.strong : "";
  const badge = <span className={`${styles.state} ${tone}`}>{words(state)}</span>;
  return why ? <Tooltip label={why}>{badge}</Tooltip> : badge;
}

export function Tag({ children }: { children: ReactNode }) {
  return <span className={`${styles.state} ${styles.tag}`}>{children}</span>;
}
