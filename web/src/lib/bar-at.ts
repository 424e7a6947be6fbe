// Which bar a moment belongs to.

/** The open time of the bar in which a moment lies. */
export function barAt(ts: number[], ms: number): number {
  let low = 0;
  let high = ts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((ts[middle] ?? 0) <= ms) low = middle;
    else high = middle - 1;
  }
  return ts[low] ?? ms;
}
