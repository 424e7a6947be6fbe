import { describe, expect, it } from "vitest";
import { gateValue, isAsked } from "./gates";

describe("gateValue", () => {
  it("reads each figure as what it is", () => {
    expect(gateValue("trades", 31)).toBe("31");
    expect(gateValue("pbo", 0.4)).toBe("40.0%");
    expect(gateValue("out_of_sample", 1.234)).toBe("1.23");
    expect(gateValue("deflated_sharpe", 0.953)).toBe("95.3%");
  });
  it("shows what could not be measured as a dash", () => {
    expect(gateValue("pbo", null)).toBe("–");
  });
});

describe("isAsked", () => {
  it("tells a gate that passed from one that was switched off", () => {
    expect(isAsked({ text: "47 closed trades; at least 30 are asked." })).toBe(true);
    expect(isAsked({ text: "Not asked." })).toBe(false);
  });
});
