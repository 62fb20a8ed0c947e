import assert from "node:assert/strict";
import "../../support/vscode/register.ts";

const { isName } = await import("../../../extension/commands/new-spec.ts");

describe("the name of a new specification (O5)", () => {
  it("says what it is about, in whatever language", () => {
    for (const text of ["Log in page", "log-in.spec.md", "Größe 2.0", "a".repeat(80)]) assert.ok(isName(text), text);
  });

  it("does not lead out of its folder, and is not nothing", () => {
    for (const text of ["", "  ", "../x", "a/b", "a\\b", ".hidden", "a\nb", "a".repeat(81), "$(x)"]) {
      assert.equal(isName(text), false, JSON.stringify(text));
    }
  });
});
