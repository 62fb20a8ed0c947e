import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { CliWorld, type CliResult } from "../support/cli.ts";

/** "First" runs until `go` is there. */
const SPEC = `- [ ] First
  - id: first
  - command: echo first >> ran; while [ ! -f go ]; do sleep 0.02; done
- [ ] Second
  - id: second
  - command: echo second >> ran
`;

describe("fault 8: a torn or half-written record never stops a start (C9)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
    world.write("t.spec.md", SPEC);
  });
  afterEach(() => world.remove());

  const file = (name: string): string => join(world.folder, ".planwright", name);
  const sql = (statement: string): string =>
    execFileSync("sqlite3", [file("planwright.db"), statement], { encoding: "utf8" });
  /** Overwrites what the record holds of the execution's attempts. */
  const damage = (executionId: string, content: string): void => {
    sql(
      `update event_batches set events = ${content} where execution_id = '${executionId}' and events like '%attempt.started%'`,
    );
  };

  const interrupted = async (): Promise<string> => {
    const command = world.start(["run", "t.spec.md", "--yes", "--no-write-back"]);
    await command.printed("▶ First");
    await world.endWorker("SIGKILL");
    assert.equal((await command.result).code, 70);
    world.write("go", "");
    const [, id = ""] = /planwright resume (run-\w+)/.exec((await command.result).stderr) ?? [];
    assert.notEqual(id, "");
    return id;
  };
  const assertExplained = ({ stdout, stderr }: CliResult): void => {
    assert.doesNotMatch(stdout + stderr, /\n\s+at |internal error/);
  };

  for (const cut of [1, 30, 4_000, 9_000]) {
    it(`the last ${cut} bytes of the write-ahead log are missing: what is whole is there, and the rest runs again`, async () => {
      const executionId = await interrupted();
      const wal = file("planwright.db-wal");
      assert.ok(existsSync(wal), "the dead worker left its write-ahead log");
      truncateSync(wal, Math.max(0, statSync(wal).size - cut));
      const resumed = await world.run("resume", executionId);
      assertExplained(resumed);
      const known = sql("select count(*) from executions") !== "0\n";
      assert.equal(resumed.code, known ? 0 : 2, resumed.stdout + resumed.stderr);
      if (known) assert.equal(world.lines("ran").at(-1), "second");
      assert.equal((await world.run("run", "t.spec.md", "--yes")).code, 0, "the record can be used");
    });
  }

  it("an event that cannot be read is told of with its execution, and the others can be used", async () => {
    world.write("waits.spec.md", '---\nonFailure: pause\n---\n- [ ] Breaks\n  - command: ["false"]\n');
    assert.equal((await world.run("run", "waits.spec.md", "--yes")).code, 3);
    const { executionId: damaged } = await world.execution();
    world.write("go", "");
    assert.equal((await world.run("run", "t.spec.md", "--yes", "--no-write-back")).code, 0);
    const { executionId: other } = await world.execution();
    await world.endWorker("SIGTERM");
    damage(damaged, `'[{"nonsense": tru'`);
    const list = await world.run("status");
    assert.equal(list.code, 0, list.stderr);
    assertExplained(list);
    assert.match(list.stdout + list.stderr, new RegExp(`record of execution ${damaged} cannot be read`));
    for (const words of [
      ["status", damaged],
      ["resume", damaged],
      ["cancel", damaged],
      ["retry", damaged],
      ["report", damaged],
    ]) {
      const refused = await world.run(...words);
      assertExplained(refused);
      assert.notEqual(refused.code, 0, words.join(" "));
      assert.match(refused.stderr, new RegExp(damaged), words.join(" "));
    }
    assert.equal((await world.run("status", other)).code, 0);
    assert.equal((await world.run("rerun", other, "second")).code, 0);
    const [decision] = await world.inbox();
    const answer = await world.run("answer", decision?.decisionId ?? "", "retry");
    assertExplained(answer);
    assert.match(answer.stderr, new RegExp(`${damaged} cannot be read`));
  });

  it("an event of an unknown kind is told of as well, not taken for something else", async () => {
    const damaged = await interrupted();
    assert.equal((await world.execution()).status, "interrupted");
    // Nobody else may write into the record before its worker has closed it.
    await world.endWorker("SIGTERM");
    damage(damaged, "replace(events, 'attempt.started', 'attempt.teleported')");
    const refused = await world.run("resume", damaged);
    assertExplained(refused);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, new RegExp(`${damaged}.*cannot be read`));
    assert.equal((await world.run("run", "t.spec.md", "--yes")).code, 0);
  });
});
