import assert from "node:assert/strict";
import { planOf, SHELL } from "../../support/planning.ts";
import "../../support/vscode/register.ts";

const { example, fileName } = await import("../../../extension/commands/new-spec.ts");

describe("a new specification (O5)", () => {
  it("can be planned and run as it is, with steps side by side and one that waits for both", () => {
    const plan = planOf(example("Log in page"), { agents: [SHELL] });
    assert.equal(plan.title, "Log in page");
    assert.deepEqual(plan.diagnostics, []);
    assert.deepEqual(
      plan.steps.map(({ agent, dependencies }) => ({ agent, dependencies: dependencies.length })),
      [
        { agent: "shell", dependencies: 0 },
        { agent: "shell", dependencies: 0 },
        { agent: "shell", dependencies: 0 },
        { agent: "shell", dependencies: 2 },
      ],
    );
    assert.deepEqual(plan.budget, { total: 1, currency: "USD", mode: "approve" });
  });

  it("is named after what it is about", () => {
    assert.equal(fileName("Log in page"), "log-in-page.spec.md");
    assert.equal(fileName("log-in.spec.md"), "log-in.spec.md");
    assert.equal(fileName("Größe 2.0"), "größe-2.0.spec.md");
  });

  it("has no name that leads out of its folder or is none", () => {
    for (const text of ["", "  ", "../x", "a/b", "a\\b", ".hidden", "a\nb", "a".repeat(81), "$(x)"]) {
      assert.equal(fileName(text), null, JSON.stringify(text));
    }
  });
});
