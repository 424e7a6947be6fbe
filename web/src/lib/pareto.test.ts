import { describe, expect, it } from "vitest";
import { paretoFront, ticksOf } from "./pareto";

describe("paretoFront", () => {
  it("keeps what nothing beats in both respects, from left to right", () => {
    const spots = [
      { x: 0.3, y: 2 },
      { x: 0.1, y: 1 },
      { x: 0.2, y: 0.5 },
      { x: 0.1, y: 0.9 },
      { x: 0.4, y: 2 },
    ];
    expect(paretoFront(spots)).toEqual([1, 0]);
  });
  it("leaves out what has no place", () => {
    expect(paretoFront([{ x: Number.NaN, y: 9 }])).toEqual([]);
  });
});

describe("ticksOf", () => {
  it("takes round steps inside the span", () => {
    expect(ticksOf(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticksOf(-0.35, 1.2, 4)).toEqual([0, 0.5, 1]);
  });
  it("does not loop where there is no span", () => {
    expect(ticksOf(3, 3)).toEqual([3]);
  });
});
