import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { CliWorld } from "../support/cli.ts";

/** A step that writes its beginning and its end, and takes long enough to overlap with one that does not wait. */
const marked = (id: string, attributes: string, before = ""): string =>
  `- [ ] [P] Step ${id}\n  - id: ${id}\n${attributes}\n  \`\`\`sh\n  ${before}echo "+${id}" >> marks\n  sleep 0.15\n  echo "-${id}" >> marks\n  \`\`\`\n`;
/** Two steps that succeed only when both are at work at the same time. */
const meeting = (attributes: string, before = ""): string =>
  [
    ["a", "b"],
    ["b", "a"],
  ]
    .map(
      ([id, other]) =>
        `- [ ] [P] Step ${id}\n  - id: ${id}\n${attributes}\n  \`\`\`sh\n  ${before}touch met-${id}\n  for try in $(seq 500); do [ -f met-${other} ] && exit 0; sleep 0.02; done\n  exit 1\n  \`\`\`\n`,
    )
    .join("");
const bullet = (text: string): string => `  - ${text}\n`;

describe("locks and pools keep steps apart, at the command line (C12)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
  });
  afterEach(() => world.remove());

  /** The greatest number of steps that were at work at the same time. */
  const atOnce = (): number => {
    let now = 0;
    let most = 0;
    for (const mark of world.lines("marks")) {
      now += mark.startsWith("+") ? 1 : -1;
      most = Math.max(most, now);
    }
    assert.equal(now, 0);
    return most;
  };
  const run = async (spec: string): Promise<void> => {
    world.write("l.spec.md", spec);
    const { code, stdout, stderr } = await world.run("run", "l.spec.md", "--yes");
    assert.equal(code, 0, stdout + stderr);
  };

  const apart: [what: string, spec: string][] = [
    ["one named lock", marked("a", bullet("locks: db")) + marked("b", bullet("locks: db, other"))],
    ["one file", marked("a", bullet("files: notes.txt")) + marked("b", bullet("files: notes.txt"))],
    [
      "a folder and a file in it",
      marked("a", bullet("files: src/**")) + marked("b", bullet("files: src/deep/notes.txt")),
    ],
    ["one port", marked("a", "", "true --port 8123; ") + marked("b", "", "PORT=8123 true; ")],
    [
      "one database",
      marked("a", bullet("env: DATABASE_URL=postgres://u:secret@localhost/app")) +
        marked("b", bullet("env: DATABASE_URL=postgres://localhost/app")),
    ],
  ];
  for (const [what, spec] of apart) {
    it(`two steps with ${what} never overlap`, async () => {
      await run(spec);
      assert.equal(atOnce(), 1);
    });
  }

  it("without anything in common they overlap, as the tests above would see", async () => {
    await run(meeting(""));
  });

  it("a pool lets as many in as it has places", async () => {
    const steps = ["a", "b", "c", "d", "e"].map((id) => marked(id, bullet("locks: gpu"))).join("");
    await run(`---\npools: {gpu: 2}\nmaxConcurrent: 5\n---\n${steps}`);
    assert.ok(atOnce() <= 2, String(atOnce()));
    await run(`---\npools: {gpu: 2}\n---\n${meeting(bullet("locks: gpu"))}`);
  });

  it("locks: none switches inference off for a step, inferLocks: false for the spec", async () => {
    await run(meeting(bullet("locks: none"), "true --port 8123; "));
    for (const id of ["a", "b"]) rmSync(join(world.folder, `met-${id}`));
    await run(`---\ninferLocks: false\n---\n${meeting("", "true --port 8123; ")}`);
  });

  it("two executions that two processes started respect each other's locks", async () => {
    for (const name of ["x", "y"]) {
      const steps = [1, 2, 3].map((number) => marked(`${name}${number}`, bullet("locks: db"))).join("");
      world.write(`${name}.spec.md`, steps);
    }
    const results = await Promise.all([world.run("run", "x.spec.md", "--yes"), world.run("run", "y.spec.md", "--yes")]);
    assert.deepEqual(
      results.map(({ code }) => code),
      [0, 0],
    );
    assert.equal(world.lines("marks").length, 12);
    assert.equal(atOnce(), 1);
  });

  it("a step that waits for a lock says for which, and who holds it", async () => {
    world.write(
      "w.spec.md",
      "- [ ] [P] Holds\n  - id: holds\n  - locks: db\n  - command: while [ ! -f go ]; do sleep 0.02; done\n- [ ] [P] Waits\n  - id: waits\n  - locks: db\n  - command: touch waited\n",
    );
    const command = world.start(["run", "w.spec.md", "--yes"]);
    await command.printed("▶ Holds");
    const blocker = (await world.execution()).steps[1]?.blocker;
    assert.equal(blocker?.kind, "lock");
    assert.match(blocker.detail, /db/);
    assert.deepEqual(blocker.steps, ["holds"]);
    world.write("go", "");
    assert.equal((await command.result).code, 0);
  });
});
