import assert from "node:assert/strict";
import type { StepStatus } from "../../../schemas/execution.ts";
import type { Plan } from "../../../schemas/plan.ts";
import { reopenBoxes } from "../../../worker/plan/reopen-boxes.ts";
import { planRevision, type Reached } from "../../../worker/plan/replan.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { agentView, planOf, planOfDocument, SHELL, SIMULATED } from "../../support/planning.ts";

const CODER = agentView("coder", ["code_generation", "testing"]);
const OTHER = agentView("other", ["code_generation"]);
const AGENTS = { agents: [SHELL, SIMULATED, CODER, OTHER] };

/** A chain of commands: `a`, then `b`, then `c`. */
const CHAIN = "- [ ] a\n  - command: run a\n- [ ] b\n  - command: run b\n- [ ] c\n  - command: run c\n";

function at(states: Record<string, StepStatus>): Reached {
  return new Map(Object.entries(states).map(([id, status]) => [id, { status }]));
}

const DONE = at({ a: "completed", b: "completed", c: "completed" });

/** `id status: reason` of each step. */
function told(before: Plan, after: Plan, reached: Reached): string[] {
  return planRevision(before, after, reached).steps.map(
    ({ stepId, status, reason }) => `${stepId} ${status}: ${reason}`,
  );
}

function statuses(before: Plan, after: Plan, reached: Reached): string {
  return planRevision(before, after, reached)
    .steps.map(({ stepId, status }) => `${stepId} ${status}`)
    .join(", ");
}

describe("replan: what becomes of steps after an edit (A7)", () => {
  it("keeps everything of the same text, with what each step has reached", () => {
    const revision = planRevision(planOf(CHAIN), planOf(`\n\n${CHAIN}`), at({ a: "completed", b: "running" }));
    assert.deepEqual(revision.counts, { kept: 3, stale: 0, new: 0, removed: 0 });
    assert.deepEqual(
      revision.steps.map(({ state, reason }) => `${state ?? "-"}: ${reason}`),
      [
        "completed: it is done, and nothing that it builds on changed",
        "running: it is running, and nothing that it builds on changed",
        "-: nothing of it changed",
      ],
    );
  });

  it("makes a changed step stale, and all that have started and depend on it", () => {
    const after = planOf(CHAIN.replace("run a", "run A"));
    assert.deepEqual(told(planOf(CHAIN), after, at({ a: "completed", b: "failed", c: "pending" })), [
      "a stale: its command changed",
      'b stale: "a", which it depends on, runs again',
      "c kept: nothing of it changed",
    ]);
  });

  const changes: [what: string, edit: (text: string) => string, reason: string][] = [
    ["check", (text) => text.replace("run b\n", "run b\n  - check: test -s x\n"), "its check changed"],
    ["folder", (text) => text.replace("run b\n", "run b\n  - cwd: sub\n"), "its folder changed"],
    ["environment", (text) => text.replace("run b\n", "run b\n  - env: A=1\n"), "its environment changed"],
    ["files", (text) => text.replace("run b\n", "run b\n  - files: x.ts\n"), "its files changed"],
    ["outputs", (text) => text.replace("run b\n", "run b\n  - output: x.txt\n"), "its outputs changed"],
    ["instructions", (text) => text.replace("run b\n", "run b\n  - Mind the gap.\n"), "its instructions changed"],
    [
      "command and check",
      (text) => text.replace("run b\n", "run B\n  - check: test -s x\n"),
      "its command changed, its check changed",
    ],
    [
      "agent",
      (text) => text.replace("  - command: run b\n", "  - agent: coder\n"),
      "its agent is coder now, was shell",
    ],
  ];
  for (const [what, edit, reason] of changes) {
    it(`says that the ${what} changed`, () => {
      const revision = planRevision(planOf(CHAIN), planOf(edit(CHAIN), AGENTS), DONE);
      const found = revision.steps.find(({ stepId }) => stepId === "b");
      assert.ok(found?.status === "stale" && found.reason.startsWith(reason), found?.reason);
    });
  }

  it("does not look at what changes no result", () => {
    const after = CHAIN.replace(
      "run b\n",
      "run b\n  - retries: 5\n  - timeout: 9m\n  - priority: 3\n  - onFailure: fail-fast\n  - cost: 1\n  - duration: 4s\n",
    );
    assert.equal(statuses(planOf(CHAIN), planOf(after), DONE), "a kept, b kept, c kept");
  });

  it("makes steps stale whose agent has another definition", () => {
    const before = planOf("- [ ] Build x\n  - agent: coder\n", AGENTS);
    const after = { ...before, agentHashes: { coder: "another" } };
    assert.deepEqual(told(before, after, at({ "build-x": "completed" })), [
      "build-x stale: the definition of its agent coder changed",
    ]);
  });

  it("makes agents' steps stale when what every agent is told changes, but not commands", () => {
    const text = "---\ncontext: old\n---\n- [ ] Build x\n  - agent: coder\n- [ ] a\n  - command: x\n  - needs: none\n";
    const after = planOf(text.replace("old", "new"), AGENTS);
    assert.deepEqual(told(planOf(text, AGENTS), after, at({ "build-x": "completed", a: "completed" })), [
      "build-x stale: what its agent is told of the whole changed",
      "a kept: it is done, and nothing that it builds on changed",
    ]);
  });

  it("takes a step in the middle for something that finished steps have not seen", () => {
    const after = CHAIN.replace("- [ ] c", "- [ ] n\n  - command: run n\n- [ ] c");
    assert.deepEqual(told(planOf(CHAIN), planOf(after), DONE), [
      "a kept: it is done, and nothing that it builds on changed",
      "b kept: it is done, and nothing that it builds on changed",
      "n new: it was not in the plan",
      'c stale: "n", which it depends on now, is new',
    ]);
  });

  it("keeps finished steps that change places, and makes one stale that comes after an unfinished one now", () => {
    const swapped = "- [ ] b\n  - command: run b\n- [ ] a\n  - command: run a\n- [ ] c\n  - command: run c\n";
    assert.equal(statuses(planOf(CHAIN), planOf(swapped), DONE), "b kept, a kept, c kept");
    assert.deepEqual(told(planOf(CHAIN), planOf(swapped), at({ a: "completed", b: "running", c: "pending" })), [
      "b kept: it is running, and nothing that it builds on changed",
      'a stale: "b", which it depends on now, is not done',
      "c kept: nothing of it changed",
    ]);
  });

  it("keeps a step that has lost a dependency", () => {
    const after = CHAIN.replace("run c\n", "run c\n  - needs: none\n");
    assert.equal(statuses(planOf(CHAIN), planOf(after), DONE), "a kept, b kept, c kept");
  });

  it("tells removed steps last, and why", () => {
    const after = CHAIN.replace("- [ ] a\n  - command: run a\n", "").replace("[ ] b", "[x] b");
    assert.deepEqual(told(planOf(CHAIN), planOf(after), at({ a: "completed", b: "failed", c: "skipped" })), [
      "c kept: it is skipped, and nothing that it builds on changed",
      "a removed: it is no longer in the spec",
      "b removed: its box is ticked",
    ]);
    const parts = CHAIN.replace("  - command: run c\n", "  - [ ] d\n    - command: run d\n");
    assert.equal(
      told(planOf(CHAIN), planOf(parts), DONE).at(-1),
      "c removed: it has parts now, which run in its place",
    );
  });

  it("looks through steps that only gather others", () => {
    const group = (names: readonly string[]): string =>
      names.map((name) => `- [ ] [P] ${name}\n  - command: run ${name}\n`).join("");
    const first = Array.from({ length: 20 }, (_, index) => `f${index}`);
    const text = (names: readonly string[], late: number): string =>
      `${group(names)}- [ ] Checkpoint\n${group(Array.from({ length: late }, (_, index) => `l${index}`))}`;
    const few = planOf(text(first, 2));
    const many = planOf(text(first, 40));
    const reached = at(Object.fromEntries([...first, "l0", "l1"].map((id) => [id, "completed"])));
    const revision = planRevision(few, many, reached);
    assert.ok(many.steps.length > few.steps.length + 38, "a gathering step has come");
    assert.deepEqual(revision.counts, { kept: 22, stale: 0, new: 39, removed: 0 });
    const changed = planRevision(few, planOf(text([...first.slice(1), "other"], 40)), reached);
    const stale = changed.steps.filter(({ status }) => status === "stale").map(({ stepId }) => stepId);
    assert.deepEqual(stale, ["l0", "l1"]);
  });
});

describe("replan: changes by a person (B2, B3)", () => {
  it("runs a step again that has a new comment, and what depends on it", () => {
    const of = (...comments: string[]): Plan =>
      planOf(CHAIN, { modifications: comments.map((comment) => ({ stepId: "b", comment })) });
    assert.deepEqual(told(of(), of("Mind the gap."), DONE), [
      "a kept: it is done, and nothing that it builds on changed",
      "b stale: it has a new comment",
      'c stale: "b", which it depends on, runs again',
    ]);
    assert.match(told(of("One."), of("One.", "Two."), DONE)[1] ?? "", /it has a new comment/);
    assert.match(told(of("One.", "Two."), of("Two."), DONE)[1] ?? "", /its comments changed/);
    assert.match(told(of("One."), of("One."), DONE)[1] ?? "", /^b kept/);
  });

  it("keeps a finished step that is skipped now, and runs one that was skipped", () => {
    const skipping = planOf(CHAIN, { modifications: [{ stepId: "b", skip: true }] });
    assert.equal(statuses(planOf(CHAIN), skipping, DONE), "a kept, b kept, c kept");
    assert.deepEqual(told(planOf(CHAIN), skipping, at({ a: "completed", b: "failed", c: "skipped" })), [
      "a kept: it is done, and nothing that it builds on changed",
      "b stale: skipped now, was shell",
      'c stale: "b", which it depends on, runs again',
    ]);
    assert.deepEqual(told(skipping, planOf(CHAIN), at({ a: "completed", b: "skipped", c: "completed" })).slice(1), [
      "b stale: its agent is shell now, was skipped",
      'c stale: "b", which it depends on, runs again',
    ]);
  });
});

describe("replan: steps that are skipped (A7)", () => {
  it("hold nothing back, so what comes after one does not build on what comes before it", () => {
    const skipping = { modifications: [{ stepId: "b", skip: true }] };
    const after = planOf(CHAIN.replace("run a", "run A"), skipping);
    const reached = at({ a: "completed", b: "skipped", c: "completed" });
    assert.equal(statuses(planOf(CHAIN, skipping), after, reached), "a stale, b kept, c kept");
  });

  it("are over for what depends on them from now on", () => {
    const text = CHAIN.replace("run c\n", "run c\n  - needs: none\n");
    const skipping = { modifications: [{ stepId: "b", skip: true }] };
    const reached = at({ a: "completed", b: "skipped", c: "completed" });
    assert.equal(statuses(planOf(text, skipping), planOf(CHAIN, skipping), reached), "a kept, b kept, c kept");
  });
});

describe("replan: boxes that the execution ticked (A7, A8)", () => {
  const TREE =
    "- [ ] part\n  - [ ] a\n    - command: x\n  - [ ] b\n    - command: x\n- [ ] Checkpoint\n- [ ] c\n  - command: x\n";

  it("are open again, with those of parents and bare checkpoints that followed, and the plan is the same as before", () => {
    const before = planOf(TREE);
    const ticked = TREE.replaceAll("[ ]", "[x]").replace("[x] c", "[ ] c");
    const reached = at({ "part-a": "completed", "part-b": "completed" });
    const text = reopenBoxes(ticked, "test.spec.md", before, reached);
    assert.equal(text, TREE);
    assert.equal(planOf(text).hash, before.hash);
  });

  it("leaves what a person ticked, before or since, and what was only simulated", () => {
    const before = planOf(CHAIN.replace("[ ] a", "[x] a"), { modifications: [{ stepId: "c", simulate: true }] });
    const ticked = CHAIN.replaceAll("[ ]", "[x]");
    const reached = at({ b: "failed", c: "completed" });
    assert.equal(reopenBoxes(ticked, "test.spec.md", before, reached), ticked);
    assert.equal(reopenBoxes(ticked, "test.spec.md", before, at({ b: "completed" })), ticked.replace("[x] b", "[ ] b"));
  });

  it("are those of the plan's own dialect, also in Task Master's JSON", () => {
    const path = ".taskmaster/tasks/tasks.json";
    const text = (parent: string, child: string): string =>
      `{"tasks": [{"id": 1, "title": "p", "status": "${parent}", "subtasks": [{"id": 1, "title": "s", "status": "${child}"}]}]}`;
    const plan = planOfDocument(parseSpec(text("pending", "pending"), path));
    assert.equal(reopenBoxes(text("done", "done"), path, plan, at({ "1.1": "completed" })), text("pending", "pending"));
    assert.equal(reopenBoxes(text("done", "done"), path, plan, at({ "1.1": "failed" })), text("done", "done"));
  });
});
