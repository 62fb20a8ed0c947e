import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { CliResult } from "../cli.ts";
import { sendSignal } from "../editor/processes.ts";
import { quota } from "../model-server/conversation.ts";
import { AgentWorld, contentOf } from "./agent-world.ts";
import { REAL_AGENTS, type AgentId } from "./real-agents.ts";

/** Within so long after the request, with the default grace of 5 s, an attempt has to be over and its processes gone. */
const CANCELLED_WITHIN_MS = 6_000;
const QUOTA_SECONDS = 4;
/** Of these three run at once, and the fourth does not begin. */
const NAMES = ["alpha", "beta", "gamma", "delta"];

/** What every real coding agent is put through, by the built command line and with a scripted model. */
export function describeAgent(id: AgentId): void {
  const { certainty, exchange, countsAsides, tellsOnTheWay } = REAL_AGENTS[id];

  describe(`a real coding agent: ${id} (D4, D6, N1)`, () => {
    let world: AgentWorld;
    beforeEach(async () => {
      world = await AgentWorld.start(id);
    });
    afterEach(() => world.remove());

    it("is ready without configuration when it is on PATH; what it writes is merged, and applied when that is accepted", async () => {
      world.spec(
        "- [ ] Write alpha",
        `  - agent: ${id}`,
        "  - output: alpha.txt",
        "  - check: grep -q alpha alpha.txt",
      );
      const head = world.git("rev-parse", "HEAD");
      world.script("Write alpha", world.write("alpha.txt", "alpha\n"), world.done());
      world.answerAsides();
      const ended = await world.run();
      assert.equal(ended.code, 0, await world.story(ended));
      assert.equal(contentOf(world, "alpha.txt"), null, "the checkout is not touched before");
      assert.equal(world.git("rev-parse", "HEAD"), head);
      const accepted = await world.cli.run("accept", "latest", "--apply");
      assert.equal(accepted.code, 0, await world.story(accepted));
      assert.equal(contentOf(world, "alpha.txt"), "alpha\n");
      assert.match(world.cli.read("work.spec.md"), /- \[x\] Write alpha/);
      assert.equal(world.git("worktree", "list").split("\n").length, 1, "no worktree is left");
      assert.deepEqual([world.server.missing, world.server.unexpected], [[], []]);
      await gone(world);
    });

    it(`asks in the inbox before it runs a command; allowed once, it goes on; what it has used is in the ledger, ${certainty}`, async () => {
      const ended = await answered(world, "allow_once");
      assert.equal(ended.code, 0, await world.story(ended));
      const { costs } = await world.cli.execution();
      const uncounted = countsAsides ? ["afterwards"] : ["afterwards", "asides"];
      const counted = world.server.asked.filter(({ turn }) => !uncounted.includes(turn ?? ""));
      assert.deepEqual(
        { total: round(costs.total), certainty: costs.certainty, unknown: costs.unknown },
        { total: spent(counted.length), certainty, unknown: 0 },
      );
      assert.equal(world.git("show", `${world.git("branch", "--list", "planwright/*").trim()}:alpha.txt`), "alpha");
    });

    it("leaves nothing when a person rejects, whatever it says afterwards", async () => {
      const ended = await answered(world, "reject");
      assert.equal(ended.code, 1, await world.story(ended));
      const [step] = (await world.cli.execution()).steps;
      assert.ok(["no_change", "agent_error"].includes(step?.failure?.code ?? ""), await world.story(ended));
      assert.equal(world.git("branch", "--all"), "* main");
      assert.equal(contentOf(world, "alpha.txt"), null);
      await gone(world);
    });

    it("fails when it claims a success without its output, or without a change where one was to be made", async () => {
      world.define();
      const lies = ["- [ ] Write alpha", "  - agent: worker", "  - output: alpha.txt"];
      world.spec(...lies, "- [ ] Write beta", "  - agent: worker", "  - needs: none");
      world.script("Write alpha", world.write("other.txt", "other\n"), world.done("I have written alpha.txt."));
      world.script("Write beta", world.done("I have written beta.txt."));
      world.answerAsides();
      const ended = await world.run("--unattended");
      assert.equal(ended.code, 1, await world.story(ended));
      const { steps } = await world.cli.execution();
      assert.deepEqual(
        steps.map(({ failure }) => failure?.code),
        ["output_missing", "no_change"],
        await world.story(ended),
      );
      assert.equal(world.git("branch", "--all"), "* main");
    });

    it("waits for a quota that comes back, and then goes on", async () => {
      world.define();
      world.spec("- [ ] Write alpha", "  - agent: worker", "  - retries: 0");
      world.server.play({ name: "quota", when: ({ tools }) => tools.length > 0, answer: quota(QUOTA_SECONDS) });
      world.script("Write alpha", world.write("alpha.txt", "alpha\n"), world.done());
      world.answerAsides();
      const ended = await world.run();
      assert.equal(ended.code, 0, await world.story(ended));
      assert.deepEqual([world.server.missing, world.server.unexpected], [[], []]);
    });

    it("stops with everything that it has started, within the grace and a second", async () => {
      world.define();
      world.spec("- [ ] Write alpha", "  - agent: worker");
      world.script("Write alpha", world.agent.run("echo alpha > alpha.txt; sleep 986"), world.done());
      world.answerAsides();
      const running = world.cli.start(["run", "work.spec.md", "--yes", "--no-write-back"]);
      await comes(() => world.agentProcesses().some(({ command }) => command.endsWith("sleep 986")));
      const asked = performance.now();
      assert.equal((await world.cli.run("cancel", "latest")).code, 0);
      const ended = await running.result;
      await gone(world);
      const took = performance.now() - asked;
      assert.equal(ended.code, 130, await world.story(ended));
      assert.ok(took < CANCELLED_WITHIN_MS, `it took ${Math.round(took)} ms`);
      assert.equal(contentOf(world, "alpha.txt"), null);
    });

    it("is tried again when it is killed in the middle of its work, of which nothing is merged", async () => {
      world.define();
      world.spec("- [ ] Write alpha", "  - agent: worker");
      world.script("Write alpha", world.agent.run("echo half > half.txt; sleep 985"));
      world.script("Write alpha", world.write("alpha.txt", "alpha\n"), world.done());
      world.answerAsides();
      const running = world.cli.start(["run", "work.spec.md", "--yes"]);
      await comes(() => world.agentProcesses().some(({ command }) => command.endsWith("sleep 985")));
      for (const { pid } of world.agentProcesses()) sendSignal(pid, "SIGKILL");
      const ended = await running.result;
      assert.equal(ended.code, 0, await world.story(ended));
      const [step] = (await world.cli.execution()).steps;
      assert.equal(step?.attempts, 2);
      const branch = world.git("branch", "--list", "planwright/*").trim();
      assert.doesNotMatch(world.git("ls-tree", "--name-only", branch), /half/);
      assert.equal(world.git("show", `${branch}:alpha.txt`), "alpha");
    });

    it("is stopped when three at once have used up the budget, and nothing more begins", async () => {
      world.define();
      const tasks = NAMES.map((name, index) => [
        `- [ ] ${index < 3 ? "[P] " : ""}Write ${name}`,
        "  - agent: worker",
        `  - cost: ${spent(2)}`,
      ]);
      world.spec("---", `budget: { total: ${spent(6)}, mode: enforce }`, "---", ...tasks.flat());
      for (const name of NAMES) {
        const writes = [0, 1, 2, 3].map((index) => world.write(`${name}-${index}.txt`, name));
        world.script(`Write ${name}`, ...writes, world.done());
      }
      world.answerAsides();
      const ended = await world.run("--unattended");
      assert.equal(ended.code, 4, await world.story(ended));
      const { steps, costs } = await world.cli.execution();
      const codes = steps.map(({ failure }) => failure?.code);
      assert.deepEqual(
        codes,
        ["budget_exceeded", "budget_exceeded", "budget_exceeded", "dependency_failed"],
        await world.story(ended),
      );
      assert.ok(costs.total !== null && costs.total >= spent(6), "all that was used is booked");
      const turns = world.server.asked.map(({ turn }) => turn);
      assert.ok(!turns.includes("Write delta 0"));
      if (tellsOnTheWay) assert.ok(!turns.includes("Write alpha 4"), "it was stopped on the way");
      await gone(world);
    });

    function spent(exchanges: number): number {
      return round(exchanges * exchange) ?? 0;
    }
  });
}

/** A step that wants to run a command, and what a person says to that. Resolves with the end of the execution. */
async function answered(world: AgentWorld, choice: "allow_once" | "reject"): Promise<CliResult> {
  world.define({ permissions: "limited" });
  world.spec("- [ ] Write alpha", "  - agent: worker");
  world.script("Write alpha", world.agent.runAsked("echo alpha > alpha.txt"), world.done());
  world.answerAsides();
  const waiting = await world.run();
  assert.equal(waiting.code, 3, await world.story(waiting));
  const [question] = await world.cli.inbox();
  assert.equal(question?.request?.tool, "execute");
  assert.match(`${question.request.title} ${question.request.subject}`, /echo alpha > alpha\.txt/);
  assert.equal((await world.cli.run("answer", question.decisionId, choice)).code, 0);
  return world.cli.run("resume");
}

/** Nothing of the agent runs any more. The worker may be tidying up with git for a moment. */
function gone(world: AgentWorld): Promise<void> {
  return comes(() => world.agentProcesses().length === 0);
}

/** Looks again and again; a test that waits in vain is ended by its time. */
async function comes(isThere: () => boolean): Promise<void> {
  while (!isThere()) await pause(50);
}

/** To whole millionths, as the ledger counts. */
function round(amount: number | null): number | null {
  return amount === null ? null : Math.round(amount * 1e6) / 1e6;
}
