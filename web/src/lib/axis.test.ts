import { describe, expect, it } from "vitest";
import { axisOf, axisSize } from "./axis";

describe("axis", () => {
  it("reads ranges and lists", () => {
    expect(axisOf(" 5 : 50 : 5 ")).toBe("5:50:5");
    expect(axisOf("5, 10 20")).toEqual([5, 10, 20]);
    expect(axisOf("  ")).toBeNull();
  });
  it("counts values and names faults", () => {
    expect(axisSize("5:50:5")).toBe(10);
    expect(axisSize("0.1:0.3:0.1")).toBe(3);
    expect(axisSize("50:5:5")).toContain("low:high:step");
    expect(axisSize("1, x")).toContain("numbers");
  });
});
