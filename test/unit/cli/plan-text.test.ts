import assert from "node:assert/strict";
import { Hook } from "../../../schemas/hook.ts";
import { planText, reasonsText } from "../../../worker/cli/render/plan-text.ts";
import { Terminal } from "../../../worker/cli/terminal.ts";
import { agentView, planOf, SHELL, SIMULATED } from "../../support/planning.ts";

const CODER = agentView("coder", ["code_generation"]);

describe("command line: what a plan would do", () => {
  it("tells chains of agents, named outputs, and whom hooks tell (D7, D8, F2)", () => {
    const other = agentView("other", ["code_generation"], { argv: ["other", "--run"] });
    const plan = planOf("- [ ] Build\n  - agent: coder, other\n  - extract: url: /at (\\S+)/\n", {
      agents: [SHELL, CODER, other],
    });
    const hooks = [
      { id: "web", on: ["success", "failure"], url: "https://hooks.example/x", secretEnv: "SECRET" },
      { id: "tell", on: ["step"], command: ["tell", "a b"] },
    ].map((hook) => Hook.parse(hook));
    const text = planText({ ...plan, hooks }, "", new Terminal(process.stdout, process.stderr, process.stdin));
    assert.match(text, /coder, then other/);
    assert.match(text, /tells url/);
    assert.match(text, /agent other: "other" "--run"/);
    assert.match(text, /hook web \(success, failure\): POST https:\/\/hooks\.example\/x, signed\n/);
    assert.match(text, /hook tell \(step\): "tell" "a b"/);
  });
});

describe("command line: estimates from the record (A9)", () => {
  it("show what nine of ten runs stay below, and with --why how many runs there were", () => {
    const plan = planOf("- [ ] Build it\n- [ ] Run\n  - command: x\n", {
      agents: [SHELL, SIMULATED, CODER],
      history: () => ({
        cost: { typical: 400_000, high: 900_000, runs: 23, needed: 5 },
        duration: { typical: 240_000, high: 420_000, runs: 25, needed: 5 },
      }),
    });
    const text = planText(plan, "", new Terminal(process.stdout, process.stderr, process.stdin));
    assert.match(text, /coder +0\.40 USD \(9 of 10 below 0\.90 USD\) +4m \(9 of 10 below 7m\)/);
    assert.match(text, /shell +0\.00 USD +unknown/);
    assert.match(reasonsText(plan), /estimates: time from 25 runs; cost from 23 runs/);
    assert.equal(reasonsText(plan).match(/estimates:/g)?.length, 1, "none for commands");
  });
});
