import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CliWorld } from "../support/cli.ts";

const SPEC = `---
inputs:
  stage:
    description: where to
    options: [test, live]
  version: "1.0"
---
- [ ] Release {{version}}
  - command: [sh, release.sh, "{{stage}}"]
- [ ] Say it
  - command: echo "say $INPUT_STAGE $INPUT_VERSION" >> ran
`;

describe("inputs of a spec (A0)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
    world.write("r.spec.md", SPEC);
    world.write("release.sh", 'echo "release $1 $INPUT_VERSION" >> ran\n');
  });
  afterEach(() => world.remove());

  it("are given with --input or have a default, and reach words and environment of the steps", async () => {
    const { code, stdout, stderr } = await world.run("run", "r.spec.md", "--yes", "--input", "stage=test");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /Release 1\.0/);
    assert.match(stdout, / {2}Inputs {2}stage=test\n/);
    assert.deepEqual(world.lines("ran"), ["release test 1.0", "say test 1.0"]);
    assert.equal(world.read("r.spec.md"), SPEC.replaceAll("[ ]", "[x]"));
  });

  it("never become shell text", async () => {
    const evil = "1.0'; touch evil; echo \"`touch evil`$(touch evil)";
    const { code, stderr } = await world.run("run", "r.spec.md", "-y", "-i", "stage=test", "-i", `version=${evil}`);
    assert.equal(code, 0, stderr);
    assert.deepEqual(world.lines("ran"), [`release test ${evil}`, `say test ${evil}`]);
    assert.ok(!existsSync(join(world.folder, "evil")));
  });

  const refused: [string, string[], RegExp][] = [
    [
      "none where one is needed",
      [],
      /r\.spec\.md:3:3: .*input `stage` \(where to\) has no value: give it with --input stage=VALUE/,
    ],
    [
      "an unknown one",
      ["--input", "stage=test", "--input", "versoin=2"],
      /no input `versoin`: did you mean `version`\?/,
    ],
    ["a value that is no option", ["--input", "stage=prod"], /`stage` must be one of test, live, and "prod" is none/],
    ["no value", ["--input", "stage"], /Write NAME=VALUE/],
    ["one twice", ["--input", "stage=test", "--input", "stage=live"], /"stage" is given twice/],
  ];
  for (const [what, words, expected] of refused) {
    it(`refuses ${what}, exit code 2, and runs nothing`, async () => {
      const { code, stderr } = await world.run("run", "r.spec.md", "--yes", ...words);
      assert.equal(code, 2, stderr);
      assert.match(stderr, expected);
      assert.deepEqual(world.lines("ran"), []);
    });
  }

  it("are part of what is approved", async () => {
    const run = (value: string, ...more: string[]): Promise<{ code: number | null }> =>
      world.run("run", "r.spec.md", "--no-write-back", "--input", `stage=${value}`, ...more);
    assert.equal((await run("test", "--yes")).code, 0);
    assert.equal((await run("live")).code, 3);
    assert.equal((await run("test")).code, 0);
    assert.deepEqual(world.lines("ran").length, 4);
  });

  it("stay those of the execution when it is planned again", async () => {
    assert.equal((await world.run("run", "r.spec.md", "--yes", "--input", "stage=live")).code, 0);
    const { code, stdout, stderr } = await world.run("plan", "--against", "latest", "--json");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /"argv":\["sh","release\.sh","live"\]/);
  });

  it("say that they belong to a spec where a plan is named", async () => {
    const { code, stderr } = await world.run("run", "plan-00000000", "--input", "stage=test");
    assert.equal(code, 2);
    assert.match(stderr, /--input stage says how a spec is read, and plan-00000000 is no file/);
  });

  it("are asked for at a terminal, one after another; nothing typed means the default", async () => {
    const terminal = world.startInTerminal("run", "r.spec.md");
    await terminal.printed("stage (where to), one of test, live: ");
    terminal.type("prod");
    await terminal.printed("Please type one of test, live.");
    terminal.type("live");
    await terminal.printed("version [1.0]: ");
    terminal.type("");
    await terminal.printed("Run this plan?");
    terminal.type("y");
    const { code, stdout } = await terminal.result;
    assert.equal(code, 0, stdout);
    assert.deepEqual(world.lines("ran"), ["release live 1.0", "say live 1.0"]);
  });

  it("with --yes only those are asked for that have no default; Ctrl-C plans nothing", async () => {
    const asked = world.startInTerminal("run", "r.spec.md", "--yes");
    await asked.printed("stage (where to)");
    asked.type("test");
    assert.equal((await asked.result).code, 0);
    const left = world.startInTerminal("plan", "r.spec.md");
    await left.printed("stage (where to)");
    left.type("\u0003");
    const { code, stdout } = await left.result;
    assert.equal(code, 130, stdout);
    assert.match(stdout, /the input stage was not given: nothing was planned/);
  });
});
