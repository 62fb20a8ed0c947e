import assert from "node:assert/strict";
import { CliWorld } from "../support/cli.ts";

describe("the timeout of a whole execution, at the command line (C2)", function () {
  this.timeout(30_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
  });
  afterEach(() => world.remove());

  it("ends it as failed, names the timeout, and leaves no process", async () => {
    world.write(
      "t.spec.md",
      "---\ntimeout: 1s\n---\n- [ ] Long\n  - id: long\n  - command: echo $$ > pid; sleep 60\n- [ ] Never\n  - command: touch never\n",
    );
    const { code, stdout } = await world.run("run", "t.spec.md", "--yes");
    assert.equal(code, 1, stdout);
    const { failure, steps } = await world.execution();
    assert.equal(failure?.code, "timeout");
    assert.match(failure.message, /1s/);
    assert.deepEqual(
      steps.map(({ status }) => status),
      ["cancelled", "cancelled"],
    );
    assert.throws(() => process.kill(Number(world.read("pid")), 0));
  });

  it("does not count while a person is waited for", async () => {
    world.write(
      "w.spec.md",
      "---\ntimeout: 1500ms\nonFailure: pause\n---\n- [ ] Breaks\n  - command: test -f mended\n- [ ] Then\n  - command: touch then\n",
    );
    assert.equal((await world.run("run", "w.spec.md", "--yes")).code, 3);
    // The time itself is what is tested here; nothing else could be waited for.
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    assert.equal((await world.execution()).status, "waiting");
    world.write("mended", "");
    assert.equal((await world.run("answer", "retry")).code, 0);
    const { code, stdout } = await world.run("resume");
    assert.equal(code, 0, stdout);
    assert.equal(world.read("then"), "");
  });
});
