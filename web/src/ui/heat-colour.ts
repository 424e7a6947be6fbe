// Colours of a heat map's cells, mixed from the style sheet's own.
export interface Span {
  low: number;
  high: number;
}

export function spanOf(values: (number | null)[], signed: boolean): Span {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (known.length === 0) return { low: 0, high: 0 };
  const low = known.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = known.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  return signed ? { low: Math.min(0, low), high: Math.max(0, high) } : { low, high };
}

/** 0 to 1: how strongly a value is coloured; signed values from zero, others from the least. */
export function strength(value: number, span: Span, signed: boolean): number {
  const reach = signed ? Math.max(Math.abs(span.low), Math.abs(span.high)) : span.high - span.low;
  if (reach === 0) return 0.5;
  return Math.min(1, Math.max(0, (signed ? Math.abs(value) : value - span.low) / reach));
}

export function heatColour(
  value: number,
  span: Span,
  signed: boolean,
  style = getComputedStyle(document.documentElement),
): string {
  const tone = signed ? (value < 0 ? "--down" : "--up") : "--accent";
  const share = Math.round(8 + strength(value, span, signed) * 82);
  const colour = style.getPropertyValue(tone).trim();
  const ground = style.getPropertyValue("--panel").trim();
  return mix(colour, ground, share / 100);
}

/** Mix two #rrggbb colours. */
export function mix(colour: string, ground: string, share: number): string {
  const [a, b] = [channels(colour), channels(ground)];
  const parts = a.map((part, index) => Math.round(part * share + (b[index] ?? 0) * (1 - share)));
  return `rgb(${parts.join(" ")})`;
}

function channels(hex: string): number[] {
  const full = hex.length === 4 ? hex.replace(/[0-9a-f]/gi, "$&$&") : hex;
  return [1, 3, 5].map((at) => Number.parseInt(full.slice(at, at + 2), 16));
}
