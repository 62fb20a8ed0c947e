import assert from "node:assert/strict";
import { CliWorld } from "../support/cli.ts";

const step = (title: string, more: string): string =>
  `- [ ] ${title}\n${more
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n")}\n`;

describe("exit codes of the command line (semantics, JSON and exit codes; P1)", function () {
  this.timeout(30_000);
  let world: CliWorld;
  before(() => {
    world = new CliWorld();
  });
  after(() => world.remove());

  it("0: completed", async () => {
    world.write("ok.spec.md", step("Fine", '- command: ["true"]'));
    assert.equal((await world.run("run", "ok.spec.md", "--yes")).code, 0);
  });

  it("1: failed, also with the policy continue, and what depends on it is not run", async () => {
    world.write(
      "fails.spec.md",
      step("Breaks", '- command: ["false"]\n- id: breaks') +
        step("Never", "- command: touch never") +
        "\n## Other\n\n" +
        step("Goes on", "- command: touch other"),
    );
    const { code, stdout } = await world.run("run", "fails.spec.md", "--yes");
    assert.equal(code, 1);
    assert.match(stdout, /Never skipped: not run: "Breaks"/);
    assert.equal(world.read("other"), "");
    assert.throws(() => world.read("never"));
  });

  it("1: fail-fast stops what runs", async () => {
    world.write(
      "fast.spec.md",
      "---\nonFailure: fail-fast\n---\n" +
        step("[P] Long", "- command: sleep 30") +
        step("[P] Breaks", "- command: exit 3"),
    );
    const { code, stdout } = await world.run("run", "fast.spec.md", "--yes");
    assert.equal(code, 1);
    assert.match(stdout, /■ Long/);
  });

  it("2: bad usage, with the commands named", async () => {
    for (const words of [
      ["nonsense"],
      ["run"],
      ["run", "x.spec.md", "--nonsense"],
      ["plan", "missing.spec.md"],
      ["run", "plan-zzzzzzzz", "--yes"],
    ]) {
      const { code, stderr } = await world.run(...words);
      assert.equal(code, 2, words.join(" "));
      assert.doesNotMatch(stderr, /\n\s+at /, "no stack trace");
    }
  });

  it("2: bad spec, with file and line", async () => {
    world.write(
      "cycle.spec.md",
      step("One", '- id: one\n- needs: two\n- command: ["true"]') +
        step("Two", '- id: two\n- needs: one\n- command: ["true"]'),
    );
    const { code, stdout, stderr } = await world.run("run", "cycle.spec.md", "--yes");
    assert.equal(code, 2);
    assert.match(stdout + stderr, /cycle\.spec\.md:\d+:\d+/);
  });

  it("3: a plan that nobody approved, and a step without an agent even with --yes", async () => {
    world.write("waits.spec.md", step("Fine", "- command: echo hello"));
    assert.equal((await world.run("run", "waits.spec.md")).code, 3);
    world.write("agentless.spec.md", step("Think about it", "- id: think"));
    const { code, stderr } = await world.run("run", "agentless.spec.md", "--yes");
    assert.equal(code, 3);
    assert.match(stderr, /--simulate/);
  });

  it("0: decided steps run, simulated ones are marked and tick no box", async () => {
    const { code, stdout } = await world.run("run", "agentless.spec.md", "--yes", "--simulate", "think");
    assert.equal(code, 0);
    assert.match(stdout, /simulated/);
    assert.match(world.read("agentless.spec.md"), /\[ \] Think/);
    assert.equal((await world.run("run", "agentless.spec.md", "--yes", "--skip", "think")).code, 0);
  });

  it("what is decided on the command line is what is shown, approved and run", async () => {
    world.write("decide.spec.md", step("One", "- id: one\n- command: echo one") + step("Think", "- id: think"));
    const dry = await world.run("run", "decide.spec.md", "--dry-run", "--skip", "think");
    assert.equal(dry.code, 0);
    assert.match(dry.stdout, /Think +skipped/);
    assert.equal((await world.run("approve", "decide.spec.md", "--skip", "think")).code, 0);
    const run = await world.run("run", "decide.spec.md", "--skip", "think", "--no-write-back");
    assert.equal(run.code, 0, run.stderr);
    assert.equal(
      (await world.run("run", "decide.spec.md", "--simulate", "think")).code,
      3,
      "another decision is another plan",
    );
  });

  it("what is left of a half-done spec needs no new approval; a task that was removed does", async () => {
    const half =
      step("First", "- command: echo first") +
      step("Second", "- command: test -f let-it-pass") +
      step("Third", "- command: echo third");
    world.write("half.spec.md", half);
    assert.equal((await world.run("run", "half.spec.md", "--yes")).code, 1);
    assert.match(world.read("half.spec.md"), /\[x\] First/);
    world.write("let-it-pass", "");
    assert.equal((await world.run("run", "half.spec.md")).code, 0);
    world.write(
      "half.spec.md",
      step("Second", "- command: test -f let-it-pass") + step("Third", "- command: echo third"),
    );
    assert.equal((await world.run("run", "half.spec.md")).code, 3);
  });

  it("a changed plan shows what differs from the approved one", async () => {
    world.write("differs.spec.md", step("Differs", "- command: echo before"));
    assert.equal((await world.run("approve", "differs.spec.md")).code, 0);
    world.write("differs.spec.md", step("Differs", "- command: echo after"));
    const { stdout } = await world.run("plan", "differs.spec.md");
    assert.match(stdout, /command was echo before, is echo after/);
  });

  it("the programs of agents are shown before anyone approves", async () => {
    const argv = ["sh", "-c", "cat > /dev/null"];
    world.write(
      ".planwright/agents.json",
      JSON.stringify({
        agents: [
          { id: "w", name: "W", capabilities: [{ name: "code_generation" }], adapter: { kind: "command", argv } },
        ],
      }),
    );
    world.write("shown.spec.md", step("Write", "- agent: w"));
    assert.match((await world.run("plan", "shown.spec.md")).stdout, /agent w: "sh" "-c" "cat > \/dev\/null"/);
  });

  const overBudget = (budget: string, name: string): string =>
    `---\nbudget: ${budget}\n---\n` +
    step("First", `- command: touch ${name}-first\n- cost: 0.6`) +
    step("Second", `- command: touch ${name}-second\n- cost: 0.6`);

  it("4: stopped by the budget under enforce, and what was finished stays", async () => {
    world.write("enforced.spec.md", overBudget("{total: 1, currency: USD, mode: enforce}", "enforced"));
    const { code, stdout } = await world.run("run", "enforced.spec.md", "--yes");
    assert.equal(code, 4, stdout);
    assert.equal(world.read("enforced-first"), "");
    assert.throws(() => world.read("enforced-second"));
  });

  it("3: a budget without a mode asks before it is passed, and what was finished stays", async () => {
    world.write("asked.spec.md", overBudget("1 USD", "asked"));
    const { code, stdout } = await world.run("run", "asked.spec.md", "--yes");
    assert.equal(code, 3, stdout);
    assert.match(stdout, /planwright answer \S+ allow/);
    assert.equal(world.read("asked-first"), "");
    assert.throws(() => world.read("asked-second"));
  });

  it("3: a failed step that waits for a person, also without a terminal", async () => {
    world.write("pauses.spec.md", `---\nonFailure: pause\n---\n${step("Breaks", '- command: ["false"]')}`);
    assert.equal((await world.run("run", "pauses.spec.md", "--yes")).code, 3);
    assert.equal((await world.run("answer", "skip")).code, 2, "two decisions are open: one must be named");
  });

  it("approve binds to the content: the same spec runs without asking, a changed one does not", async () => {
    world.write("bound.spec.md", step("Bound", "- command: echo one"));
    assert.equal((await world.run("approve", "bound.spec.md")).code, 0);
    assert.equal((await world.run("run", "bound.spec.md", "--no-write-back")).code, 0);
    world.write("bound.spec.md", `A word before.\n\n${step("Bound", "- command: echo one")}`);
    assert.equal((await world.run("run", "bound.spec.md", "--no-write-back")).code, 0, "lines do not matter");
    world.write("bound.spec.md", step("Bound", "- command: echo two"));
    assert.equal((await world.run("run", "bound.spec.md")).code, 3);
  });
});
