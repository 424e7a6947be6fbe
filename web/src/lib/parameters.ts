// A parameter set in words.
import type { ParameterValues } from "./resources/runs";

export function parametersText(parameters: ParameterValues | null | undefined): string {
  const parts = Object.entries(parameters ?? {}).map(([name, value]) => `${name} ${String(value)}`);
  return parts.join(", ") || "–";
}
