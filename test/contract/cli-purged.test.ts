import assert from "node:assert/strict";
import { join } from "node:path";
import { CliWorld } from "../support/cli.ts";
import { sqlite3 } from "../support/store.ts";

describe("an execution that is no longer kept (J2, K5)", function () {
  this.timeout(60_000);
  let world: CliWorld;

  beforeEach(() => {
    world = new CliWorld();
  });

  afterEach(() => world.remove());

  it("is said to be purged, when and why, wherever somebody asks for it", async () => {
    world.write("a.spec.md", "# Gone\n\n- [ ] One\n  - command: [true]\n");
    await world.run("run", "a.spec.md", "--yes", "--no-write-back");
    const { executionId } = await world.execution();
    await world.endWorker("SIGTERM");
    const set = "UPDATE executions SET purged_at = '2026-02-03T04:05:06.000Z'; DELETE FROM event_batches;";
    await sqlite3(join(world.folder, ".planwright", "planwright.db"), set);
    const said = new RegExp(
      `execution ${executionId} of "Gone" \\(completed on 20..-..-..\\) was purged on 2026-02-03, because executions are kept for 30d; its report is still in .*${executionId}\\.md`,
    );
    for (const command of ["status", "report", "logs", "resume"]) {
      const { code, stderr } = await world.run(command, executionId);
      assert.match(stderr, said, command);
      assert.equal(code, 2);
    }
    assert.match((await world.run("status")).stdout, /No execution is on record/);
  });
});
