import { describe, expect, it } from "vitest";
import type { Portfolio } from "../../lib/resources/portfolios";
import { editOf, weightFault } from "./weights";

const leg = (weight: number) => ({
  strategy_id: "s",
  version_id: "v",
  strategy_name: "S",
  version: 1,
  parameters: {},
  instrument: "sim:A",
  timeframe: "1h",
  weight,
});
const caps = {
  max_weight: 1,
  max_correlation: 1,
  max_positions: null,
  max_exposure: null,
  max_daily_loss: null,
};
const portfolio = {
  name: "P",
  method: "hrp",
  legs: [leg(0.61234567), leg(0.3)],
  caps,
} as Portfolio;

describe("weightFault", () => {
  it("lets part of the money rest, and not more than all of it work", () => {
    expect(weightFault([0.5, 0.3])).toBeNull();
    expect(weightFault([0.6, 0.5])).toContain("110.0 %");
    expect(weightFault([0.6, ""])).toContain("Every leg");
    expect(weightFault([0.6, 0])).toContain("above 0");
  });
});

describe("editOf", () => {
  it("keeps the method and the exact weights where nobody changed them", () => {
    const edit = editOf(portfolio, [0.6123, 0.3], caps);
    expect(edit.method).toBe("hrp");
    expect(edit.legs[0]?.weight).toBe(0.61234567);
  });
  it("says that changed weights are a person's own", () => {
    const edit = editOf(portfolio, [0.5, 0.3], { ...caps, max_weight: 0.5 });
    expect(edit.method).toBe("manual");
    expect(edit.legs.map((each) => each.weight)).toEqual([0.5, 0.3]);
    expect(edit.caps?.max_weight).toBe(0.5);
  });
});
