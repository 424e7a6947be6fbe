import { describe, expect, it } from "vitest";
import { readUses, setsIn, shownGrid, writeUses } from "./grids";

const grids = { macd: { fast: [8, 12], slow: [26, 39] } };

describe("templates and their axes", () => {
  it("keeps a template whose grid nobody touched as its name", () => {
    const uses = readUses(["macd"]);
    expect(uses.map((use) => shownGrid(use, grids))).toEqual([{ fast: "8, 12", slow: "26, 39" }]);
    expect(writeUses(uses)).toEqual(["macd"]);
  });
  it("writes what was typed: lists as numbers, ranges as they are, empty axes not at all", () => {
    const use = {
      name: "macd",
      grid: { fast: "8 12", slow: "20:40:10", signal: " " },
      parameters: {},
    };
    expect(writeUses([use])).toEqual([
      { template: "macd", grid: { fast: [8, 12], slow: "20:40:10" }, parameters: {} },
    ]);
    expect(setsIn(use.grid)).toBe(6);
  });
  it("hands on what is no axis, for the server to refuse at its place", () => {
    const use = { name: "macd", grid: { fast: "8, x" }, parameters: {} };
    expect(writeUses([use])).toEqual([
      { template: "macd", grid: { fast: "8, x" }, parameters: {} },
    ]);
  });
});
