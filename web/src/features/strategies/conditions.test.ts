import { describe, expect, it } from "vitest";
import { formOf, freshComparison, inWords, rejoined, withOperator } from "./conditions";

describe("conditions", () => {
  it("know their form by the word only that form has", () => {
    expect(formOf({ all: [] })).toBe("all");
    expect(formOf({ not: { left: "a", op: "gt", right: 1 } })).toBe("not");
    expect(formOf({ left: "a", op: "rising" })).toBe("slope");
    expect(formOf({ left: "a", op: "gt", right: 1 })).toBe("compare");
  });
  it("keep their parts when they are joined the other way", () => {
    expect(rejoined({ all: [1, 2] }, "any")).toEqual({ any: [1, 2] });
  });
  it("never keep a right side under a slope, nor bars under a comparison", () => {
    const slope = withOperator({ left: "fast", op: "gt", right: "slow", within: 3 }, "rising");
    expect(slope).toEqual({ left: "fast", op: "rising", bars: 1 });
    expect(withOperator(slope, "lt")).toEqual({ left: "fast", op: "lt", right: "open" });
  });
  it("read as a sentence", () => {
    const text = inWords({
      all: [{ left: "fast", op: "crosses_above", right: "slow" }, { not: freshComparison() }],
    });
    expect(text).toBe("fast crosses above slow and not (close is above open)");
  });
});
