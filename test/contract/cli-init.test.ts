import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { TEMPLATE_PLACES, TemplateDialect } from "../../schemas/operations/spec.ts";
import { CliWorld } from "../support/cli.ts";

const Created = z.object({ path: z.string(), files: z.array(z.string()) });
const Parsed = z.object({ dialect: z.string(), diagnostics: z.array(z.json()) });
const Planned = z.object({ steps: z.array(z.json()), diagnostics: z.array(z.object({ code: z.string() })) });

describe("planwright init writes a small new spec (A0)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
  });
  afterEach(() => world.remove());

  it("one that runs to the end as it is, with the agents that are always there", async () => {
    const { code, stdout } = await world.run("init", "Log in page");
    assert.equal(code, 0);
    assert.match(stdout, /Written:\n {2}log-in-page\.spec\.md\n\nNext: planwright plan log-in-page\.spec\.md/);
    const run = await world.run("run", "log-in-page.spec.md", "--yes");
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(world.read("build/both.txt"), /^Hello\n/);
    assert.doesNotMatch(world.read("log-in-page.spec.md"), /\[ \]/);
  });

  for (const dialect of TemplateDialect.options) {
    it(`in ${dialect}: at its place, recognised, without anything to complain about, with a plan`, async () => {
      const { path, files } = await world.json(Created, "init", "Log in page", "--dialect", dialect);
      assert.equal(path, TEMPLATE_PLACES[dialect].replace("NAME", "log-in-page"));
      for (const file of files) assert.ok(world.read(file).endsWith("\n"), file);
      assert.deepEqual(await world.json(Parsed, "spec", path), { dialect, diagnostics: [] });
      const { steps, diagnostics } = await world.json(Planned, "plan", path);
      assert.ok(steps.length >= 4);
      // Which agents there are is a matter of the machine.
      assert.deepEqual(
        diagnostics.filter(({ code }) => code !== "no-agent"),
        [],
      );
    });
  }

  it("never over a file: nothing at all is written then, exit code 2", async () => {
    world.write("specs/001-other/tasks.md", "- [ ] T001 A\n");
    const second = await world.json(Created, "init", "Page", "--dialect", "speckit");
    assert.equal(second.path, "specs/002-page/tasks.md");
    world.write(".kiro/specs/page/requirements.md", "mine");
    const { code, stderr } = await world.run("init", "page", "--dialect", "kiro");
    assert.equal(code, 2);
    assert.match(stderr, /\.kiro\/specs\/page\/requirements\.md is there already, and nothing was written/);
    assert.deepEqual(readdirSync(join(world.folder, ".kiro/specs/page")), ["requirements.md"]);
    assert.equal(world.read(".kiro/specs/page/requirements.md"), "mine");
  });

  it("a spec of ours where the person is, those of other tools where their tool looks", async () => {
    mkdirSync(join(world.folder, ".git"));
    const below = join(world.folder, "docs/it's");
    mkdirSync(below, { recursive: true });
    const here = await world.start(["init", "a"], {}, below).result;
    assert.match(here.stdout, /docs\/it's\/a\.spec\.md\n\nNext: planwright plan a\.spec\.md/);
    const there = await world.start(["init", "a", "--dialect", "kiro"], {}, below).result;
    assert.match(
      there.stdout,
      / {2}\.kiro\/specs\/a\/tasks\.md\n[^]*Next: planwright plan \.\.\/\.\.\/\.kiro\/specs\/a\/tasks\.md/,
    );
  });

  it("what stands beside the tasks of a tool is planned as it is, and it is said where the tasks are", async () => {
    await world.run("init", "a", "--dialect", "speckit");
    const { stderr } = await world.run("plan", "specs/001-a/spec.md");
    assert.match(stderr, /the tasks that belong to specs\/001-a\/spec\.md are in specs\/001-a\/tasks\.md: plan that/);
    assert.equal((await world.run("plan", "specs/001-a/tasks.md")).stderr, "");
    world.write("specs/002-b/plan.md", "# B\n\n- [ ] Look\n");
    assert.equal((await world.run("plan", "specs/002-b/plan.md")).stderr, "");
  });

  it("is named after the folder, lists what there is, and says what it cannot do", async () => {
    assert.match((await world.run("init")).stdout, /workspace\.spec\.md/);
    assert.match((await world.run("init", "--list")).stdout, /speckit +Spec Kit +specs\/001-NAME\/tasks\.md/);
    for (const [words, message] of [
      [["--dialect", "prose"], /there is no template for prose: choose one of spec, /],
      [["!!"], /"!!" has no letters or digits/],
      [[" "], /the name of a new spec has 1 to 100 characters/],
      [["x".repeat(101)], /the name of a new spec has 1 to 100 characters/],
    ] as const) {
      const { code, stderr } = await world.run("init", ...words);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  });
});
