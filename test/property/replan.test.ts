import assert from "node:assert/strict";
import fc from "fast-check";
import type { StepStatus } from "../../schemas/execution.ts";
import type { Plan } from "../../schemas/plan.ts";
import { reopenBoxes } from "../../worker/plan/reopen-boxes.ts";
import { planRevision, type Reached } from "../../worker/plan/replan.ts";
import { BoxBase } from "../../worker/spec/box-base.ts";
import { tickBoxes } from "../../worker/spec/write-back.ts";
import { planOf, reachable } from "../support/planning.ts";

interface Entry {
  readonly id: number;
  readonly word: number;
  readonly parallel: boolean;
  readonly checkpoint: boolean;
}

const entries = fc
  .array(
    fc.record({
      word: fc.nat(3),
      parallel: fc.boolean(),
      checkpoint: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((list): Entry[] => list.map((entry, id) => ({ ...entry, id })));

/** Takes out, changes or moves some entries and adds others. */
const edits = fc.array(
  fc.record({ kind: fc.constantFrom("remove", "change", "move", "add"), at: fc.nat(60), to: fc.nat(60) }),
  { maxLength: 4 },
);

/** Where in plan order the execution stands, in tenths; what comes before has finished. */
const stand = fc.nat(10);

function print(spec: readonly Entry[]): string {
  return spec
    .map(({ id, word, parallel, checkpoint }) => {
      const task = `- [ ] ${parallel ? "[P] " : ""}task ${id}\n  - id: T${id}\n  - command: run ${word}`;
      return checkpoint ? `${task}\n\n# Checkpoint\n` : task;
    })
    .join("\n");
}

function edit(spec: readonly Entry[], changes: readonly { kind: string; at: number; to: number }[]): Entry[] {
  const list = [...spec];
  for (const [number, { kind, at, to }] of changes.entries()) {
    const place = at % Math.max(1, list.length);
    const entry = list[place];
    if (!entry) continue;
    if (kind === "remove") list.splice(place, 1);
    else if (kind === "change") list[place] = { ...entry, word: entry.word + 10 + number };
    else if (kind === "move") list.splice(to % list.length, 0, ...list.splice(place, 1));
    else list.splice(to % (list.length + 1), 0, { ...entry, id: 100 + number, checkpoint: false });
  }
  return list;
}

/** Steps that are done, and one or two that run, so that nothing has started before what it depends on was over. */
function reachedOf(plan: Plan, tenths: number): Reached {
  const count = Math.floor((plan.steps.length * tenths) / 10);
  const done = new Set(plan.steps.slice(0, count).map(({ id }) => id));
  const status = ({ id, dependencies }: Plan["steps"][number]): StepStatus =>
    done.has(id) ? "completed" : dependencies.every((dependency) => done.has(dependency)) ? "running" : "pending";
  return new Map(plan.steps.map((step) => [step.id, { status: status(step) }]));
}

/** Ids of a plan's tasks, without steps that only gather others. */
function tasksOf(plan: Plan): string[] {
  return plan.steps.map(({ id }) => id).filter((id) => /^T\d+$/.test(id));
}

function commandOf(plan: Plan, id: string): string {
  return JSON.stringify(plan.steps.find((step) => step.id === id)?.parameters.command ?? null);
}

describe("property: revisions (A7)", () => {
  it("says of every step once what becomes of it, in line with what changed before it", () => {
    fc.assert(
      fc.property(entries, edits, stand, (spec, changes, tenths) => {
        const before = planOf(print(spec));
        const after = planOf(print(edit(spec, changes)));
        const reached = reachedOf(before, tenths);
        const { steps, counts } = planRevision(before, after, reached);
        const status = new Map(steps.map((step) => [step.stepId, step.status]));
        const ids = new Set([...before.steps, ...after.steps].map(({ id }) => id));
        assert.deepEqual(new Set(status.keys()), ids);
        assert.equal(steps.length, ids.size, "each once");
        assert.equal(counts.kept + counts.stale + counts.new + counts.removed, ids.size);

        const [old, now] = [reachable(before), reachable(after)];
        const was = new Set(tasksOf(before));
        const hasStarted = (id: string): boolean => /completed|running/.test(reached.get(id)?.status ?? "");
        for (const id of tasksOf(after)) {
          if (!was.has(id)) {
            assert.equal(status.get(id), "new", id);
            continue;
          }
          const ancestors = [...(now.get(id) ?? [])].filter((other) => /^T\d+$/.test(other));
          const isChanged = commandOf(before, id) !== commandOf(after, id);
          const isUntouched = (other: string): boolean =>
            was.has(other) && commandOf(before, other) === commandOf(after, other);
          const saw = ancestors.every((other) => old.get(id)?.has(other) === true);
          if (isChanged) assert.equal(status.get(id), "stale", id);
          else if (ancestors.every(isUntouched) && saw) assert.equal(status.get(id), "kept", id);
          if (hasStarted(id) && !ancestors.every(isUntouched)) assert.equal(status.get(id), "stale", id);
          if (!isChanged && !hasStarted(id)) assert.equal(status.get(id), "kept", `${id} has not started`);
        }
        for (const id of was) if (!tasksOf(after).includes(id)) assert.equal(status.get(id), "removed", id);
      }),
      { numRuns: 500 },
    );
  });

  it("keeps everything of the same text, also when the boxes of what is done are ticked", () => {
    fc.assert(
      fc.property(entries, stand, (spec, tenths) => {
        const text = print(spec);
        const before = planOf(text);
        const reached = reachedOf(before, tenths);
        const done = before.steps.filter(({ id }) => reached.get(id)?.status === "completed");
        const ticked = tickBoxes(text, "test.spec.md", done, { base: new BoxBase(text, "test.spec.md") }).text;
        const again = reopenBoxes(ticked, "test.spec.md", before, reached);
        assert.equal(again, text);
        const { counts } = planRevision(before, planOf(again), reached);
        assert.deepEqual(counts, { kept: before.steps.length, stale: 0, new: 0, removed: 0 });
      }),
      { numRuns: 200 },
    );
  });
});
