import { describe, expect, it } from "vitest";
import { mix, spanOf, strength } from "./heat-colour";

describe("spanOf", () => {
  it("always includes zero for signed figures, and skips what is undefined", () => {
    expect(spanOf([1, null, 3], true)).toEqual({ low: 0, high: 3 });
    expect(spanOf([1, null, 3], false)).toEqual({ low: 1, high: 3 });
    expect(spanOf([null], true)).toEqual({ low: 0, high: 0 });
  });
});

describe("strength", () => {
  it("is equal for equal gains and losses", () => {
    const span = { low: -2, high: 1 };
    expect(strength(-1, span, true)).toBe(strength(1, span, true));
    expect(strength(-2, span, true)).toBe(1);
  });
  it("does not divide by nothing when all cells are equal", () => {
    expect(strength(5, { low: 5, high: 5 }, false)).toBe(0.5);
  });
});

describe("mix", () => {
  it("mixes channel by channel and reads short colours", () => {
    expect(mix("#fff", "#000000", 0.5)).toBe("rgb(128 128 128)");
  });
});
