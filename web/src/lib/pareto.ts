// Which outcomes nothing beats in both respects: less drawdown and a higher Sharpe ratio.
export interface Spot {
  x: number;
  y: number;
}

/** The places of the spots that no other is left of and above, from left to right. */
export function paretoFront(spots: Spot[]): number[] {
  const order = spots
    .map((spot, place) => ({ ...spot, place }))
    .filter((spot) => Number.isFinite(spot.x) && Number.isFinite(spot.y))
    .sort((a, b) => a.x - b.x || b.y - a.y);
  const front: number[] = [];
  let best = Number.NEGATIVE_INFINITY;
  for (const spot of order) {
    if (spot.y <= best) continue;
    best = spot.y;
    front.push(spot.place);
  }
  return front;
}

/** Round steps for an axis from low to high, at most so many. */
export function ticksOf(low: number, high: number, most = 6): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((times) => times * power >= rough) ?? 10) * power;
  const ticks: number[] = [];
  for (let at = Math.ceil(low / step); at * step <= high + step * 1e-9; at += 1)
    ticks.push(Number((at * step).toPrecision(12)));
  return ticks;
}
