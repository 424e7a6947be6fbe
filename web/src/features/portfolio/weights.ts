// Weights set by hand: what is wrong with them, and the edit they make.
import type { Portfolio, PortfolioRequest } from "../../lib/resources/portfolios";

/** Why these weights cannot be saved, or null; the server checks again. */
export function weightFault(weights: (number | string)[]): string | null {
  const read = weights.map(Number);
  if (weights.some((weight) => weight === "") || !read.every(Number.isFinite))
    return "Every leg needs a weight";
  if (read.some((weight) => weight <= 0)) return "Expected weights above 0";
  const total = read.reduce((sum, weight) => sum + weight, 0);
  return total > 1 + 1e-9
    ? `The weights add up to ${(total * 100).toFixed(1)} %; at most 100 % can be given out`
    : null;
}

/** The whole portfolio with other weights and caps: other weights are a person's own. */
export function editOf(
  portfolio: Portfolio,
  weights: (number | string)[] | null,
  caps: Portfolio["caps"],
): PortfolioRequest {
  const given = portfolio.legs.map((leg, at) => Number(weights?.[at] ?? leg.weight));
  const same = portfolio.legs.every((leg, at) => Math.abs(leg.weight - (given[at] ?? 0)) < 1e-4);
  return {
    name: portfolio.name,
    method: same ? portfolio.method : "manual",
    caps,
    legs: portfolio.legs.map((leg, at) => ({
      version_id: leg.version_id,
      instrument: leg.instrument,
      timeframe: leg.timeframe,
      parameters: leg.parameters,
      weight: same ? leg.weight : (given[at] ?? leg.weight),
    })),
  };
}
