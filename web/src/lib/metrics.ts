// The metrics people compare by: how each is named, shown, and which deserve a sign's colour.
import { count, money, percent, ratio, words } from "./format";

type Show = (value: number | null | undefined) => string;

const asPercent: Show = (value) => percent(value);
const asRatio: Show = (value) => ratio(value);
const asDays: Show = (value) => (value === null || value === undefined ? "–" : `${count(value)} d`);

const shows: Record<string, Show> = {
  return: asPercent,
  cagr: asPercent,
  volatility: asPercent,
  max_drawdown: asPercent,
  win_rate: asPercent,
  exposure: asPercent,
  ambiguous_share: asPercent,
  positive_days: asPercent,
  best_day: asPercent,
  worst_day: asPercent,
  mean_day: (value) => percent(value, 3),
  max_drawdown_days: asDays,
  days: asDays,
  trades: count,
  wins: count,
  losses: count,
  final_equity: money,
  profit: money,
  expectancy: money,
  average_win: money,
  average_loss: money,
  best_trade: money,
  worst_trade: money,
  fees: money,
};

const names: Record<string, string> = {
  cagr: "CAGR",
  max_drawdown_days: "Longest drawdown",
  days: "Length",
};
const signed = new Set([
  "return",
  "cagr",
  "profit",
  "expectancy",
  "sharpe",
  "sortino",
  "calmar",
  "mean_day",
]);

export const metricName = (name: string) => names[name] ?? words(name);
export const showMetric = (name: string, value: number | null | undefined) =>
  (shows[name] ?? asRatio)(value);

export const metricChoices = [
  "sharpe",
  "sortino",
  "calmar",
  "return",
  "cagr",
  "max_drawdown",
  "profit_factor",
  "win_rate",
].map((value) => ({ value, label: metricName(value) }));

export const headline = [
  "return",
  "cagr",
  "sharpe",
  "sortino",
  "max_drawdown",
  "profit_factor",
  "win_rate",
  "trades",
];

export const lowerIsBetter = new Set([
  "max_drawdown",
  "max_drawdown_days",
  "volatility",
  "fees",
  "losses",
  "exposure",
]);

export function metricSign(name: string, value: number | null | undefined): -1 | 0 | 1 {
  if (!signed.has(name) || !value) return 0;
  return value < 0 ? -1 : 1;
}
