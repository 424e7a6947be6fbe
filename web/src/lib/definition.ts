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
