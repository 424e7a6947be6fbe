// Timeframes as the product writes them, in milliseconds.
const units: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

export function timeframeMs(timeframe: string): number {
  const match = /^(\d+)([mhd])?$/.exec(timeframe);
  const unit = units[match?.[2] ?? "m"];
  return match && unit ? Number(match[1]) * unit : 60_000;
}
