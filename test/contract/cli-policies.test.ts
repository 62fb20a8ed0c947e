import assert from "node:assert/strict";
import { CliWorld } from "../support/cli.ts";

const AGENTS = {
  agents: [
    {
      id: "scribe",
      name: "Scribe",
      capabilities: [{ name: "code_generation" }],
      adapter: { kind: "command", argv: ["sh", "-c", "cat > prompt.txt"] },
    },
  ],
};

/** "Breaks" fails until the file `mended` is there; "Next" depends on it, "Aside" does not. */
const spec = (frontMatter: string, onBreaks = ""): string => `${frontMatter}# Policies

## Line

- [ ] Breaks
  - id: breaks${onBreaks}
  - command: echo breaks >> ran; test -f mended
- [ ] Next
  - id: next
  - command: echo next >> ran; echo "\${PLANWRIGHT_MISSING:-nothing}" > missing

## Aside

- [ ] Aside
  - id: aside
  - command: echo aside >> ran
`;

describe("what a failure does to the rest, at the command line (C3)", function () {
  this.timeout(30_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
  });
  afterEach(() => world.remove());

  const states = async (): Promise<Record<string, string>> =>
    Object.fromEntries((await world.execution()).steps.map(({ id, status }) => [id, status]));

  it("continue, the default without a terminal: what does not depend on it runs, and nobody is asked", async () => {
    world.write("p.spec.md", spec(""));
    assert.equal((await world.run("run", "p.spec.md", "--yes")).code, 1);
    assert.deepEqual(await states(), { breaks: "failed", next: "skipped", aside: "completed" });
    assert.deepEqual(await world.inbox(), []);
  });

  it("tolerate: what depends on it runs, knows what is missing, and the whole is completed", async () => {
    world.write("p.spec.md", spec("", "\n  - onFailure: tolerate"));
    const { code, stdout } = await world.run("run", "p.spec.md", "--yes");
    assert.equal(code, 0, stdout);
    assert.deepEqual(await states(), { breaks: "failed", next: "completed", aside: "completed" });
    assert.match(world.read("missing"), /Breaks/);
  });

  it("tolerate: the instructions of an agent name what is missing", async () => {
    world.write(".planwright/agents.json", JSON.stringify(AGENTS));
    world.write(
      "p.spec.md",
      `- [ ] Breaks\n  - command: ["false"]\n  - onFailure: tolerate\n- [ ] Write\n  - agent: scribe\n`,
    );
    assert.equal((await world.run("run", "p.spec.md", "--yes")).code, 0);
    assert.match(world.read("prompt.txt"), /Breaks/);
  });

  it("fail-fast: nothing else starts", async () => {
    world.write("p.spec.md", spec("---\nonFailure: fail-fast\nmaxConcurrent: 1\n---\n"));
    assert.equal((await world.run("run", "p.spec.md", "--yes")).code, 1);
    assert.deepEqual(await states(), { breaks: "failed", next: "cancelled", aside: "cancelled" });
  });

  describe("pause", () => {
    const paused = async (): Promise<string> => {
      world.write("p.spec.md", spec("---\nonFailure: pause\n---\n"));
      const { code, stdout } = await world.run("run", "p.spec.md", "--yes");
      assert.equal(code, 3, stdout);
      const open = await world.inbox();
      assert.deepEqual(
        open.map(({ stepId, kind, choices }) => ({ stepId, kind, choices })),
        [{ stepId: "breaks", kind: "step_failed", choices: ["retry", "skip", "abort"] }],
      );
      assert.equal((await world.execution()).status, "waiting");
      return open[0]?.decisionId ?? "";
    };

    it("starts nothing more until it is answered, and says of each step that this is why", async () => {
      world.write("p.spec.md", spec("---\nonFailure: pause\nmaxConcurrent: 1\n---\n"));
      assert.equal((await world.run("run", "p.spec.md", "--yes")).code, 3);
      assert.deepEqual(world.lines("ran"), ["breaks"]);
      const { steps } = await world.execution();
      assert.match(
        steps.find(({ id }) => id === "aside")?.blocker?.detail ?? "",
        /nothing starts until "Breaks" is decided/,
      );
      assert.equal((await world.run("answer", "skip")).code, 0);
      assert.equal((await world.run("resume")).code, 0);
      assert.deepEqual(world.lines("ran").sort(), ["aside", "breaks", "next"]);
    });

    it("what runs already goes on to its end; a retry goes on with the rest", async () => {
      const decisionId = await paused();
      assert.deepEqual(await states(), { breaks: "waiting", next: "pending", aside: "completed" });
      world.write("mended", "");
      assert.equal((await world.run("answer", decisionId, "retry")).code, 0);
      assert.equal((await world.run("resume")).code, 0);
      assert.deepEqual(world.lines("ran").sort(), ["aside", "breaks", "breaks", "next"]);
    });

    it("a retry that fails again asks again, under another name", async () => {
      const decisionId = await paused();
      assert.equal((await world.run("answer", "retry")).code, 0);
      assert.equal((await world.run("resume")).code, 3);
      const open = await world.inbox();
      assert.equal(open.length, 1);
      assert.notEqual(open[0]?.decisionId, decisionId);
    });

    it("skip goes on without it, as if it were done", async () => {
      await paused();
      assert.equal((await world.run("answer", "skip")).code, 0);
      assert.equal((await world.run("resume")).code, 0);
      assert.deepEqual(await states(), { breaks: "skipped", next: "completed", aside: "completed" });
    });

    it("abort stops the execution, which has failed", async () => {
      await paused();
      assert.equal((await world.run("answer", "abort")).code, 0);
      assert.equal((await world.run("resume")).code, 1);
      assert.deepEqual(await states(), { breaks: "failed", next: "cancelled", aside: "completed" });
      assert.deepEqual(await world.inbox(), []);
    });

    it("cancel ends what waits, and withdraws the question", async () => {
      await paused();
      assert.equal((await world.run("cancel")).code, 0);
      assert.equal((await world.execution()).status, "cancelled");
      assert.deepEqual(
        (await world.inbox(true)).map(({ status }) => status),
        ["withdrawn"],
      );
    });

    it("a step's own policy wins over the spec's", async () => {
      world.write("p.spec.md", spec("---\nonFailure: pause\n---\n", "\n  - onFailure: continue"));
      assert.equal((await world.run("run", "p.spec.md", "--yes")).code, 1);
    });
  });
});
