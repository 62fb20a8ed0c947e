import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { CliWorld } from "../support/cli.ts";
import { isThorough } from "../support/thorough.ts";

const STEPS = 120;

/** Mounting a small disk needs a privilege that a person's session does not have: without it, only the made-up disks are tried. */
const mayMount = process.platform === "linux" && process.getuid?.() === 0;
if (isThorough && !mayMount) console.log("  (fault 5 on a real full disk needs root on Linux: left out)");

/** Writes until nothing more fits. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (let bytes = 64 * 1024; bytes > 0;) {
      try {
        writeSync(file, Buffer.alloc(bytes));
      } catch {
        bytes >>= 1;
      }
    }
  } finally {
    closeSync(file);
  }
}

if (isThorough && mayMount) {
  describe("a disk of 16 MB that is full (J1, C9)", function () {
    this.timeout(120_000);
    let world: CliWorld;
    beforeEach(() => {
      world = new CliWorld();
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", world.folder]);
    });
    afterEach(async () => {
      const pid = world.workerPid();
      if (pid !== null) await world.endWorker("SIGKILL");
      execFileSync("umount", ["-l", world.folder]);
      await world.remove();
    });

    it("fault 5: for real: it says so, starts nothing more, and goes on when there is space; nothing is lost or done twice", async () => {
      const ran = join(world.root, "ran");
      const steps = Array.from(
        { length: STEPS },
        (_, index) => `- [ ] Step ${index}\n  - command: echo ${index} >> ${ran}\n`,
      );
      world.write(
        "t.spec.md",
        `- [ ] First\n  - command: while [ ! -f ${world.root}/go ]; do sleep 0.02; done\n${steps.join("")}`,
      );
      const command = world.start(["run", "t.spec.md", "--yes", "--no-write-back"]);
      await command.printed("▶ First");
      fill(join(world.folder, "filler"));
      writeFileSync(join(world.root, "go"), "");
      await command.complained("no space left");
      const lines = (): number => (existsSync(ran) ? readFileSync(ran, "utf8").split("\n").length - 1 : 0);
      const before = lines();
      assert.ok(before < STEPS);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      assert.ok(lines() <= before + 8, "what was stored runs, nothing else");
      rmSync(join(world.folder, "filler"));
      const { code, stderr } = await command.result;
      assert.equal(code, 0, stderr);
      const done = readFileSync(ran, "utf8").trimEnd().split("\n");
      assert.deepEqual(
        done,
        steps.map((_, index) => String(index)),
      );
      assert.equal((await world.execution()).status, "completed");
    });
  });
}
