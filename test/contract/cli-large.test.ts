import assert from "node:assert/strict";
import { CliWorld } from "../support/cli.ts";

const COUNT = 10_000;
/** What a command may take in the worst case on a busy machine; alone it takes a fraction of it. */
const PATIENCE_MS = 10_000;

describe(`fault 18: a plan of ${COUNT} steps answers at the command line (C5, C13)`, function () {
  this.timeout(120_000);
  const world = new CliWorld();
  before(() => {
    const rest = Array.from({ length: COUNT - 1 }, (_, index) => `- [ ] [P] Step ${index}\n  - command: "true"\n`);
    world.write(
      "large.spec.md",
      `- [ ] First\n  - id: first\n  - command: while [ ! -f go ]; do sleep 0.05; done\n${rest.join("")}`,
    );
  });
  after(() => world.remove());

  const timed = async (...words: string[]): Promise<string> => {
    const started = performance.now();
    const { code, stdout, stderr } = await world.run(...words);
    assert.equal(code, 0, `${words.join(" ")}: ${stdout.slice(-500)}${stderr}`);
    const took = performance.now() - started;
    assert.ok(took < PATIENCE_MS, `${words.join(" ")} took ${Math.round(took)} ms`);
    return stdout;
  };

  it("paused, resumed, asked about, taken up after a crash and cancelled", async () => {
    const command = world.start(["run", "large.spec.md", "--yes", "--no-write-back"]);
    await command.printed("▶ First");
    await timed("pause");
    assert.match(await timed("status"), /paused/);
    await timed("resume", "--detach");
    assert.match(await timed("status"), /running/);
    await world.endWorker("SIGKILL");
    await command.result;
    await timed("resume", "--detach");
    assert.match(await timed("status", "latest"), new RegExp(`0 of ${COUNT} completed`));
    await timed("cancel", "--force");
    const { code } = await world.run("resume");
    assert.equal(code, 130);
    assert.match(await timed("status"), /cancelled/);
  });
});
