import assert from "node:assert/strict";
import type { EngineStep } from "../../../schemas/event.ts";
import { logNote } from "../../../worker/server/log-notes.ts";
import { enginePlan, engineStep } from "../../support/engine-plans.ts";
import { VirtualRun, type Script } from "../../support/virtual-run.ts";

describe("what the log says of an execution itself (K1)", () => {
  const notesOf = (steps: EngineStep[], script: Script, act: (run: VirtualRun) => void): string[] => {
    const run = new VirtualRun({ plan: enginePlan(steps), script });
    act(run);
    return run.events.flatMap((event) => {
      const note = logNote(event);
      return note === null ? [] : [`${note.level}: ${note.message}`];
    });
  };

  it("tells of what a person cancels as a warning, of what fails as an error", () => {
    const cancelled = notesOf(
      [engineStep("a")],
      () => ({ duration: null }),
      (run) => {
        run.until(100);
        run.cancel("ada");
        run.finish();
      },
    );
    assert.deepEqual(
      cancelled.map((note) => note.split(" ").slice(0, 4).join(" ")),
      [
        'info: execution of "test"',
        "info: attempt 1 started",
        "warn: cancel requested by",
        "warn: attempt 1 is",
        "warn: attempt 1 cancelled:",
        "warn: step cancelled: cancelled",
        "warn: execution cancelled: cancelled",
      ],
    );
    const failed = notesOf(
      [engineStep("a")],
      () => ({ fails: "bad_spec" }),
      (run) => void run.finish(),
    );
    assert.deepEqual(
      failed.filter((note) => note.startsWith("error")).map((note) => note.split(":")[1]),
      [" attempt 1 failed", " execution failed"],
    );
  });

  it("counts steps in words that fit", () => {
    for (const [count, words] of [
      [1, "1 step"],
      [2, "2 steps"],
    ] as const) {
      const steps = Array.from({ length: count }, (_, index) => engineStep(`s${index}`));
      const notes = notesOf(
        steps,
        () => ({}),
        (run) => void run.finish(),
      );
      assert.equal(notes[0], `info: execution of "test" started: ${words}`);
    }
  });
});
