import { describe, expect, it } from "vitest";
import { inReadingOrder } from "./reading-order";

describe("inReadingOrder", () => {
  it("puts known members where people look for them, at every depth", () => {
    const stored = {
      exits: { atr_period: 14, stop_loss_pct: 0.02 },
      name: "x",
      entry_long: { all: [{ op: "gt", left: "a", right: "b" }] },
      kind: "rules",
    };
    const text = JSON.stringify(inReadingOrder(stored));
    expect(text).toBe(
      '{"kind":"rules","name":"x","entry_long":{"all":[{"left":"a","op":"gt","right":"b"}]},' +
        '"exits":{"stop_loss_pct":0.02,"atr_period":14}}',
    );
  });
  it("keeps the order of names that people gave", () => {
    const named = { indicators: { zeta: { kind: "sma" }, alpha: { kind: "ema" } } };
    const { indicators } = inReadingOrder(named);
    expect(Object.keys(indicators as object)).toEqual(["zeta", "alpha"]);
  });
});
