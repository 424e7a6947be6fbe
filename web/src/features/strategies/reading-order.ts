// The order in which people read a definition; stores keep no order of members.
import type { Definition, Json } from "../../lib/definition";

const order = [
  "kind",
  "name",
  "description",
  "tags",
  "execution",
  "timeframe",
  "instruments",
  "parameters",
  "type",
  "low",
  "high",
  "default",
  "choices",
  "constraints",
  "indicators",
  "input",
  "entry_long",
  "entry_short",
  "exit_long",
  "exit_short",
  "all",
  "any",
  "not",
  "left",
  "op",
  "right",
  "within",
  "bars",
  "mode",
  "size",
  "window",
  "levels",
  "filters",
  "trend",
  "exits",
  "stop_loss_pct",
  "take_profit_pct",
  "trailing_stop_pct",
  "sizing",
  "limits",
  "cool_down_bars",
];
const places = new Map(order.map((name, place) => [name, place]));

export function inReadingOrder(definition: Definition): Definition {
  return ordered(definition) as Definition;
}

function ordered(value: Json): Json {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).map(([name, part]): [string, Json] => [
    name,
    ordered(part),
  ]);
  return Object.fromEntries(members.sort(([a], [b]) => placeOf(a) - placeOf(b)));
}

/** Members without a place, such as people's own names, follow in the order they have. */
function placeOf(name: string): number {
  return places.get(name) ?? order.length;
}
