import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FailureError } from "../../../schemas/failure.ts";
import type { StepGlance } from "../../../schemas/execution.ts";
import type { SubscriptionBatch } from "../../../schemas/operations/subscription.ts";
import { withDomain, type Followed, type OpenedDomain } from "../../support/opened-domain.ts";

/** `a` fails while the file `broken` is there; `b` waits for it, `c` for nothing but `go`. */
const SPEC = [
  "# T",
  "- [ ] [P] a\n  - command: test ! -e broken\n  - retries: 0\n  - output: made.txt",
  "- [ ] [P] b\n  - command: true\n  - needs: a",
  "- [ ] [P] c\n  - command: while [ ! -e go ]; do sleep 0.02; done",
  "",
].join("\n");

/** What a screen knows that merges batches by step. */
function known(batches: readonly SubscriptionBatch[]): Map<string, StepGlance> {
  const steps = batches.flatMap((batch) => (batch.kind === "execution" ? batch.steps : []));
  return new Map(steps.map((step) => [step.id, step]));
}

const statuses = (batches: readonly SubscriptionBatch[]): Record<string, string> =>
  Object.fromEntries([...known(batches)].map(([id, { status }]) => [id, status]));

async function untilEnd(followed: Followed): Promise<void> {
  await followed.until((batches) => batches.some(({ end }) => end));
}

async function opened(
  act: (opened: OpenedDomain, executionId: string, followed: Followed) => Promise<void>,
): Promise<void> {
  await withDomain(async (domain) => {
    await domain.write("t.spec.md", SPEC);
    await domain.write("broken", "");
    await domain.write("made.txt", "made");
    const { executionId } = await domain.start("t.spec.md");
    const followed = await domain.follow({ kind: "execution", executionId, after: 0, glance: true });
    await act(domain, executionId, followed);
  });
}

describe("an execution at a glance (O3)", () => {
  it("tells of each step that has begun or ended, also of one that never ran, and of no events", () =>
    opened(async (domain, _executionId, followed) => {
      await followed.until((batches) => statuses(batches)["c"] === "running" && statuses(batches)["b"] === "skipped");
      await writeFile(join(domain.folder, "go"), "");
      await untilEnd(followed);
      assert.deepEqual(statuses(followed.batches), { a: "failed", b: "skipped", c: "completed" });
      const { a, c } = Object.fromEntries(known(followed.batches));
      assert.match(a?.problem ?? "", /exit/);
      assert.deepEqual(
        [a, c].map((step) => step?.spans.map(({ attempt, outcome }) => [attempt, outcome])),
        [[[1, "failed"]], [[1, "succeeded"]]],
      );
      const [span] = c?.spans ?? [];
      assert.ok(span && span.end !== null && span.end >= span.start);
      for (const batch of followed.batches) assert.ok(batch.kind === "execution" && batch.events.length === 0);
    }));

  it("tells of steps that are pending again, and begins with all of them for somebody who has seen some", () =>
    opened(async (domain, executionId, followed) => {
      await writeFile(join(domain.folder, "go"), "");
      await untilEnd(followed);
      const last = followed.batches.at(-1);
      assert.ok(last?.kind === "execution");
      await rm(join(domain.folder, "broken"));
      await rm(join(domain.folder, "go"));
      await domain.call("execution.rerun", { executionId, stepId: "c", commandId: "rerun---" });
      await domain.call("execution.pause", { executionId, commandId: "pause---" });
      await domain.call("execution.retry", { executionId, stepId: "a", commandId: "retry---" });
      const again = await domain.follow({ kind: "execution", executionId, after: last.after, glance: true });
      await again.until((batches) => known(batches).size === 3);
      const seen = statuses(again.batches);
      assert.deepEqual([seen["b"], seen["c"]], ["pending", "running"]);
      await domain.call("execution.resume", { executionId, commandId: "resume--" });
      await writeFile(join(domain.folder, "go"), "");
      await untilEnd(again);
      assert.deepEqual(statuses(again.batches), { a: "completed", b: "completed", c: "completed" });
      assert.equal(known(again.batches).get("c")?.spans.length, 2);
    }));
});

describe("one step in full (O3)", () => {
  it("has its attempts with costs, results and artifacts, live and from the record", () =>
    opened(async (domain, executionId, followed) => {
      await followed.until((batches) => statuses(batches)["a"] === "failed");
      const live = await domain.call("execution.step", { executionId, stepId: "c" });
      assert.deepEqual(
        [live.step.status, live.attempts[0]?.outcome, live.attempts[0]?.endedAt],
        ["running", null, null],
      );
      await writeFile(join(domain.folder, "go"), "");
      await untilEnd(followed);
      await rm(join(domain.folder, "broken"));
      await domain.call("execution.retry", { executionId, stepId: "a", commandId: "retry---" });
      await untilEnd(await domain.follow({ kind: "execution", executionId, after: 0, glance: true }));
      await domain.reopen();
      const { step, attempts, decisions } = await domain.call("execution.step", { executionId, stepId: "a" });
      assert.deepEqual([step.status, step.attempts, decisions], ["completed", 2, []]);
      assert.deepEqual(
        attempts.map(({ attempt, outcome, failure, result, artifacts }) => ({
          attempt,
          outcome,
          code: failure?.code ?? null,
          exit: result?.end?.exitCode,
          artifacts: artifacts.map(({ path }) => path),
        })),
        [
          { attempt: 1, outcome: "failed", code: "exit_nonzero", exit: 1, artifacts: [] },
          { attempt: 2, outcome: "succeeded", code: null, exit: 0, artifacts: ["made.txt"] },
        ],
      );
    }));

  it("shows a run that a lost worker interrupted", () =>
    opened(async (domain, executionId, followed) => {
      await followed.until((batches) => statuses(batches)["c"] === "running");
      await domain.reopen();
      const { step, attempts } = await domain.call("execution.step", { executionId, stepId: "c" });
      assert.equal(step.status, "waiting");
      assert.deepEqual(
        attempts.map(({ outcome, endedAt }) => [outcome, endedAt === null]),
        [["interrupted", false]],
      );
    }));

  it("is not there for a step or an execution that is not", () =>
    opened(async (domain, executionId) => {
      for (const params of [
        { executionId, stepId: "constructor" },
        { executionId: "run-no", stepId: "a" },
      ]) {
        await assert.rejects(
          domain.call("execution.step", params),
          (error) => error instanceof FailureError && error.failure.code === "not_found",
        );
      }
    }));
});
