import assert from "node:assert/strict";
import { InboxTree } from "../../../../extension/trees/inbox-tree.ts";
import { executionEntry } from "../../../../extension/trees/execution-items.ts";
import { aSummary, aView, english, START, FakeFolder } from "../../../support/tree-data.ts";

describe("results of executions in the trees (N1, O4)", () => {
  const ended = new Date(START - 60_000).toISOString();

  it("say in a word what became of what was made, and offer what can be done with it", () => {
    const rowOf = (result: "growing" | "ready" | "empty" | "applied" | "kept" | "discarded" | null) =>
      executionEntry(
        { folder: "file:///f", summary: aSummary({ status: "completed", completedAt: ended, result }), progress: null },
        english,
      ).draw(START);
    assert.match(rowOf("ready").description, /^completed · changes to accept/);
    assert.ok(rowOf("ready").context.includes("acceptable"));
    assert.match(rowOf("applied").description, /changes applied/);
    assert.match(rowOf("kept").description, /changes kept as a branch/);
    assert.match(rowOf("discarded").description, /changes discarded/);
    for (const result of ["growing", "applied", "kept"] as const) {
      assert.ok(rowOf(result).context.includes("changes"), result);
      assert.ok(!rowOf(result).context.includes("acceptable"), result);
    }
    for (const result of ["empty", null] as const) assert.ok(!rowOf(result).context.includes("changes"));
  });

  it("wait in the inbox until they are accepted", () => {
    const folder = new FakeFolder(aView({}));
    const tree = new InboxTree({ folders: () => [folder], now: () => START, tell: () => undefined, l10n: english });
    folder.view = aView({ executions: [aSummary({ status: "completed", completedAt: ended, result: "ready" })] });
    tree.update();
    const [row] = tree.children().map((node) => node.row);
    assert.equal(tree.count, 1);
    assert.match(row?.description ?? "", /^changes to accept · 1 min/);
    assert.equal(row?.command, "planwright.acceptResult");
    folder.view = aView({ executions: [aSummary({ status: "completed", completedAt: ended, result: "applied" })] });
    tree.update();
    assert.equal(tree.count, 0);
  });
});
