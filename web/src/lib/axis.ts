// Axes of a grid as one types them: a range low:high:step or a list of numbers.
/** `5:50:5` stays a range for the server; `5, 10, 20` becomes a list; an empty field is no axis. */
export function axisOf(text: string): string | number[] | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  if (trimmed.includes(":")) return trimmed.replaceAll(" ", "");
  return trimmed
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number);
}

/** How many values an axis has, or a sentence that says what is wrong with it. */
export function axisSize(text: string): number | string {
  const axis = axisOf(text);
  if (axis === null) return 0;
  if (typeof axis !== "string")
    return axis.every(Number.isFinite) ? axis.length : "Expected numbers, e.g. 5, 10, 20";
  const [low, high, step, more] = axis.split(":").map(Number);
  if (low === undefined || high === undefined || step === undefined || more !== undefined)
    return "Expected low:high:step";
  if (![low, high, step].every(Number.isFinite) || step <= 0 || high < low)
    return "Expected low:high:step, e.g. 5:50:5";
  return Math.floor((high - low) / step + 1e-9) + 1;
}
