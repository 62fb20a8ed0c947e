import assert from "node:assert/strict";
import { Plan } from "../../schemas/plan.ts";
import { CliWorld } from "../support/cli.ts";

const step = (id: string, command: string): string => `- [ ] Step ${id}\n  - id: ${id}\n  - command: ${command}\n`;
const PAUSE = "---\nonFailure: pause\n---\n";
const ENDLESS = "while [ ! -f never ]; do sleep 0.02; done";

describe("what goes on is what was approved, at the command line (A7, B2, F1)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
  });
  afterEach(() => world.remove());

  const goOnAgainst = async (): Promise<{ code: number | null; said: string }> => {
    const { planId } = await world.json(Plan, "plan", "--against", "latest");
    assert.equal((await world.run("approve", planId)).code, 0);
    const { code, stdout, stderr } = await world.run("resume", "--plan", planId);
    return { code, said: stdout + stderr };
  };

  describe("an agent whose definition changes after the approval", () => {
    const define = (script: string): void => {
      const adapter = { kind: "command", argv: ["/bin/sh", "-c", `cat > /dev/null; ${script}`] };
      const agents = [{ id: "scribe", name: "Scribe", capabilities: [{ name: "code_generation" }], adapter }];
      world.write(".planwright/agents.json", JSON.stringify({ agents }));
    };

    beforeEach(async () => {
      define("echo approved >> ran; false");
      world.write("w.spec.md", `${PAUSE}- [ ] Write\n  - id: write\n  - agent: scribe\n`);
      assert.equal((await world.run("run", "w.spec.md", "--yes")).code, 3);
      define("echo changed >> ran");
    });

    it("is not approved by an answer with changes of the step", async () => {
      const { code, stderr } = await world.run("answer", "retry", "--comment", "write=Mind the gap.");
      assert.equal(code, 3);
      assert.match(stderr, /agent "scribe" has changed .* planwright plan --against run-/);
      assert.equal((await world.inbox()).length, 1, "the decision stays open");
      await world.run("resume");
      assert.deepEqual(world.lines("ran"), ["approved"]);
    });

    it("is used when a plan with it is approved, also where the worker was lost", async () => {
      await world.endWorker("SIGKILL");
      const { code, said } = await goOnAgainst();
      assert.equal(code, 0, said);
      assert.deepEqual(world.lines("ran"), ["approved", "changed"]);
    });
  });

  it("an agent that cannot be used any more is replaced by an answer that names another one that was approved once", async () => {
    const adapter = { kind: "command", argv: ["/bin/sh", "-c", "cat > /dev/null; echo scribe >> ran; false"] };
    const other = { kind: "command", argv: ["/bin/sh", "-c", "cat > /dev/null; echo other >> ran"] };
    const agent = (id: string, how: typeof adapter): object => ({
      id,
      name: id,
      capabilities: [{ name: "code_generation" }],
      adapter: how,
    });
    world.write(
      ".planwright/agents.json",
      JSON.stringify({ agents: [agent("scribe", adapter), agent("other", other)] }),
    );
    world.write("w.spec.md", `${PAUSE}- [ ] Write\n  - id: write\n  - agent: scribe\n`);
    assert.equal((await world.run("run", "w.spec.md", "--yes")).code, 3);
    world.write(".planwright/agents.json", JSON.stringify({ agents: [agent("other", other)] }));
    const unseen = await world.run("answer", "retry", "--set", "write.agent=other");
    assert.equal(unseen.code, 3);
    assert.match(unseen.stderr, /agent "other" has not been approved in this workspace yet/);
    assert.deepEqual(world.lines("ran"), ["scribe"], "nothing runs that nobody has seen");
    world.write("o.spec.md", `${PAUSE}- [ ] Other\n  - id: write\n  - agent: other\n`);
    assert.equal((await world.run("approve", "o.spec.md")).code, 0);
    const { code, stderr } = await world.run("answer", "retry", "--set", "write.agent=other");
    assert.equal(code, 0, stderr);
    assert.equal((await world.run("resume")).code, 0);
    assert.deepEqual(world.lines("ran"), ["scribe", "other"]);
  });

  it("changes of a plan that an execution runs make another plan, and the execution goes on with its own", async () => {
    world.write("p.spec.md", PAUSE + step("a", "echo a >> ran; test -f mended"));
    assert.equal((await world.run("run", "p.spec.md", "--yes")).code, 3);
    const { planId } = await world.execution();
    const changed = await world.run("approve", planId, "--set", "a.parameters.command=echo other >> ran");
    assert.equal(changed.code, 0, changed.stderr);
    assert.doesNotMatch(changed.stdout, new RegExp(`Next: .*${planId}`));
    await world.endWorker("SIGKILL");
    world.write("mended", "");
    const { code, stderr } = await world.run("answer", "retry");
    assert.equal(code, 0, stderr);
    assert.equal((await world.run("resume")).code, 0);
    assert.deepEqual(world.lines("ran"), ["a", "a"]);
  });

  it("what --only left out stays left out when an answer changes the step", async () => {
    world.write(
      "o.spec.md",
      PAUSE + step("a", "echo a >> ran") + step("b", "echo b >> ran; false") + step("c", "echo c >> ran"),
    );
    assert.equal((await world.run("run", "o.spec.md", "--yes", "--only", "b")).code, 3);
    assert.equal((await world.run("answer", "retry", "--set", "b.parameters.command=echo mended >> ran")).code, 0);
    assert.equal((await world.run("resume")).code, 0);
    assert.deepEqual(world.lines("ran"), ["b", "mended"]);
  });

  describe("a step that the revised plan no longer has", () => {
    it("does not run again when it had been cancelled", async () => {
      world.write("r.spec.md", step("a", "echo a >> ran") + step("b", `echo b >> ran; ${ENDLESS}`));
      const command = world.start(["run", "r.spec.md", "--yes"]);
      await command.printed("▶ Step b");
      assert.equal((await world.run("cancel")).code, 0);
      assert.equal((await command.result).code, 130);
      world.write("r.spec.md", step("a", "echo a >> ran") + step("c", "echo c >> ran"));
      const { code, said } = await goOnAgainst();
      assert.equal(code, 0, said);
      assert.deepEqual(
        world.lines("ran").filter((line) => line !== "a"),
        ["b", "c"],
      );
    });

    it("cannot be run again, and the refusal says how it could", async () => {
      world.write("r.spec.md", step("a", "echo a >> ran") + step("b", "echo b >> ran; false"));
      assert.equal((await world.run("run", "r.spec.md", "--yes")).code, 1);
      world.write("r.spec.md", world.read("r.spec.md").replace(/- \[ \] Step b[^]*/, step("c", "echo c >> ran")));
      const { code, said } = await goOnAgainst();
      assert.equal(code, 0, said);
      for (const word of ["retry", "rerun"]) {
        const refused = await world.run(word, "latest", "b");
        assert.equal(refused.code, 1);
        assert.match(refused.stderr, /no longer has step "b": write it into r\.spec\.md again/);
      }
      assert.deepEqual(world.lines("ran"), ["a", "b", "c"]);
    });
  });
});
