import { describe, expect, it } from "vitest";
import { asProblem, problemOf } from "./problem";

const answer = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });

describe("problemOf", () => {
  it("keeps detail, comparison and action apart", async () => {
    const body = {
      detail: "Fee is too high.",
      expected: "0 to 0.1",
      found: "3",
      action: "Write a fraction.",
    };
    const problem = await problemOf(answer(422, body));
    expect(problem.message).toBe("Fee is too high.");
    expect(problem.compared).toBe("Expected 0 to 0.1, found 3.");
    expect(problem.action).toBe("Write a fraction.");
  });
  it("lists faults by path instead of one comparison", async () => {
    const body = {
      detail: "Cannot be used.",
      expected: "a number",
      errors: [{ path: "/cash", message: "a number" }],
    };
    const problem = await problemOf(answer(422, body));
    expect(problem.faults).toEqual([{ path: "/cash", message: "a number" }]);
    expect(problem.compared).toBe("");
  });
  it("says something for an answer that is no problem document", async () => {
    const problem = await problemOf(new Response("<html>", { status: 502 }));
    expect(problem.message).toBe("The server is not reachable");
  });
  it("knows a stale page by its status", async () => {
    expect((await problemOf(answer(412, { detail: "Changed." }))).stale).toBe(true);
    expect((await problemOf(answer(409, { detail: "Name taken." }))).stale).toBe(false);
  });
});

describe("asProblem", () => {
  it("wraps what is not a problem", () => {
    expect(asProblem(new Error("boom")).message).toBe("boom");
    expect(asProblem("x").action).toBe("Reload the page.");
  });
});
