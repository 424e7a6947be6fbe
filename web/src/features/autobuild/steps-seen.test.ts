import { describe, expect, it } from "vitest";
import type { StepEvent } from "../../lib/resources/autobuilds";
import { collect, lineOf, stageStates } from "./steps-seen";

const event = (seq: number, kind: string, rest: Partial<StepEvent> = {}): StepEvent => ({
  seq,
  at: "2026-01-01T00:00:00Z",
  kind,
  stage: null,
  ...rest,
});

describe("collect", () => {
  it("keeps steps in order and none twice", () => {
    const first = collect({ items: [], last: 0 }, [event(2, "note"), event(1, "note")]);
    const again = collect(first, [event(2, "note"), event(3, "note"), event(3, "note")]);
    expect(again.items.map((each) => each.seq)).toEqual([1, 2, 3]);
    expect(again.last).toBe(3);
  });
});

describe("stageStates", () => {
  it("tells what is done, what runs and what waits", () => {
    const items = [
      event(1, "stage_started", { stage: "discover" }),
      event(2, "stage_finished", { stage: "discover", seconds: 1.5 }),
      event(3, "stage_started", { stage: "coverage" }),
    ];
    const states = stageStates(items, "coverage", false);
    expect(states.map((each) => each.state)).toEqual(["done", "now", "waiting", "waiting"]);
    expect(states[0]?.seconds).toBe(1.5);
  });
  it("counts a stage that began anew as running", () => {
    const items = [
      event(1, "stage_finished", { stage: "optimise", seconds: 9 }),
      event(2, "stage_started", { stage: "optimise" }),
    ];
    expect(stageStates(items, "optimise", false)[2]?.state).toBe("now");
  });
});

describe("lineOf", () => {
  it("says why an instrument was left out and what to do", () => {
    const said = lineOf(
      event(1, "instrument_failed", { instrument: "a:B", message: "No data.", action: "Import." }),
    );
    expect(said).toBe("a:B left out: No data. Import.");
  });
  it("has a line for what it has never heard of", () => {
    expect(lineOf(event(1, "brand_new"))).toBe("brand new");
  });
});
