// A rules document as the editor handles it: plain JSON until the server has validated it.
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Definition = { [key: string]: Json };

/** Where a definition says it is meant to run. */
export function executionOf(definition: Definition): { timeframe: string; instruments: string[] } {
  const execution = definition.execution;
  const known = typeof execution === "object" && execution !== null && !Array.isArray(execution);
  const { timeframe, instruments } = known ? execution : ({} as Definition);
  return {
    timeframe: typeof timeframe === "string" ? timeframe : "1h",
    instruments: Array.isArray(instruments) ? instruments.map(String) : [],
  };
}

export type Path = (string | number)[];

/** The JSON pointer (RFC 6901) by which the server names a place. */
export function pointer(path: Path): string {
  return path
    .map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}

export function valueAt(value: Json | undefined, path: Path): Json | undefined {
  let found: Json | undefined = value;
  for (const part of path) {
    if (Array.isArray(found)) found = found[Number(part)];
    else if (found !== null && typeof found === "object") found = found[String(part)];
    else return undefined;
  }
  return found;
}

/** A copy with another value at a place; undefined removes what stands there. */
export function withValue(
  value: Json | undefined,
  path: Path,
  next: Json | undefined,
): Json | undefined {
  const [head, ...rest] = path;
  if (head === undefined) return next;
  if (Array.isArray(value)) {
    const copy = [...value];
    const made = withValue(copy[Number(head)], rest, next);
    if (made === undefined) copy.splice(Number(head), 1);
    else copy[Number(head)] = made;
    return copy;
  }
  const copy: Definition = value !== null && typeof value === "object" ? { ...value } : {};
  const made = withValue(copy[String(head)], rest, next);
  if (made === undefined) delete copy[String(head)];
  else copy[String(head)] = made;
  return copy;
}

export function asObject(value: Json | undefined): Definition {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? (value as Definition)
    : {};
}
