import { describe, expect, it } from "vitest";
import type { FieldSchema } from "../../lib/resources/autobuilds";
import { defaultsOf, fieldAt, fieldsIn, fieldsOf, labelOf, stepOf } from "./constraint-fields";

const schema: FieldSchema = {
  properties: {
    venues: { title: "Venues", type: "array", default: ["*"] },
    budget: { title: "Budget", properties: { sets: { title: "Sets", default: 200 } } },
    evidence: {
      title: "Evidence",
      properties: {
        pbo: { properties: { threshold: { default: 0.4 }, enabled: { default: true } } },
      },
    },
    costs: { properties: { slippage_bps: { title: "Slippage bps", default: 5 } } },
    later: { title: "Later", default: 1 },
  },
};

describe("constraint fields", () => {
  it("fills a document with every default, however deep", () => {
    expect(defaultsOf(schema)).toEqual({
      venues: ["*"],
      budget: { sets: 200 },
      evidence: { pbo: { threshold: 0.4, enabled: true } },
      costs: { slippage_bps: 5 },
      later: 1,
    });
  });
  it("gives every field a step, also one it has never heard of", () => {
    const fields = fieldsOf(schema);
    const placed = [0, 1, 2, 3, 4, 5].flatMap((step) => fieldsIn(fields, step));
    expect(placed).toHaveLength(fields.length);
    expect(fieldsIn(fields, 5).map((field) => field.path)).toContain("/later");
  });
  it("finds the field of a fault that lies inside it", () => {
    const fields = fieldsOf(schema);
    expect(fieldAt(fields, "/venues/3")?.path).toBe("/venues");
    expect(fieldAt(fields, "/nowhere")).toBeUndefined();
    expect(stepOf("/evidence/pbo/threshold")).toBe(4);
  });
  it("labels units apart", () => {
    const field = fieldAt(fieldsOf(schema), "/costs/slippage_bps");
    expect(field && labelOf(field)).toBe("Slippage, bps");
  });
});
