import assert from "node:assert/strict";
import type { StepGlance } from "../../../schemas/execution.ts";
import { rowsOf, type RowOptions } from "../../../webview/plan/rows.ts";
import { planOf } from "../../support/planning.ts";

const plan = planOf(`---
title: Bread
---

# Bread

## Prepare

- [ ] Mix
  - id: mix
  - command: [true]
  - cost: 0.50
- [ ] Heat
  - id: heat
  - command: [true]

## Bake

- [ ] Bake
  - id: bake
  - command: [true]
  - cost: 0.10
`);

const shown = (options: Partial<RowOptions> = {}): string[] =>
  rowsOf(plan, { sort: "plan", descending: false, folded: new Set(), glances: new Map(), ...options }).map((row) =>
    row.kind === "section" ? `${row.title} (${row.steps})` : `${row.number} ${row.step.id} ${row.level}`,
  );

describe("rows of the list of steps (B1)", () => {
  it("stand below their sections, without the heading that all have in common", () => {
    assert.deepEqual(shown(), ["Prepare (2)", "1 mix 2", "2 heat 2", "Bake (1)", "3 bake 2"]);
  });

  it("a section that is folded up keeps its heading and its count", () => {
    const [first] = rowsOf(plan, { sort: "plan", descending: false, folded: new Set(), glances: new Map() });
    assert.deepEqual(shown({ folded: new Set([first?.key ?? ""]) }), ["Prepare (2)", "Bake (1)", "3 bake 2"]);
  });

  it("keep their numbers in another order, in which there are no sections", () => {
    assert.deepEqual(shown({ sort: "cost", descending: true }), ["1 mix 1", "3 bake 1", "2 heat 1"]);
    assert.deepEqual(shown({ sort: "title" }), ["3 bake 1", "2 heat 1", "1 mix 1"]);
  });

  it("sorted by state, what needs a person comes first", () => {
    const glance = (id: string, status: StepGlance["status"]): [string, StepGlance] => [
      id,
      { id, status, agent: null, simulated: false, duration: null, cost: null, spans: [], problem: null },
    ];
    const glances = new Map([glance("mix", "completed"), glance("heat", "running"), glance("bake", "failed")]);
    assert.deepEqual(shown({ sort: "state", glances }), ["3 bake 1", "2 heat 1", "1 mix 1"]);
  });
});
