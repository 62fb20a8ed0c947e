import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CliWorld } from "../support/cli.ts";

const Planned = z.object({
  planId: z.string(),
  title: z.string(),
  specPath: z.string(),
  dialect: z.string(),
  steps: z.array(z.object({ id: z.string() })),
});

const WRITER = {
  id: "writer",
  name: "Writer",
  type: "general",
  capabilities: ["document_analysis", "code_generation", "code_review", "testing"].map((name) => ({ name })),
  adapter: { kind: "command", argv: ["sh", "-c", "cat >> said; echo >> said"] },
};

describe("words are planned and run like a file (A0)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
  });
  afterEach(() => world.remove());

  function keptTexts(): string[] {
    const folder = join(world.folder, ".planwright/specs");
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".md")) : [];
  }

  it("a sentence on the command line goes to the agents, and is kept for the person alone", async () => {
    world.write(".planwright/agents.json", JSON.stringify({ agents: [WRITER] }));
    const { code, stdout, stderr } = await world.run("run", "fix the failing test in src/x", "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.match(world.read("said"), /fix the failing test in src\/x/);
    const [kept = "", more] = keptTexts();
    assert.equal(more, undefined);
    assert.match(kept, /^fix-the-failing-test-in-src-x-[a-z0-9]{8}\.md$/);
    assert.equal(world.read(`.planwright/specs/${kept}`), "fix the failing test in src/x");
    assert.equal(statSync(join(world.folder, ".planwright/specs", kept)).mode & 0o077, 0);
    assert.equal(world.read(".planwright/specs/.gitignore"), "*\n");
    assert.match((await world.run("status", "latest")).stdout, /fix the failing test in src\/x/);
    assert.match((await world.run("report", "latest")).stdout, /fix the failing test in src\/x/);
  });

  it("the standard input may be any spec; its boxes are ticked where it is kept, and it is planned again from there", async () => {
    const text = "# Two\n\n- [ ] A\n  - command: echo a >> ran\n- [ ] B\n  - command: echo b >> ran\n";
    const { code, stdout, stderr } = await world.feed(text, "run", "-", "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual(world.lines("ran"), ["a", "b"]);
    const path = `.planwright/specs/${keptTexts()[0] ?? ""}`;
    assert.equal(world.read(path), text.replaceAll("[ ]", "[x]"));
    const again = await world.json(Planned, "plan", "--against", "latest");
    assert.deepEqual([again.specPath, again.dialect, again.steps.length], [path, "spec", 2]);
    assert.deepEqual((await world.json(Planned, "plan", path)).steps, []);
  });

  it("without --yes the plan is kept for an approval by its id, exit code 3", async () => {
    const first = await world.feed("- [ ] A\n  - command: echo a >> ran\n", "run", "-");
    assert.equal(first.code, 3, first.stderr);
    const [, planId = ""] = /planwright approve (plan-\w+)/.exec(first.stderr) ?? [];
    assert.equal((await world.run("approve", planId)).code, 0);
    assert.equal((await world.run("run", planId)).code, 0);
    assert.deepEqual(world.lines("ran"), ["a"]);
  });

  it("a dry run writes nothing", async () => {
    const { code, stdout } = await world.run("run", "--dry-run", "--", "- [ ] A\n  - command: echo a >> ran\n");
    assert.equal(code, 0, stdout);
    assert.match(stdout, /nothing was run or recorded/);
    assert.deepEqual(readdirSync(world.folder), []);
  });

  it("the text is read as --dialect says", async () => {
    const plan = await world.json(Planned, "plan", "Tasks:\n\n- [ ] T001 A\n- [ ] T002 B", "--dialect", "spec-kit");
    assert.deepEqual([plan.dialect, plan.steps.map(({ id }) => id)], ["speckit", ["T001", "T002"]]);
  });

  const unusable: [string, string | Uint8Array, RegExp][] = [
    ["nothing", "", /there is no text/],
    ["blanks", " \n\t\n", /there is no text/],
    ["bytes that are no text", new Uint8Array([0x61, 0xff, 0xfe, 0x20]), /not in UTF-8/],
    ["NUL characters", "a\0b c", /binary/],
    ["more than a spec may have", "a b ".repeat(300_000), /longer than 1,000,000 characters/],
    ["very much more", "a b ".repeat(1_500_000), /too long for a spec/],
  ];
  for (const [what, input, expected] of unusable) {
    it(`refuses ${what} on the standard input, exit code 2, and keeps nothing`, async () => {
      const { code, stderr } = await world.feed(input, "run", "-", "--yes");
      assert.equal(code, 2, stderr);
      assert.match(stderr, expected);
      assert.deepEqual(keptTexts(), []);
    });
  }

  it("a single word, the name of a spec that is not there and nothing are no text", async () => {
    const expected: [string, RegExp][] = [
      ["nosuch", /nosuch does not exist: check the name, or say in more than one word/],
      ["my first.spec.md", /this file does not exist/],
      ["docs/tasks.md", /this file does not exist/],
      ["", /there is no text/],
    ];
    for (const [word, message] of expected) {
      const { code, stderr } = await world.run("plan", word);
      assert.equal(code, 2, word);
      assert.match(stderr, message);
    }
    assert.match((await world.run("run", "nosuch")).stderr, /there is no plan "nosuch"/);
    assert.match((await world.run("plan", "- [ ] A")).stderr, /behind two: planwright plan -- "- \[ \]/);
  });
});
