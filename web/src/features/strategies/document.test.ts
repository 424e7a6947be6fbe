import { describe, expect, it } from "vitest";
import { pointer, valueAt, withValue } from "../../lib/definition";
import { freeName, renamed, scalarOf, seriesNames } from "./document";

const definition = {
  indicators: { fast: { kind: "sma" }, bands: { kind: "bollinger" } },
  entry_long: {
    all: [
      { left: "fast", op: "gt", right: 1 },
      { left: "close", op: "lt", right: 2 },
    ],
  },
};
const usual = { title: "", input: "close", inputs: ["close"], parameters: [] };
const catalog = [
  { ...usual, kind: "sma", outputs: ["value"] },
  { ...usual, kind: "bollinger", outputs: ["middle", "upper", "lower"] },
];

describe("pointer", () => {
  it("escapes as RFC 6901 asks", () => {
    expect(pointer(["a/b", 0, "c~d"])).toBe("/a~1b/0/c~0d");
    expect(pointer([])).toBe("");
  });
});

describe("withValue", () => {
  it("changes one place and leaves the original alone", () => {
    const next = withValue(definition, ["entry_long", "all", 1, "right"], 5);
    expect(valueAt(next, ["entry_long", "all", 1, "right"])).toBe(5);
    expect(valueAt(definition, ["entry_long", "all", 1, "right"])).toBe(2);
  });
  it("removes members and list items, and makes missing sections", () => {
    expect(
      valueAt(withValue(definition, ["entry_long", "all", 0], undefined), ["entry_long", "all"]),
    ).toHaveLength(1);
    expect(withValue(definition, ["indicators", "fast"], undefined)).toMatchObject({
      indicators: { bands: {} },
    });
    expect(withValue({}, ["exits", "stop_loss_pct"], 0.02)).toEqual({
      exits: { stop_loss_pct: 0.02 },
    });
  });
});

describe("names", () => {
  it("offers prices, single outputs by name, several by their parts", () => {
    const names = seriesNames(definition, catalog);
    expect(names).toContain("close");
    expect(names).toContain("fast");
    expect(names).toContain("bands.upper");
    expect(names).not.toContain("bands");
  });
  it("keeps order when renaming and never takes a taken name", () => {
    expect(Object.keys(renamed({ a: 1, b: 2, c: 3 }, "b", "x"))).toEqual(["a", "x", "c"]);
    expect(freeName({ sma: 1, sma_2: 1 }, "sma")).toBe("sma_3");
  });
});

describe("scalarOf", () => {
  it("reads numbers as numbers and references as text", () => {
    expect(scalarOf(" 0.02 ")).toBe(0.02);
    expect(scalarOf("$stop")).toBe("$stop");
    expect(scalarOf("")).toBe("");
  });
});
