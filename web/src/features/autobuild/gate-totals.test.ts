import { describe, expect, it } from "vitest";
import { gateTotals, medianOf } from "./gate-totals";

const gate = (passed: boolean, value: number | null) => ({
  name: "pbo",
  label: "PBO",
  threshold: 0.4,
  passed,
  value,
  text: "said",
});

describe("gateTotals", () => {
  it("counts what passed and leaves out of the median what was not measured", () => {
    const [total] = gateTotals([
      { gates: [gate(true, 0.2)] },
      { gates: [gate(false, 0.6)] },
      { gates: [gate(false, null)] },
    ]);
    expect(total).toMatchObject({ passed: 1, total: 3, median: 0.4 });
  });
});

describe("medianOf", () => {
  it("is the middle, or halfway between the two in the middle", () => {
    expect(medianOf([3, 1, 2])).toBe(2);
    expect(medianOf([4, 1, 2, 3])).toBe(2.5);
    expect(medianOf([])).toBeNull();
  });
});
