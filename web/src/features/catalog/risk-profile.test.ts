import { describe, expect, it } from "vitest";
import { checks, profileRequest, suggested } from "./risk-profile";

describe("checks", () => {
  it("accept what the form suggests", () => {
    for (const [name, check] of Object.entries(checks))
      expect(check(suggested[name as keyof typeof checks])).toBeNull();
  });
  it("refuse a percentage where a fraction is meant", () => {
    expect(checks.risk("2")).toContain("fraction below 1");
    expect(checks.risk("0")).toContain("more than 0");
    expect(checks.maxDailyLoss("0")).toBeNull();
  });
  it("refuse words, signs and exponents", () => {
    for (const text of ["", "abc", "-1", "1e3", "NaN", "Infinity"])
      expect(checks.capital(text)).not.toBeNull();
  });
});

describe("profileRequest", () => {
  it("leaves the strategy's own levels alone unless a multiple is given", () => {
    expect(profileRequest(suggested)).not.toHaveProperty("atr_stop_multiple");
    expect(profileRequest({ ...suggested, atrStop: " 1.5 " })).toHaveProperty(
      "atr_stop_multiple",
      1.5,
    );
  });
});
