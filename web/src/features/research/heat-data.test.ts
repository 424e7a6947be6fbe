import { describe, expect, it } from "vitest";
import type { SweepResult } from "../../lib/resources/runs";
import { parametersAt, planeOf } from "./heat-data";

const result: SweepResult = {
  metric: "sharpe",
  axes: [
    { name: "fast", values: [5, 10] },
    { name: "slow", values: [20, 40] },
    { name: "stop", values: [0.01, 0.02] },
  ],
  cells: [
    { parameters: { fast: 5, slow: 20, stop: 0.01 }, metrics: { sharpe: 1, return: -0.1 } },
    { parameters: { fast: 10, slow: 40, stop: 0.01 }, metrics: { sharpe: null, return: 0.2 } },
    { parameters: { fast: 10, slow: 20, stop: 0.02 }, metrics: { sharpe: 3, return: 0.3 } },
  ],
  best: { parameters: { fast: 10, slow: 20, stop: 0.02 }, metrics: { sharpe: 3 } },
};

describe("planeOf", () => {
  it("shows only the cells at the held values", () => {
    const plane = planeOf(result, "fast", "slow", { stop: 0.01 }, "sharpe");
    expect(plane?.cells).toEqual([
      { x: 0, y: 0, value: 1 },
      { x: 1, y: 1, value: null },
    ]);
    expect(plane?.best).toBeNull();
  });
  it("marks the best where it lies, and only for the metric it is best by", () => {
    expect(planeOf(result, "fast", "slow", { stop: 0.02 }, "sharpe")?.best).toEqual({ x: 1, y: 0 });
    expect(planeOf(result, "fast", "slow", { stop: 0.02 }, "return")?.best).toBeNull();
  });
  it("gives back the parameters of a cell", () => {
    const plane = planeOf(result, "slow", "fast", { stop: 0.02 }, "sharpe");
    if (!plane) throw new Error("no plane");
    expect(parametersAt(plane, { stop: 0.02 }, 1, 0)).toEqual({ stop: 0.02, slow: 40, fast: 5 });
  });
});
