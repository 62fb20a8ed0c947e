import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Report } from "../../schemas/report.ts";
import { replaceSpecFile } from "../../worker/server/replace-file.ts";
import { CliWorld } from "../support/cli.ts";
import { eventually } from "../support/editor/eventually.ts";

const PROCESS = fileURLToPath(new URL("../support/ticking-process.ts", import.meta.url));

describe("fault: a spec is replaced whole or not at all (A8)", function () {
  this.timeout(60_000);
  let folder: string;
  let path: string;
  const open = "- [ ] a task with some words\r\n".repeat(20_000);
  const ticked = open.replaceAll("[ ]", "[x]");

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "planwright-replace-")));
    path = join(folder, "tasks.md");
    writeFileSync(path, open);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("kill -9 at any moment leaves the old or the new text, and the next write clears up", async () => {
    const seen = new Set<string>();
    let leftOvers = 0;
    for (let round = 0; round < 12; round += 1) {
      const child = spawn(process.execPath, [PROCESS, path, "1000000"], { stdio: ["ignore", "pipe", "inherit"] });
      await once(child.stdout, "data");
      // Any moment: each round another one.
      await sleep((round * 7) % 29);
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
      const text = readFileSync(path, "utf8");
      assert.ok(text === open || text === ticked, `${text.length} characters`);
      seen.add(text);
      leftOvers += readdirSync(folder).length - 1;
    }
    assert.equal(seen.size, 2, "it was killed after old and after new ones");
    assert.ok(leftOvers > 0, "it was killed in the middle of a write");
    const text = readFileSync(path, "utf8");
    assert.equal(await replaceSpecFile(path, text, "new\n"), true);
    assert.deepEqual(readdirSync(folder), ["tasks.md"]);
  });

  it("a disk that takes no more leaves the old text and nothing else, and says so", function () {
    if (process.platform === "win32") this.skip();
    // The limit of a file's size stands for that of the disk.
    const line = `ulimit -f 64; exec "${process.execPath}" "${PROCESS}" "${path}"`;
    const { stdout } = spawnSync("sh", ["-c", line], { encoding: "utf8" });
    assert.equal(stdout, "ready\nthere is no space left for it: make some room");
    assert.equal(readFileSync(path, "utf8"), open);
    assert.deepEqual(readdirSync(folder), ["tasks.md"]);
  });
});

/** Numbered as in Kiro, each a process of `ms`; no line break at the end, and lines of two kinds. */
const steps = (count: number): string =>
  Array.from(
    { length: count },
    (_, index) => `- [ ] ${index + 1}. Task ${index + 1}  \r\n  - _Requirements: 1.1_`,
  ).join("\n");

describe("fault: the worker dies while it ticks (A8, C9)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
    const capabilities = ["code_generation", "testing", "documentation", "code_review", "document_analysis"];
    const adapter = { kind: "command", argv: ["sh", "-c", "sleep 0.2"] };
    const agents = [{ id: "hand", name: "Hand", capabilities: capabilities.map((name) => ({ name })), adapter }];
    world.write(".planwright/agents.json", JSON.stringify({ agents }));
    world.write(".kiro/specs/a/tasks.md", steps(12));
  });
  afterEach(() => world.remove());

  const file = ".kiro/specs/a/tasks.md";
  const done = (): number => world.read(file).split("[x]").length - 1;

  it("the next one ticks the rest, and does not tick again what a person has opened meanwhile", async () => {
    const run = world.start(["run", file, "--yes"]);
    // The evidence of the first ticks is in the record when the second ones follow.
    await eventually(() => assert.ok(done() > 0));
    const first = done();
    await eventually(() => assert.ok(done() > first));
    await world.endWorker("SIGKILL");
    await run.result;
    assert.equal(world.read(file).replaceAll("[x]", "[ ]"), steps(12), "nothing but boxes has changed");
    world.write(file, `# Mine\r\n\r\n${world.read(file).replace("[x] 1.", "[ ] 1.")}`);
    const resumed = await world.run("resume", "latest");
    assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
    assert.equal(world.read(file), `# Mine\r\n\r\n${steps(12).replaceAll("[ ]", "[x]").replace("[x] 1.", "[ ] 1.")}`);
    assert.match(resumed.stdout + resumed.stderr, /the box of "Task 1" .*opened again since/);
    const report = await world.json(Report, "report", "latest");
    assert.deepEqual(
      report.boxes.left.filter(({ reason }) => !reason.includes("already")).map(({ task }) => task),
      ["1"],
    );
    assert.ok(report.boxes.ticked.every(({ evidence }) => evidence?.proof.exitCode === 0));
    assert.ok(report.boxes.ticked.some(({ task, line }) => task === "12" && line === 25));
  });

  it("with --no-write-back the file stays as it is, also after a crash", async () => {
    const run = world.start(["run", file, "--yes", "--no-write-back"]);
    await run.printed("✔ 2 Task 2");
    await world.endWorker("SIGKILL");
    await run.result;
    assert.equal((await world.run("resume", "latest")).code, 0);
    assert.equal(world.read(file), steps(12));
    assert.deepEqual((await world.json(Report, "report", "latest")).boxes, { ticked: [], left: [] });
  });
});
