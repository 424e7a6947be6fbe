import { describe, expect, it } from "vitest";
import { bestPlace, rebased } from "./compared";

describe("rebased", () => {
  it("begins at 100, whatever the curve began at", () => {
    const points: [number, number][] = [
      [1, 5_000],
      [2, 7_500],
    ];
    expect(rebased(points)).toEqual([
      [1, 100],
      [2, 150],
    ]);
  });
  it("leaves alone what never was anything", () => {
    expect(rebased([[1, 0]])).toEqual([[1, 0]]);
  });
});

describe("bestPlace", () => {
  it("knows that less drawdown is better and more return is", () => {
    expect(bestPlace("max_drawdown", [0.3, 0.1, null])).toBe(1);
    expect(bestPlace("return", [0.3, 0.1, null])).toBe(0);
  });
  it("names none where there is no better or all are equal", () => {
    expect(bestPlace("trades", [3, 9])).toBe(-1);
    expect(bestPlace("sharpe", [1, 1])).toBe(-1);
  });
});
