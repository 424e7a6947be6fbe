// How many outcomes passed each gate, and what the middle one of them had.
import { isAsked } from "../../lib/gates";
import type { Outcome } from "../../lib/resources/autobuilds";

export interface GateTotal {
  name: string;
  label: string;
  threshold: number | null;
  median: number | null;
  passed: number;
  total: number;
}

export function gateTotals(outcomes: Pick<Outcome, "gates">[]): GateTotal[] {
  const totals = new Map<string, GateTotal>();
  const values = new Map<string, number[]>();
  for (const { gates } of outcomes) {
    for (const gate of gates) {
      const { name, label, threshold, value } = gate;
      const asked = isAsked(gate);
      const total = totals.get(name) ?? {
        name,
        label,
        threshold,
        median: null,
        passed: 0,
        total: 0,
      };
      totals.set(name, {
        ...total,
        passed: total.passed + (asked && gate.passed ? 1 : 0),
        total: total.total + (asked ? 1 : 0),
      });
      if (value !== null) values.set(name, [...(values.get(name) ?? []), value]);
    }
  }
  return [...totals.values()].map((total) => ({
    ...total,
    median: medianOf(values.get(total.name) ?? []),
  }));
}

export function medianOf(values: number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return null;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return ((low ?? 0) + (high ?? 0)) / 2;
}
