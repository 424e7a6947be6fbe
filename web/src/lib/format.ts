// Numbers and times as people read them; money stays text and is never turned into a float.

const dash = "–";

type Decimal = string | number | null | undefined;

const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(least: number, most: number, signed: boolean): Intl.NumberFormat {
  const name = `${least}:${most}:${signed}`;
  const known = formats.get(name);
  if (known) return known;
  const made = new Intl.NumberFormat("en-US", {
    minimumFractionDigits: least,
    maximumFractionDigits: most,
    signDisplay: signed ? "exceptZero" : "negative",
  });
  formats.set(name, made);
  return made;
}

function show(value: Decimal, least: number, most: number, signed = false): string {
  if (value === null || value === undefined || value === "") return dash;
  if (!Number.isFinite(Number(value))) return dash;
  // Intl reads a decimal string exactly (ES2023), so no digit is lost to a float.
  const text = numberFormat(least, most, signed).format(value as `${number}`);
  return text.replace("-", "\u2212");
}

export function money(value: Decimal): string {
  return show(value, 2, 2);
}

export function signedMoney(value: Decimal): string {
  return show(value, 2, 2, true);
}

/** Prices keep what they have: two digits for large ones, up to eight for small ones. */
export function price(value: Decimal): string {
  const size = Math.abs(Number(value));
  if (size !== 0 && size < 1) return show(value, 4, 8);
  return show(value, 2, size < 100 ? 4 : 2);
}

export function quantity(value: Decimal): string {
  return show(value, 0, 8);
}

export function count(value: Decimal): string {
  return show(value, 0, 0);
}

/** "1 follower", "2 followers". */
export function many(value: number, word: string): string {
  return `${count(value)} ${word}${value === 1 ? "" : "s"}`;
}

export function ratio(value: Decimal, digits = 2): string {
  return show(value, digits, digits);
}

export function percent(value: Decimal, digits = 2, signed = false): string {
  if (value === null || value === undefined || value === "") return dash;
  const text = show(Number(value) * 100, digits, digits, signed);
  return text === dash ? dash : `${text}%`;
}

/** -1, 0 or 1, read from the text so that tiny amounts keep their sign. */
export function signOf(value: Decimal): -1 | 0 | 1 {
  if (value === null || value === undefined) return 0;
  const number = Number(value);
  if (!(number < 0) && !(number > 0)) return 0;
  return number < 0 ? -1 : 1;
}

export function dateTime(value: string | number | null | undefined): string {
  const date = dateOf(value);
  return date ? date.toISOString().slice(0, 16).replace("T", " ") : dash;
}

export function dateTimeSeconds(value: string | number | null | undefined): string {
  const date = dateOf(value);
  return date ? date.toISOString().slice(0, 19).replace("T", " ") : dash;
}

export function day(value: string | number | null | undefined): string {
  const date = dateOf(value);
  return date ? date.toISOString().slice(0, 10) : dash;
}

export function clockTime(value: string | number | null | undefined): string {
  const date = dateOf(value);
  return date ? date.toISOString().slice(11, 19) : dash;
}

function dateOf(value: string | number | null | undefined): Date | null {
  if (value === null || value === undefined || value === "") return null;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? null : date;
}

const steps: [number, string][] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "m"],
];

export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return dash;
  const whole = Math.max(0, Math.round(seconds));
  const at = steps.findIndex(([size]) => whole >= size);
  if (at < 0) return `${whole}s`;
  const [size, unit] = steps[at] ?? [1, "s"];
  const [nextSize, nextUnit] = steps[at + 1] ?? [1, "s"];
  const rest = Math.floor((whole % size) / nextSize);
  return rest > 0
    ? `${Math.floor(whole / size)}${unit} ${rest}${nextUnit}`
    : `${Math.floor(whole / size)}${unit}`;
}

export function ago(value: string | number | null | undefined, nowMs: number): string {
  const date = dateOf(value);
  return date ? `${duration((nowMs - date.getTime()) / 1000)} ago` : dash;
}

export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return dash;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${numberFormat(0, unit === 0 ? 0 : 1, false).format(size)} ${units[unit]}`;
}

const initials = /\b(sma|ema|rsi|macd|atr|adx|pbo|hrp)\b/gi;

/** snake_case names of the API as words: `max_drawdown` becomes "Max drawdown". */
export function words(name: string): string {
  const text = name.replaceAll("_", " ").replaceAll(".", " ").trim().toLowerCase();
  const said = text.charAt(0).toUpperCase() + text.slice(1);
  return said.replace(initials, (letters) => letters.toUpperCase());
}
