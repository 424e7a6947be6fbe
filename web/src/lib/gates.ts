// How a gate's figure is read: shares in percent, counts whole, the rest as it is.
import { count, percent, ratio } from "./format";

const counts = new Set(["trades", "trials_known", "lookahead_proof", "search", "paper_period"]);
const shares = [
  "pbo",
  "deflated",
  "significance",
  "plateau",
  "consistency",
  "holdout",
  "drawdown",
  "return",
  "probability",
  "share",
  "deviation",
  "loss",
  "weight",
];

export function gateValue(name: string, value: number | null): string {
  if (value === null) return "–";
  if (counts.has(name)) return count(value);
  return shares.some((part) => name.includes(part)) ? percent(value, 1) : ratio(value);
}

/** A gate that was switched off passes without having been asked; the server says so in words. */
export const isAsked = (gate: { text: string }) => !gate.text.startsWith("Not asked");
