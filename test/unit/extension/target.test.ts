import assert from "node:assert/strict";
import { decisionOf } from "../../support/workspace-views.ts";
import "../../support/vscode/register.ts";

const { namedIn } = await import("../../../extension/commands/target.ts");
const { Uri } = await import("../../support/vscode/values.ts");

describe("what a command was called with (O1)", () => {
  it("is found in the fields of a tree element, directly or in its target", () => {
    const ids = { folder: "file:///w", executionId: "x1", stepId: "build" };
    assert.deepEqual(namedIn([{ ...ids, label: "Build", children: [] }], []), ids);
    assert.deepEqual(namedIn([{ id: "row", target: ids }], []), ids);
  });

  it("is the clicked element, not what else is selected", () => {
    const named = namedIn([{ executionId: "x1" }, [{ executionId: "x2" }]], []);
    assert.deepEqual(named, { executionId: "x1" });
  });

  it("is a URI as an object or as text, and ids by their position", () => {
    const uri = Uri.file("/w/a.spec.md");
    assert.equal(namedIn([uri, { groupId: 1 }], ["uri"]).uri?.fsPath, "/w/a.spec.md");
    const named = namedIn(["file:///w/a.spec.md", "build"], ["uri", "stepId"]);
    assert.equal(named.uri?.fsPath, "/w/a.spec.md");
    assert.equal(named.stepId, "build");
  });

  it("is a decision with the execution and step that it is about", () => {
    const decision = decisionOf("x1");
    assert.deepEqual(namedIn([{ folder: "file:///w", decision }], []), {
      folder: "file:///w",
      decision,
      executionId: "x1",
      stepId: "build",
    });
  });

  it("is nothing when it was called from the palette or with something strange", () => {
    for (const args of [[], [undefined], [null], [7], [[]], [{ executionId: 7 }], [{ decision: "x" }]]) {
      assert.deepEqual(namedIn(args, ["executionId"]), {});
    }
  });
});
