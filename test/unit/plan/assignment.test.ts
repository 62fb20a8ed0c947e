import assert from "node:assert/strict";
import { FailureError } from "../../../schemas/failure.ts";
import type { StepModification } from "../../../schemas/plan.ts";
import { agentView, planOf, SHELL, SIMULATED, step, told } from "../../support/planning.ts";

const CODER = agentView("coder", ["code_generation", "code_refactoring"]);
const TESTER = agentView("tester", ["testing"]);
const AGENTS = [SHELL, SIMULATED, CODER, TESTER];

function only(
  text: string,
  modifications: StepModification[] = [],
  agents = AGENTS,
): ReturnType<typeof step> & { told: string[]; messages: string[] } {
  const plan = planOf(text, { agents, modifications });
  const [first] = plan.steps;
  assert.ok(first);
  return { ...first, told: told(plan.diagnostics), messages: plan.diagnostics.map(({ message }) => message) };
}

describe("plan: chains of agents (D7)", () => {
  const down = agentView("down", ["testing"], {
    available: false,
    unavailableReason: "its program is not on the PATH",
  });
  const all = [...AGENTS, down];

  it("keeps the order, the definitions and the programs of all that may run", () => {
    const second = agentView("second", ["testing"], { argv: ["second", "--go"] });
    const plan = planOf("- [ ] Test\n  - agent: coder, second, tester\n", { agents: [...AGENTS, second] });
    const [only] = plan.steps;
    assert.deepEqual([only?.agent, only?.fallbacks], ["coder", ["second", "tester"]]);
    assert.deepEqual(Object.keys(plan.agentHashes), ["coder", "second", "tester"]);
    assert.deepEqual(plan.agentCommands["second"], ["second", "--go"]);
    assert.equal(only?.reason.agent, "named in the spec, then second, then tester");
  });

  it("passes over those that are not available, and says why", () => {
    const { agent, fallbacks, reason, messages } = only("- [ ] Test\n  - agent: down, coder, tester\n", [], all);
    assert.deepEqual([agent, fallbacks, messages], ["coder", ["tester"], []]);
    assert.equal(
      reason.agent,
      "named in the spec, because down is not available (its program is not on the PATH), then tester",
    );
  });

  it("has nobody when none of them can be used", () => {
    const inactive = agentView("lazy", ["testing"], { status: "inactive" });
    const { agent, told: problems, messages } = only("- [ ] Test\n  - agent: down, lazy\n", [], [...all, inactive]);
    assert.deepEqual([agent, problems], [null, ["error no-agent 1"]]);
    assert.match(messages[0] ?? "", /down is not available \(.*\); lazy is inactive; decide it with/);
  });

  it("refuses a chain with an agent that does not exist or only simulates, wherever it stands", () => {
    const unknown = only("- [ ] Test\n  - agent: coder, testr\n", [], all);
    assert.deepEqual([unknown.agent, unknown.told], [null, ["error unknown-agent 1"]]);
    assert.match(unknown.messages[0] ?? "", /did you mean tester\?/);
    const simulated = only("- [ ] Test\n  - agent: coder, simulated\n", [], all);
    assert.deepEqual([simulated.agent, simulated.simulated], [null, false]);
    assert.match(simulated.messages[0] ?? "", /only simulates, which only a person can choose/);
  });

  it("is one agent where a person chooses one", () => {
    const chosen = only("- [ ] Test\n  - agent: coder, tester\n", [{ stepId: "test", agent: "tester" }], all);
    assert.deepEqual([chosen.agent, chosen.fallbacks], ["tester", []]);
  });
});

describe("plan: capability and agent of a step (A2, B1, D2, D3)", () => {
  for (const [title, capability, reason] of [
    ["Test the parser", "testing", 'the word "test" in the title'],
    ["Review changes", "code_review", 'the word "review" in the title'],
    ["Refactor the parser and test it", "code_refactoring", 'the word "refactor" in the title'],
    ["Write the README", "document_creation", 'the word "readme" in the title'],
    ["Deploy to staging", "deployment", 'the word "deploy" in the title'],
    ["Investigate the crash", "web_research", 'the word "investigate" in the title'],
    ["Add a button", "code_generation", "no word of the title tells another"],
  ] as const) {
    it(`infers ${capability} for "${title}" and says why`, () => {
      const { capability: found, reason: why } = only(`- [ ] ${title}\n`);
      assert.deepEqual([found, why.capability], [capability, reason]);
    });
  }

  it("prefers what the spec says, and a command before everything", () => {
    assert.equal(only("- [ ] Test it\n  - capability: deployment\n").capability, "deployment");
    const command = only("- [ ] Test it\n  - capability: testing\n  - command: npm test\n");
    assert.deepEqual([command.capability, command.agent, command.decision], ["command", "shell", "agent"]);
    assert.equal(command.reason.capability, "runs a command");
  });

  it("chooses by capability and says why", () => {
    const chosen = only("- [ ] Test it\n");
    assert.deepEqual([chosen.agent, chosen.decision, chosen.simulated], ["tester", "agent", false]);
    assert.equal(chosen.reason.agent, "only agent with capability testing");
  });

  it("uses the agent that the spec names, also for a command of its own", () => {
    assert.equal(only("- [ ] Add\n  - agent: tester\n").agent, "tester");
    const runner = agentView("runner", ["command"], { argv: null });
    const own = planOf("- [ ] Add\n  - agent: runner\n  - command: x\n", { agents: [...AGENTS, runner] });
    assert.equal(own.steps[0]?.agent, "runner");
    const plan = planOf("- [ ] p\n  - agent: coder\n  - [ ] c\n    - command: x\n", { agents: AGENTS });
    assert.equal(step(plan, "p-c").agent, "shell");
    assert.equal(step(plan, "p").agent, "coder");
  });

  it("refuses a command for an agent that starts a program of its own, and none for one that runs commands", () => {
    const both = planOf("- [ ] Add\n  - agent: coder\n  - command: x\n", { agents: AGENTS });
    assert.match(both.diagnostics[0]?.message ?? "", /coder, which does not run commands, and has one/);
    const neither = planOf("- [ ] Add\n  - agent: shell\n", { agents: AGENTS });
    assert.match(neither.diagnostics[0]?.message ?? "", /shell, which runs commands, and has none/);
    const parent = planOf("- [ ] p\n  - agent: shell\n  - [ ] c\n    - command: x\n", { agents: AGENTS });
    assert.deepEqual(parent.diagnostics, []);
  });

  it("uses the front matter's agents", () => {
    const mapped = only("---\nagents: {testing: coder}\n---\n- [ ] Test it\n");
    assert.deepEqual([mapped.agent, mapped.reason.agent], ["coder", "the front matter names it for testing"]);
    assert.deepEqual(only("---\nagents: [tester]\n---\n- [ ] Add\n").told, ["error no-agent 4"]);
    assert.deepEqual(only("---\nagents: [tester]\n---\n- [ ] Add\n  - agent: coder\n").told, ["error unknown-agent 4"]);
    assert.deepEqual(only("---\nagents: [tester]\n---\n- [ ] Add\n  - command: x\n").told, []);
  });

  it("leaves a step undecided when nobody can do it, and names the three ways out", () => {
    const undecided = only("- [ ] Deploy\n");
    assert.deepEqual([undecided.agent, undecided.decision], [null, "undecided"]);
    assert.deepEqual(undecided.told, ["error no-agent 1"]);
    assert.match(
      undecided.messages[0] ?? "",
      /no agent has the capability deployment; .*--set deploy\.agent=AGENT`, `--simulate deploy` or `--skip deploy`/,
    );
  });

  it("never simulates by itself", () => {
    assert.equal(only("- [ ] Add\n", [], [SHELL, SIMULATED]).decision, "undecided");
    assert.deepEqual(only("- [ ] Add\n  - agent: simulated\n").told, ["error no-agent 1"]);
  });

  it("tells an agent that does not exist, and one that is not available", () => {
    const unknown = only("- [ ] Add\n  - agent: codr\n");
    assert.deepEqual(unknown.told, ["error unknown-agent 1"]);
    assert.match(unknown.messages[0] ?? "", /did you mean coder\?/);
    const strange = only("- [ ] Add\n  - agent: nobody-at-all\n");
    // In words that hold in an editor, too.
    assert.match(
      strange.messages[0] ?? "",
      /does not exist: define it in `\.planwright\/agents\.json`, or name another$/,
    );
    const gone = agentView("gone", ["testing"], { available: false, unavailableReason: "claude is not on PATH" });
    const named = only("- [ ] Add\n  - agent: gone\n", [], [SHELL, gone]);
    assert.deepEqual(named.told, ["error no-agent 1"]);
    assert.match(named.messages[0] ?? "", /claude is not on PATH/);
  });

  describe("decisions of a person (B2)", () => {
    it("choose an agent, simulate or skip", () => {
      const chosen = only("- [ ] Deploy\n", [{ stepId: "deploy", agent: "coder" }]);
      assert.deepEqual(
        [chosen.agent, chosen.decision, chosen.reason.agent, chosen.told],
        ["coder", "agent", "chosen by a person", []],
      );
      const simulated = only("- [ ] Deploy\n", [{ stepId: "deploy", simulate: true }]);
      assert.deepEqual(
        [simulated.agent, simulated.decision, simulated.simulated, simulated.told],
        ["simulated", "simulate", true, []],
      );
      const skipped = only("- [ ] Deploy\n", [{ stepId: "deploy", skip: true }]);
      assert.deepEqual([skipped.agent, skipped.decision, skipped.estimatedCost, skipped.told], [null, "skip", 0, []]);
      const named = only("- [ ] Deploy\n", [{ stepId: "deploy", agent: "simulated" }]);
      assert.deepEqual([named.decision, named.simulated], ["agent", true]);
    });

    it("let the later of two hold", () => {
      const change = (...changes: Omit<StepModification, "stepId">[]): string =>
        only(
          "- [ ] Deploy\n",
          changes.map((entry) => ({ stepId: "deploy", ...entry })),
        ).decision;
      assert.equal(change({ skip: true }, { agent: "coder" }), "agent");
      assert.equal(change({ agent: "coder" }, { simulate: true }), "simulate");
      assert.equal(change({ skip: true }, { skip: false }), "undecided");
    });

    it("change timeout, retries and parameters", () => {
      const changed = only("- [ ] Add\n  Old text.\n  - env: A=1\n", [
        { stepId: "add", timeout: 5_000, retries: 1 },
        { stepId: "add", parameters: { instructions: "New text.", env: { B: "2" }, depth: 3 } },
      ]);
      assert.equal(changed.timeout, 5_000);
      assert.equal(changed.retry.maxAttempts, 2);
      assert.deepEqual(changed.parameters, {
        instructions: "New text.",
        command: null,
        cwd: null,
        env: { A: "1", B: "2" },
        extra: { depth: 3 },
      });
      const command = only("- [ ] Add\n", [{ stepId: "add", parameters: { command: "[npm, test]", cwd: "sub" } }]);
      assert.deepEqual([command.agent, command.capability], ["shell", "command"]);
      assert.deepEqual(command.parameters.command, { kind: "argv", argv: ["npm", "test"] });
    });

    it("are kept in the plan", () => {
      const modifications = [{ stepId: "add", skip: true }];
      assert.deepEqual(planOf("- [ ] Add\n", { modifications }).modifications, modifications);
    });

    const refused: [StepModification, RegExp][] = [
      [{ stepId: "ad", skip: true }, /no step ad: did you mean add\?/],
      [{ stepId: "add", agent: "codr" }, /no agent codr: did you mean coder\?/],
      [{ stepId: "add", parameters: { command: [] } }, /command of step add must be/],
      [{ stepId: "add", parameters: { cwd: "../x" } }, /cwd of step add must be a path that stays inside/],
      [{ stepId: "add", parameters: { instructions: 5 } }, /instructions of step add must be a text/],
    ];
    for (const [change, message] of refused) {
      it(`refuse ${JSON.stringify(change)}`, () => {
        assert.throws(
          () => only("- [ ] Add\n", [change]),
          (error) =>
            error instanceof FailureError && error.failure.code === "bad_request" && message.test(error.message),
        );
      });
    }
  });
});
