import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sameButForTicks } from "../../../worker/spec/box-marks.ts";
import { withDomain } from "../../support/opened-domain.ts";

const text = (box: string, command = "true"): string => `# T\n- [${box}] a\n  - command: ${command}\n`;

describe("whether a spec was edited since its plan (A7)", () => {
  it("does not count boxes that an execution of the plan ticked, and does count them where nothing was executed", () =>
    withDomain(async (opened) => {
      const isEdited = async (planId: string): Promise<boolean> => (await opened.call("plan.get", { planId })).edited;
      await opened.write("t.spec.md", text(" "));
      const { plan } = await opened.call("plan.create", { path: "t.spec.md", keep: true, commandId: "t-plan---" });
      await opened.write("t.spec.md", text("x"));
      assert.equal(await isEdited(plan.planId), true);
      await opened.write("t.spec.md", text(" "));
      const { planId, executionId } = await opened.start("t.spec.md");
      const followed = await opened.follow({ kind: "execution", executionId, after: 0, glance: false });
      await followed.until((batches) => batches.at(-1)?.end === true);
      assert.equal(await readFile(join(opened.folder, "t.spec.md"), "utf8"), text("x"));
      assert.equal(await isEdited(planId), false);
      await opened.write("t.spec.md", text("x", "false"));
      assert.equal(await isEdited(planId), true);
    }));

  for (const [name, dialect, now, isSame] of [
    [
      "boxes in nested lists and behind a byte order mark",
      "checklist",
      "\uFEFF- [x] a\n  - - 1. [X] b\n> - [-] c\n",
      true,
    ],
    ["a word", "checklist", "\uFEFF- [ ] a\n  - - 1. [ ] other\n> - [ ] c\n", false],
    ["text that only looks like a box", "checklist", "\uFEFF- [ ] a\n  - - 1. [ ] b\n> - [ ] c[x]\n", false],
    [
      "the status of a task",
      "taskmaster",
      '{"tasks": [{"status" : "done", "title": "\\"status\\": \\"pending\\""}]}',
      true,
    ],
    [
      "a title that quotes a status",
      "taskmaster",
      '{"tasks": [{"status" : "pending", "title": "\\"status\\": \\"done\\""}]}',
      false,
    ],
    [
      "a task that was cancelled",
      "taskmaster",
      '{"tasks": [{"status" : "cancelled", "title": "\\"status\\": \\"pending\\""}]}',
      false,
    ],
  ] as const) {
    it(`${isSame ? "does not count" : "counts"} ${name}`, () => {
      const before =
        dialect === "taskmaster"
          ? '{"tasks": [{"status" : "pending", "title": "\\"status\\": \\"pending\\""}]}'
          : "\uFEFF- [ ] a\n  - - 1. [ ] b\n> - [ ] c\n";
      assert.equal(sameButForTicks(before, now, dialect), isSame);
    });
  }
});
