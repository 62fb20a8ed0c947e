import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Report } from "../../schemas/report.ts";
import { SpecRequirement } from "../../schemas/spec.ts";
import { CliWorld } from "../support/cli.ts";

const SPEC = ".kiro/specs/shop/tasks.md";
const REQUIREMENTS = ".kiro/specs/shop/requirements.md";

const WANTED = `# Requirements Document

### Requirement 1: Login

#### Acceptance Criteria

1. WHEN a person logs in THEN the system SHALL greet
2. WHEN the password is wrong THEN the system SHALL refuse
3. THE system SHALL sing
`;

const TASKS = `# Plan

- [ ] 1. Log in
  - [ ] 1.1 Form
    - _Requirements: 1.1_
  - [ ] 1.2 Check
    - _Requirements: 1.1-1.2_
  - [ ]* 1.3 Tests
    - _Requirements: 1.2_
- [ ] 2. Checkpoint - all works

## Task Dependency Graph

\`\`\`json
{ "waves": [{ "id": 0, "tasks": ["1.2"] }, { "id": 1, "tasks": ["1.1", "1.3"] }] }
\`\`\`
`;

const CODER = {
  ...{ id: "coder", name: "Coder", type: "general", adapter: { kind: "command", argv: ["true"] } },
  capabilities: [{ name: "code_generation" }, { name: "testing" }],
};

const Parsed = z.object({ dialect: z.string(), requirements: z.array(SpecRequirement) });

describe("a Kiro spec, from its requirements to the report (A1, L2)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
    world.write(SPEC, TASKS);
    world.write(REQUIREMENTS, WANTED);
    world.write(".planwright/agents.json", JSON.stringify({ agents: [CODER] }));
  });
  afterEach(() => world.remove());

  it("is planned by its waves, runs, is ticked, and the report says what serves each criterion", async () => {
    const plan = await world.run("plan", SPEC, "--why");
    assert.match(
      plan.stdout,
      /warning: no task refers to 1\.3 \(\.kiro\/specs\/shop\/requirements\.md:9, "THE system SHALL sing"\)/,
    );
    assert.match(plan.stdout, /after 1\.2: is in a later wave than "Check"/);
    assert.match(plan.stdout, /serves 1\.2: WHEN the password is wrong THEN the system SHALL refuse/);
    const run = await world.run("run", SPEC, "--yes");
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(world.read(SPEC).match(/\[[ x]\]\*? [\d.]+/g), [
      "[x] 1.",
      "[x] 1.1",
      "[x] 1.2",
      "[ ]* 1.3",
      "[x] 2.",
    ]);
    const { requirements } = await world.json(Report, "report");
    assert.deepEqual(
      requirements.map(
        ({ id, state, tasks }) => `${id} ${state}: ${tasks.map((task) => `${task.id} ${task.status}`).join(", ")}`,
      ),
      ["1.1 done: 1.1 completed, 1.2 completed", "1.2 done: 1.3 skipped, 1.2 completed", "1.3 uncovered: "],
    );
    assert.match(
      (await world.run("report")).stdout,
      /\n## Requirements\n[^]*\| `1\.3` \| THE system SHALL sing \| ✘ no task \|/,
    );
  });

  it("optional tasks run when they are wanted", async () => {
    assert.equal((await world.run("run", SPEC, "--yes", "--optional")).code, 0);
    assert.doesNotMatch(world.read(SPEC), /\[ \]/);
  });

  it("the requirements are shown, and cannot be planned without their tasks", async () => {
    const parsed = await world.json(Parsed, "spec", REQUIREMENTS);
    assert.deepEqual([parsed.dialect, parsed.requirements.length], ["kiro-requirements", 4]);
    const shown = await world.run("spec", REQUIREMENTS);
    assert.deepEqual([shown.code, /\n {5}8 {4}1\.2 {2}WHEN the password/.test(shown.stdout)], [0, true], shown.stdout);
    const refused = await world.run("plan", REQUIREMENTS);
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /has requirements and no tasks: plan \.kiro\/specs\/shop\/tasks\.md, which is beside it/,
    );
    rmSync(join(world.folder, SPEC));
    assert.match((await world.run("plan", REQUIREMENTS)).stderr, /write tasks that refer to them into .*tasks\.md/);
  });

  it("is planned all the same without requirements, or with some that may not or cannot be read", async () => {
    const criteria = async (): Promise<number> => (await world.json(Parsed, "spec", SPEC)).requirements.length;
    const place = join(world.folder, REQUIREMENTS);
    assert.equal(await criteria(), 4);
    rmSync(place);
    assert.equal(await criteria(), 0);
    mkdirSync(place);
    assert.equal(await criteria(), 0);
    rmSync(place, { recursive: true });
    // What a link leads to outside of the workspace is none of its business.
    symlinkSync(world.write("../outside.md", WANTED), place);
    assert.equal(await criteria(), 0);
    rmSync(place);
    symlinkSync(world.write("docs/wanted.md", WANTED), place);
    assert.equal(await criteria(), 4);
    assert.equal((await world.run("run", SPEC, "--yes")).code, 0);
  });
});
