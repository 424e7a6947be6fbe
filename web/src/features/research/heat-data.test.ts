import { describe, expect, it } from "vitest";
import type { SweepResult } from "../../lib/resources/runs";
import { parametersAt, planeOf, ranked } from "./heat-data";

const best = {
  parameters: { fast: 10, slow: 20, stop: 0.02 },
  metrics: { sharpe: 3, return: 0.3 },
  plateau: 1,
};
const result: SweepResult = {
  metric: "sharpe",
  lower_is_better: false,
  sets: 3,
  skipped: 1,
  axes: [
    { name: "fast", values: [5, 10] },
    { name: "slow", values: [20, 40] },
    { name: "stop", values: [0.01, 0.02] },
  ],
  cells: [
    {
      parameters: { fast: 5, slow: 20, stop: 0.01 },
      metrics: { sharpe: 1, return: -0.1 },
      plateau: 2,
    },
    {
      parameters: { fast: 10, slow: 40, stop: 0.01 },
      metrics: { sharpe: null, return: 0.2 },
      plateau: null,
    },
    best,
  ],
  best,
  best_plateau: null,
};
const view = { x: "fast", y: "slow", held: { stop: 0.01 }, metric: "sharpe" };

describe("planeOf", () => {
  it("shows only the cells at the held values", () => {
    const plane = planeOf(result, view);
    expect(plane?.cells).toEqual([
      { x: 0, y: 0, value: 1 },
      { x: 1, y: 1, value: null },
    ]);
    expect(plane?.best).toBeNull();
  });
  it("marks the best where it lies, and only for the metric it is best by", () => {
    const held = { stop: 0.02 };
    expect(planeOf(result, { ...view, held })?.best).toEqual({ x: 1, y: 0 });
    expect(planeOf(result, { ...view, held, metric: "return" })?.best).toBeNull();
    expect(planeOf(result, { ...view, held, metric: "plateau" })?.best).toBeNull();
  });
  it("gives back the parameters of a cell", () => {
    const plane = planeOf(result, { ...view, x: "slow", y: "fast" });
    if (!plane) throw new Error("no plane");
    expect(parametersAt(plane, { stop: 0.02 }, 1, 0)).toEqual({ stop: 0.02, slow: 40, fast: 5 });
  });
});

describe("ranked", () => {
  it("puts the best first and leaves out what is undefined", () => {
    expect(ranked(result, "sharpe", false).map((cell) => cell.metrics.sharpe)).toEqual([3, 1]);
    expect(ranked(result, "return", true)[0]?.metrics.return).toBe(-0.1);
    expect(ranked(result, "plateau", false)).toHaveLength(2);
  });
});
