import assert from "node:assert/strict";
import type { Plan, StepModification } from "../../../schemas/plan.ts";
import { stepName } from "../../../schemas/step-name.ts";
import { planText } from "../../../worker/cli/render/plan-text.ts";
import { Terminal } from "../../../worker/cli/terminal.ts";
import { writtenOut } from "../../../worker/cli/undecided-steps.ts";
import { agentView, planOf, SHELL, SIMULATED } from "../../support/planning.ts";

const AGENTS = [SHELL, SIMULATED, agentView("coder", ["code_generation"])];

/** Some tasks that nobody can do, and one that somebody can. */
function planned(tests: number, modifications: StepModification[] = []): Plan {
  const tasks = Array.from({ length: tests }, (_, at) => `- [ ] T${at + 1} Test ${at + 1}\n`).join("");
  return planOf(`${tasks}- [ ] T${tests + 1} Build it\n- [ ] T${tests + 2} Deploy it\n`, {
    agents: AGENTS,
    modifications,
  });
}

function shown(plan: Plan): string {
  return planText(plan, "", new Terminal(process.stdout, process.stderr, process.stdin));
}

describe("command line: steps without an agent (A1, B2)", () => {
  it("are told as one finding with the reasons counted, once they are many", () => {
    const text = shown(planned(30));
    assert.match(
      text,
      /test\.spec\.md: error: 31 of 32 steps have no agent \[no-agent\]\n {2}30 {2}no agent has the capability testing\n {3}1 {2}no agent has the capability deployment\n/,
    );
    assert.match(
      text,
      /agents\.json.*--simulate STEP\nor --skip STEP\. The step '\*', in quotes, means all that have no agent\./,
    );
    assert.equal(text.match(/no-agent/g)?.length, 1);
  });

  it("are told one by one while they are few", () => {
    const text = shown(planned(2));
    assert.equal(text.match(/has no agent: .*; decide it with/g)?.length, 3);
    assert.doesNotMatch(text, /steps have no agent/);
  });

  it("are all meant by *, and only they; what is said of one of them holds", async () => {
    const asked = [
      { stepId: "*", simulate: true },
      { stepId: "t2-test-2", timeout: 1000 },
      { stepId: "t1-test-1", agent: "coder" },
    ];
    const changes = await writtenOut(asked, (known) => Promise.resolve(planned(2, known)));
    const { steps } = planned(2, changes);
    assert.deepEqual(
      steps.map(({ agent, simulated, timeout }) => [agent, simulated, timeout]),
      [
        ["coder", false, 300_000],
        ["simulated", true, 1000],
        ["coder", false, 300_000],
        ["simulated", true, 300_000],
      ],
    );
  });

  it("need a decision with *, which changes nothing else", async () => {
    await assert.rejects(
      writtenOut([{ stepId: "*", timeout: 1 }], () => Promise.resolve(planned(1))),
      /\* means the steps without an agent/,
    );
  });
});

describe("command line: what a step is called (A1)", () => {
  it("has the number of the spec before its title, and no id that is made of it", () => {
    const name = (id: string, title: string): string => stepName({ id, title });
    assert.deepEqual(
      [
        name("T001", "Alpha"),
        name("2.1", "Beta"),
        name("feature:3", "Gamma"),
        name("T021#2", "Delta"),
        name("R-7", "E"),
      ],
      ["T001 Alpha", "2.1 Beta", "feature:3 Gamma", "T021#2 Delta", "R-7 E"],
    );
    assert.deepEqual(
      [name("build-it", "Build it"), name("greet", "Write a greeting"), name("2024", "2024"), name("step-2", "Step 2")],
      ["Build it", "Write a greeting", "2024", "Step 2"],
    );
  });
});
