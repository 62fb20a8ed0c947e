import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CliWorld, endProcess } from "../support/cli.ts";

const Status = z.looseObject({
  status: z.string(),
  executionId: z.string(),
  steps: z.array(z.looseObject({ id: z.string(), status: z.string() })),
});

/** Pids of processes whose environment names a step of an execution in this workspace. */
function agentProcesses(world: CliWorld): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
        return environment.includes("PLANWRIGHT_EXECUTION_ID=") && environment.includes(world.folder);
      } catch {
        return false;
      }
    })
    .map(Number);
}

const LONG = (world: CliWorld): string =>
  `- [ ] Quick\n  - command: touch quick\n- [ ] Long\n  - id: long\n  - env: HERE=${world.folder}\n\n  \`\`\`sh\n  setsid sh -c 'trap "" TERM; while true; do sleep 0.2; done' &\n  trap "" TERM\n  touch started\n  while true; do sleep 0.2; done\n  \`\`\`\n- [ ] After\n  - command: touch after\n`;

describe("processes, signals and crashes, from the command line (C5, C9, C10)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
    world.write("long.spec.md", LONG(world));
  });
  afterEach(() => world.remove());

  it("Ctrl-C cancels: nothing starts any more, the whole tree is gone, exit code 130", async () => {
    const command = world.start(["run", "long.spec.md", "--yes"]);
    await command.printed("▶ Long");
    command.process.kill("SIGINT");
    await command.complained("Cancelling");
    command.process.kill("SIGINT");
    const { code, stdout } = await command.result;
    assert.equal(code, 130, stdout);
    assert.deepEqual(agentProcesses(world), []);
    assert.throws(() => world.read("after"));
    const execution = await world.json(Status, "status", "latest");
    assert.equal(execution.status, "cancelled");
    assert.deepEqual(
      execution.steps.map(({ status }) => status),
      ["completed", "cancelled", "cancelled"],
    );
  });

  it("fault 2: a closed terminal leaves the execution running, and cancel ends it from elsewhere", async () => {
    const command = world.start(["run", "long.spec.md", "--yes"]);
    await command.printed("▶ Long");
    command.process.kill("SIGHUP");
    await command.result;
    assert.equal((await world.json(Status, "status", "latest")).status, "running");
    assert.equal((await world.run("cancel", "--force")).code, 0);
    const followed = await world.run("logs", "--follow", "--json");
    assert.equal(followed.code, 0);
    assert.equal((await world.json(Status, "status", "latest")).status, "cancelled");
    assert.deepEqual(agentProcesses(world), []);
  });

  it("fault 1: kill -9 of the worker: what was acknowledged is there, the execution shows as interrupted, left-overs are ended", async () => {
    const command = world.start(["run", "long.spec.md", "--yes", "--json"]);
    await command.printed('"stepId":"long"');
    const pid = world.workerPid();
    assert.ok(pid !== null);
    await endProcess(pid, "SIGKILL");
    const { code, stdout, stderr } = await command.result;
    assert.equal(code, 70);
    assert.match(stderr, /worker/);
    const acknowledged = stdout
      .trimEnd()
      .split("\n")
      .filter((line) => line.includes('"seq"')).length;
    const execution = await world.json(Status.extend({ seq: z.int() }), "status", "latest");
    assert.equal(execution.status, "interrupted");
    assert.ok(execution.seq >= acknowledged, `${execution.seq} events in the record, ${acknowledged} acknowledged`);
    assert.equal(execution.steps[0]?.status, "completed");
    assert.deepEqual(agentProcesses(world), [], "processes of the dead worker");
    assert.equal((await world.run("cancel")).code, 0);
    assert.equal((await world.json(Status, "status", "latest")).status, "cancelled");
    assert.equal(readdirSync(join(world.folder, ".planwright", "reports")).length, 2, "a report in both forms");
  });

  it("sqlite3 reads the record during a run and cannot write it (J3)", async () => {
    const command = world.start(["run", "long.spec.md", "--yes"]);
    await command.printed("▶ Long");
    const file = join(world.folder, ".planwright", "planwright.db");
    const query = "select step_id, status from step_executions order by step_id";
    const rows = (): string => execFileSync("sqlite3", [file, query], { encoding: "utf8" });
    // The tables follow the events within a tenth of a second.
    for (let seen = rows(); !seen.includes("long|running"); seen = rows())
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.throws(() => execFileSync("sqlite3", [file, "delete from plans"], { stdio: "pipe" }));
    command.process.kill("SIGINT");
    await command.complained("Cancelling");
    command.process.kill("SIGINT");
    assert.equal((await command.result).code, 130);
  });

  it("two commands at once share one worker", async () => {
    world.write("a.spec.md", "- [ ] A\n  - command: echo a\n");
    world.write("b.spec.md", "- [ ] B\n  - command: echo b\n");
    const results = await Promise.all([
      world.run("run", "a.spec.md", "--yes"),
      world.run("run", "b.spec.md", "--yes"),
      world.run("status"),
    ]);
    assert.deepEqual(
      results.map(({ code }) => code),
      [0, 0, 0],
      results.map(({ stderr }) => stderr).join(),
    );
  });
});
