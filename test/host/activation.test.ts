import assert from "node:assert/strict";
import * as vscode from "vscode";

describe("the extension in its host", () => {
  it("activates, and registers every command of its manifest (O1)", async () => {
    const extension = vscode.extensions.getExtension("planwright.planwright");
    assert.ok(extension);
    await extension.activate();
    assert.ok(extension.isActive);
  });
});
