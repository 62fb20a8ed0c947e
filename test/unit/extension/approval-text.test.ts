import assert from "node:assert/strict";
import { Hook } from "../../../schemas/hook.ts";
import type { BudgetPolicy } from "../../../schemas/budget.ts";
import { planOf } from "../../support/planning.ts";
import "../../support/vscode/register.ts";

const { approvalText } = await import("../../../extension/commands/approval-text.ts");

describe("what a person reads before approving (B1, E1, F2)", () => {
  const plan = planOf("- [ ] Build\n  - command: make all\n");

  it("is every program, with who is told of what happens and where that goes, and the limits that hold", () => {
    const hooks = [
      Hook.parse({ id: "chat", on: ["success", "failure"], url: "https://chat.example/hook" }),
      Hook.parse({ id: "bell", on: ["decision"], command: ["ring", "the bell"] }),
    ];
    const policy: BudgetPolicy = {
      ...{ id: "team", environment: null, currency: "USD", mode: "enforce", warningThreshold: 0.8 },
      ...{ approvalRequired: false, wait: 0, window: { kind: "rolling", length: 86_400_000 } },
      limits: [
        { scope: { kind: "total" }, amount: 100 },
        { scope: { kind: "service", service: "ec2" }, amount: 10 },
      ],
    };
    const text = approvalText({ ...plan, hooks, policies: [policy] }, []);
    assert.match(text, /Runs:\nmake all\n\n/);
    assert.ok(
      text.includes(
        'Told of what happens:\nchat, on success, failure: sends to https://chat.example/hook\nbell, on decision: runs ring "the bell"\n',
      ),
      text,
    );
    assert.ok(
      text.includes("team: 100.00 USD, last 24h. At the limit: nothing more is started.\nteam: ec2: 10.00 USD"),
      text,
    );
  });

  it("says where coding steps work, what prepares it and what is brought along (N1)", () => {
    const isolation = {
      ...{ kind: "worktree" as const, merge: "ask" as const, reason: "it changes files" },
      ...{ setup: "npm ci", bring: [".env", "*.local"] },
    };
    const text = approvalText({ ...plan, isolation }, []);
    assert.match(
      text,
      /git worktrees of their own; the result waits until you accept it\nCopied .*: \.env, \*\.local\n/,
    );
    assert.match(text, /Runs:\nin each new worktree: npm ci\nmake all/);
    assert.match(approvalText({ ...plan, isolation: { ...isolation, merge: "auto" } }, []), /applied at the end/);
    assert.match(approvalText({ ...plan, isolation: { ...isolation, kind: "none" } }, []), /in the folder itself/);
    assert.doesNotMatch(approvalText(plan, []), /Coding steps/);
  });

  it("says nothing of hooks and limits where there are none", () => {
    assert.doesNotMatch(approvalText(plan, []), /Told|Limits of the folder/);
  });
});
