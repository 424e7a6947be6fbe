// Shapes of conditions and the small changes the builder makes to them.
import { type Definition, type Json, asObject } from "../../lib/definition";

export type Form = "all" | "any" | "not" | "slope" | "compare";

export const operators = [
  { value: "gt", label: "is above" },
  { value: "ge", label: "is at or above" },
  { value: "lt", label: "is below" },
  { value: "le", label: "is at or below" },
  { value: "crosses_above", label: "crosses above" },
  { value: "crosses_below", label: "crosses below" },
  { value: "rising", label: "is rising over" },
  { value: "falling", label: "is falling over" },
];

export const isSlope = (operator: string) => operator === "rising" || operator === "falling";

export function formOf(condition: Json | undefined): Form {
  const known = asObject(condition);
  if ("all" in known) return "all";
  if ("any" in known) return "any";
  if ("not" in known) return "not";
  return isSlope(String(known.op)) ? "slope" : "compare";
}

export const freshComparison = (): Definition => ({ left: "close", op: "gt", right: "open" });
export const freshGroup = (): Definition => ({ all: [freshComparison()] });

export function partsOf(condition: Json | undefined): Json[] {
  const known = asObject(condition);
  const parts = known.all ?? known.any;
  return Array.isArray(parts) ? parts : [];
}

/** The same parts joined the other way. */
export function rejoined(condition: Json | undefined, join: "all" | "any"): Definition {
  return { [join]: partsOf(condition) };
}

/** Change the operator, keeping what still has a meaning under the new one. */
export function withOperator(condition: Definition, operator: string): Definition {
  if (isSlope(operator))
    return { left: condition.left ?? "close", op: operator, bars: condition.bars ?? 1 };
  const next: Definition = {
    left: condition.left ?? "close",
    op: operator,
    right: condition.right ?? "open",
  };
  if (condition.within !== undefined) next.within = condition.within;
  return next;
}

/** A condition in words, for lists and screen readers. */
export function inWords(condition: Json | undefined): string {
  const known = asObject(condition);
  const form = formOf(condition);
  if (form === "not") return `not (${inWords(known.not)})`;
  if (form === "all" || form === "any")
    return partsOf(condition)
      .map(inWords)
      .join(form === "all" ? " and " : " or ");
  const operator = operators.find((entry) => entry.value === known.op)?.label ?? String(known.op);
  return form === "slope"
    ? `${known.left} ${operator} ${known.bars ?? 1} bars`
    : `${known.left} ${operator} ${known.right}`;
}
