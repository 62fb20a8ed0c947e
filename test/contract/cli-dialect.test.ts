import assert from "node:assert/strict";
import { z } from "zod";
import { CliWorld } from "../support/cli.ts";

const Parsed = z.object({ dialect: z.string(), recognised: z.string(), tasks: z.array(z.object({ id: z.string() })) });

const TASKS = "# Tasks\n\n- [ ] T001 First\n- [ ] T002 Second\n";

describe("the dialect of a spec is shown and chosen (A1)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
    world.write("docs/tasks.md", TASKS);
  });
  afterEach(() => world.remove());

  const dialect = async (...words: string[]): Promise<string> =>
    (await world.json(Parsed, "spec", "docs/tasks.md", ...words)).dialect;

  it("spec says as what it was read, why, and how to have it otherwise", async () => {
    const { code, stdout } = await world.run("spec", "docs/tasks.md");
    assert.equal(code, 0);
    assert.match(stdout, /Read as Spec Kit because 2 of its boxes have task ids.*--dialect NAME, with --save for good/);
    const chosen = await world.run("spec", "docs/tasks.md", "--dialect", "checklist");
    assert.match(
      chosen.stdout,
      /Read as Checklist because it was chosen; it would be recognised as Spec Kit because 2/,
    );
  });

  for (const [typed, meant] of [
    ["spec-kit", "speckit"],
    ["SpecKit", "speckit"],
    ["kiro", "kiro"],
    ["OpenSpec", "openspec"],
    ["planwright", "spec"],
    ["checklist", "checklist"],
  ] as const) {
    it(`--dialect ${typed} means ${meant}`, async () => assert.equal(await dialect("--dialect", typed), meant));
  }

  it("an unknown one is refused with those that there are, exit code 2", async () => {
    const { code, stderr } = await world.run("plan", "docs/tasks.md", "--dialect", "jira");
    assert.equal(code, 2);
    assert.match(stderr, /Known are spec, speckit, kiro, /);
  });

  it("--save keeps the choice for everything that reads the spec, and takes it back", async () => {
    assert.equal(await dialect("--dialect", "checklist", "--save"), "checklist");
    assert.deepEqual(JSON.parse(world.read(".planwright/specs.json")), { dialects: { "docs/tasks.md": "checklist" } });
    assert.equal(await dialect(), "checklist");
    assert.equal(await dialect("--dialect", "kiro"), "kiro");
    assert.match((await world.run("plan", "docs/tasks.md")).stdout, /^Tasks {2}plan-\w+, read as Checklist\n/);
    assert.equal(await dialect("--save"), "speckit");
    assert.deepEqual(JSON.parse(world.read(".planwright/specs.json")), { dialects: {} });
  });

  it("a specs.json that cannot be used is told with its place, and decides nothing", async () => {
    world.write(".planwright/specs.json", '{\n  "dialects": { "docs/tasks.md": "jira" }\n}\n');
    const { code, stdout, stderr } = await world.run("spec", "docs/tasks.md");
    assert.equal(code, 0);
    assert.match(stdout, /Read as Spec Kit/);
    assert.match(
      stderr,
      /\.planwright\/specs\.json:2:17: the dialect of docs\/tasks\.md must be one of spec, speckit, /,
    );
    const saved = await world.run("spec", "docs/tasks.md", "--dialect", "kiro", "--save");
    assert.equal(saved.code, 2);
    assert.match(world.read(".planwright/specs.json"), /jira/);
  });

  it("optional tasks run with --optional", async () => {
    world.write("o.spec.md", "- [ ] A\n  - command: echo a >> ran\n- [ ]* B\n  - command: echo b >> ran\n");
    const without = await world.run("run", "o.spec.md", "--yes", "--no-write-back");
    assert.equal(without.code, 0);
    assert.match(without.stdout, /Optional: 1 task left out: --optional runs them/);
    assert.deepEqual(world.lines("ran"), ["a"]);
    assert.equal((await world.run("run", "o.spec.md", "--yes", "--optional")).code, 0);
    assert.deepEqual(world.lines("ran"), ["a", "a", "b"]);
    assert.match(world.read("o.spec.md"), /\[x\] A[^]*\[x\]\* B/);
  });
});
