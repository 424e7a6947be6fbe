// Reading and changing a rules document at a place, and what names it offers.
import { asObject, type Definition, type Json, valueAt } from "../../lib/definition";
import type { IndicatorInfo } from "../../lib/resources/strategies";

/** Rename a member in place, keeping the order of the others. */
export function renamed(members: Definition, from: string, to: string): Definition {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name === from ? to : name, value]),
  );
}

export function freeName(taken: Definition, wish: string): string {
  if (!(wish in taken)) return wish;
  let number = 2;
  while (`${wish}_${number}` in taken) number += 1;
  return `${wish}_${number}`;
}

export function membersOf(definition: Definition, section: string): [string, Definition][] {
  const members = valueAt(definition, [section]);
  if (members === null || typeof members !== "object" || Array.isArray(members)) return [];
  return Object.entries(members as Definition).map(([name, value]) => [name, asObject(value)]);
}

export function parameterNames(definition: Definition): string[] {
  return membersOf(definition, "parameters").map(([name]) => `$${name}`);
}

const prices = ["close", "open", "high", "low", "volume"];

/** Every series a condition may name: prices, and the outputs of the document's indicators. */
export function seriesNames(definition: Definition, catalog: IndicatorInfo[]): string[] {
  const names = [...prices];
  for (const [name, use] of membersOf(definition, "indicators")) {
    const outputs = catalog.find((entry) => entry.kind === use.kind)?.outputs ?? [];
    if (outputs.length < 2) names.push(name);
    else names.push(...outputs.map((output) => `${name}.${output}`));
  }
  return names;
}

/** What was typed as a document holds it: a number where it is one, else the text. */
export function scalarOf(text: string): Json {
  const trimmed = text.trim();
  return trimmed !== "" && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}
