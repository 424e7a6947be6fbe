import { describe, expect, it } from "vitest";
import { barAt } from "./bar-at";

describe("barAt", () => {
  const ts = [100, 200, 400, 500];
  it("is the last bar that opened at or before the moment, over gaps too", () => {
    expect(barAt(ts, 200)).toBe(200);
    expect(barAt(ts, 399)).toBe(200);
    expect(barAt(ts, 9_999)).toBe(500);
  });
  it("is the first bar for a moment before all, and the moment itself without bars", () => {
    expect(barAt(ts, 1)).toBe(100);
    expect(barAt([], 7)).toBe(7);
  });
});
