import { describe, expect, it } from "vitest";
import { searchText, searchValues } from "./address";

describe("search parameters", () => {
  it("keep numbers as the text they were", () => {
    const values = { size: "0.950", series: "binance:BTC-USDT|1h", empty: "", none: undefined };
    expect(searchValues(searchText(values))).toEqual({
      size: "0.950",
      series: "binance:BTC-USDT|1h",
    });
  });
  it("are nothing when there are none", () => {
    expect(searchText({})).toBe("");
  });
});
