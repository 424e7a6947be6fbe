import { describe, expect, it } from "vitest";
import { emptyRun, gridRequestOf, requestOf, searchOf, shift, valuesFrom } from "./request";

describe("shift", () => {
  it("moves the point without a float", () => {
    expect(shift("0.1", -2)).toBe("0.001");
    expect(shift("0.07", 2)).toBe("7");
    expect(shift("12.5", -2)).toBe("0.125");
    expect(shift("0", -2)).toBe("0");
    expect(shift("-0.035", 2)).toBe("-3.5");
  });
  it("hands back what is not a number, for the server to refuse in words", () => {
    expect(shift("abc", 2)).toBe("abc");
    expect(shift("", 2)).toBe("");
  });
});

describe("requests", () => {
  const values = {
    ...emptyRun,
    series: "binance:BTC-USDT|1h",
    parameters: { fast: 20 },
    grid: { fast: "5:10:5", slow: "" },
  };
  it("keeps money as text and turns percent into a fraction", () => {
    const request = requestOf(values, { version_id: "v" });
    expect(request).toMatchObject({
      instrument: "binance:BTC-USDT",
      timeframe: "1h",
      cash: "10000",
      fee: "0.001",
    });
  });
  it("leaves empty axes out of the grid", () => {
    expect(gridRequestOf(values, { version_id: "v" }).grid).toEqual({ fast: "5:10:5" });
  });
  it("asks from midnight to midnight in UTC, or for all there is", () => {
    const request = requestOf({ ...values, from: "2024-01-02" }, { version_id: "v" });
    expect(request).toMatchObject({ from: "2024-01-02T00:00:00Z", to: null });
  });
  it("survives the way through the address", () => {
    const asked = { ...values, source: "own:a:1", longOnly: true };
    expect(valuesFrom(searchOf(asked))).toEqual({ ...asked, grid: { fast: "5:10:5", slow: "" } });
    expect(valuesFrom(searchOf(asked, { fast: 30 }))).toMatchObject({
      parameters: { fast: 30 },
      grid: {},
    });
  });
});
