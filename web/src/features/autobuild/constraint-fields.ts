// The constraints' schema as fields in steps, and a document's values by JSON pointer.
import type { Definition, Json } from "../../lib/definition";
import type { FieldSchema } from "../../lib/resources/autobuilds";

export interface Field {
  path: string;
  schema: FieldSchema;
}

export interface Step {
  key: string;
  title: string;
  text: string;
  /** Beginnings of the paths whose fields belong here. */
  owns: string[];
}

export const steps: Step[] = [
  {
    key: "universe",
    title: "Universe",
    text: "Which instruments may be tried. Liquidity is ranked before the fit, so nothing leaks.",
    owns: ["/venues", "/universe"],
  },
  {
    key: "history",
    title: "Timeframe and history",
    text: "How long a bar is, and how far back. What has less history is left out by name.",
    owns: ["/timeframe", "/history"],
  },
  {
    key: "templates",
    title: "Templates and axes",
    text: "What may be tried. Every set counts as a trial and raises the bar for all of them.",
    owns: ["/templates"],
  },
  {
    key: "risk",
    title: "Costs and risk",
    text: "What a trade costs, how much one buys, and how legs become a portfolio.",
    owns: ["/capital", "/trading", "/costs", "/portfolio"],
  },
  {
    key: "evidence",
    title: "Evidence",
    text: "What a result has to show before it is accepted. The result tells which gates were off.",
    owns: ["/walk_forward", "/evidence"],
  },
  {
    key: "budget",
    title: "Budget",
    text: "How much may be computed. What does not fit is left out by name, never in silence.",
    owns: ["/budget"],
  },
];

/** Every field that holds a value, with its place; objects are walked through. */
export function fieldsOf(schema: FieldSchema, path = ""): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, part]) => {
    const place = `${path}/${name}`;
    return part.properties ? fieldsOf(part, place) : [{ path: place, schema: part }];
  });
}

const within = (path: string, owner: string) => path === owner || path.startsWith(`${owner}/`);

/** The step a place belongs to; what no step owns stands in the last one. */
export function stepOf(path: string): number {
  const found = steps.findIndex((step) => step.owns.some((owner) => within(path, owner)));
  return found < 0 ? steps.length - 1 : found;
}

export const fieldsIn = (fields: Field[], step: number) =>
  fields.filter((field) => stepOf(field.path) === step);

/** The document in which every field has its default. */
export function defaultsOf(schema: FieldSchema): Definition {
  const document: Definition = {};
  for (const [name, part] of Object.entries(schema.properties ?? {})) {
    document[name] = part.properties ? defaultsOf(part) : ((part.default ?? null) as Json);
  }
  return document;
}

/** Which field a fault belongs to: the server may name a place inside it. */
export function fieldAt(fields: Field[], path: string): Field | undefined {
  return fields.find((field) => within(path, field.path));
}

/** "Slippage bps" and "Embargo bars" as people write them. */
export function labelOf(field: Field): string {
  const title = field.schema.title ?? field.path.split("/").at(-1) ?? "";
  return title.replace(/ (bps|bars|days|seconds)$/, ", $1").replace("sharpe", "Sharpe");
}

/** The whole of a group of fields: `/walk_forward/fit` belongs to "Walk forward". */
export function groupOf(field: Field, schema: FieldSchema): string {
  const [, head = "", ...rest] = field.path.split("/");
  return rest.length === 0 ? "" : (schema.properties?.[head]?.title ?? head);
}
