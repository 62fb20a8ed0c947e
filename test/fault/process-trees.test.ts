import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { endLeftOvers } from "../../worker/agents/left-overs.ts";
import { listProcesses } from "../../worker/agents/process-list.ts";
import { aliveOf, inWorkspace, isRunning, TestAttempt } from "../support/attempts.ts";

const NODE = JSON.stringify(process.execPath);

/** Programs that do not want to end, each says `up PID` for its deepest process. Long sleeps: a leak would be seen. */
const STUBBORN: Readonly<Record<string, string>> = {
  "a program that ignores the request": `trap '' TERM INT HUP; echo up $$; while :; do sleep 600; done`,
  "a child that ignores the request": `sh -c 'trap "" TERM; echo up $$; while :; do sleep 600; done'; true`,
  "a grandchild in a session of its own": `sh -c "setsid sh -c 'trap \\"\\" TERM; echo up \\$\\$; while :; do sleep 600; done'"; true`,
  "a double fork": `(setsid sh -c 'trap "" TERM; (echo up $$; exec sleep 600) & wait' &) ; sleep 600`,
  "a child that cleared its environment": `env -i /bin/sh -c 'trap "" TERM; echo up $$; while :; do /bin/sleep 600; done'; true`,
  "a clean environment in a session of its own": `setsid env -i /bin/sh -c 'echo up $$; /bin/sleep 600' & wait`,
  "a clean session whose parent ends first": `setsid env -i /bin/sh -c 'trap "" TERM; echo up $$; /bin/sleep 600; /bin/sleep 600' & wait`,
  "a supervisor that starts its child again": `trap '' TERM; echo up $$; while :; do sleep 600 & wait $!; done`,
  "a stopped process": `sh -c 'echo up $$; kill -STOP $$'; sleep 600`,
};

describe("fault 3 and fault 4: stopping an attempt ends its whole process tree (C5, invariant 6)", function () {
  this.timeout(30_000);
  for (const [what, script] of Object.entries(STUBBORN)) {
    it(what, () =>
      inWorkspace(async (folder) => {
        const attempt = new TestAttempt(folder, script);
        const pid = Number((await attempt.said(/up (\d+)\n/))[1]);
        assert.ok(await isRunning(pid));
        attempt.stop(150);
        assert.equal((await attempt.result).outcome, "cancelled");
        assert.equal(await isRunning(pid), false);
        assert.deepEqual(await aliveOf(attempt.id), []);
      }),
    );
  }

  it("a child that is born while its parent is asked to end, in a clean session", () =>
    inWorkspace(async (folder) => {
      // The session's number is in the output, and nobody else is in it.
      const script = `setsid env -i /bin/sh -c 'trap "/bin/sleep 600 & exit" TERM; echo up $$; while :; do /bin/sleep 0.01; done' & wait`;
      const attempt = new TestAttempt(folder, script);
      const session = Number((await attempt.said(/up (\d+)\n/))[1]);
      attempt.stop(20_000);
      await attempt.result;
      assert.deepEqual(
        (await listProcesses()).filter((info) => info.session === session),
        [],
      );
    }));

  it("lets a stopped program see the request", () =>
    inWorkspace(async (folder) => {
      const attempt = new TestAttempt(folder, `trap 'echo cleaned; exit 0' TERM; echo up; kill -STOP $$; sleep 600`);
      await attempt.said(/up/);
      attempt.stop(20_000);
      await attempt.result;
      assert.match(attempt.output, /cleaned/);
    }));

  it("lets a program that wants to end do so within the grace period", () =>
    inWorkspace(async (folder) => {
      const attempt = new TestAttempt(
        folder,
        `trap 'echo cleaned; exit 0' TERM; echo up; while :; do sleep 0.01; done`,
      );
      await attempt.said(/up/);
      attempt.stop(20_000);
      assert.equal((await attempt.result).outcome, "cancelled");
      assert.match(attempt.output, /cleaned/);
    }));

  it("shortens the grace period when asked again, and never lengthens it", () =>
    inWorkspace(async (folder) => {
      const attempt = new TestAttempt(folder, `trap 'echo asked' TERM; echo up; while :; do sleep 0.01 || true; done`);
      await attempt.said(/up/);
      attempt.stop(3_600_000);
      await attempt.said(/asked/);
      attempt.stop(0);
      attempt.stop(3_600_000);
      const end = await attempt.result;
      assert.deepEqual(end.result.end, { exitCode: null, signal: "SIGKILL" });
      assert.equal(attempt.output.match(/asked/g)?.length, 1);
    }));

  it("leaves the attempts beside it alone", () =>
    inWorkspace(async (folder) => {
      const stopped = new TestAttempt(folder, "echo up; sleep 600");
      const other = new TestAttempt(folder, "echo up; while ! [ -e go ]; do sleep 0.01; done");
      await Promise.all([stopped.said(/up/), other.said(/up/)]);
      stopped.stop(0);
      await stopped.result;
      await writeFile(join(folder, "go"), "");
      assert.equal((await other.result).outcome, "succeeded");
    }));
});

describe("fault 4: what a command leaves running", function () {
  this.timeout(30_000);

  it("does not hold the attempt although it holds the output, and is ended", () =>
    inWorkspace(async (folder) => {
      const attempt = new TestAttempt(
        folder,
        `sleep 600 & setsid sh -c 'trap "" TERM; echo up $$; while :; do sleep 600; done' & 
        while ! [ -e go ]; do sleep 0.01; done; echo done`,
      );
      const pid = Number((await attempt.said(/up (\d+)/))[1]);
      await writeFile(join(folder, "go"), "");
      const end = await attempt.result;
      assert.deepEqual([end.outcome, end.result.end?.exitCode], ["succeeded", 0]);
      assert.match(attempt.output, /done/);
      assert.match(attempt.logs.join(), /\d+ processes that the command left running were ended/);
      assert.equal(await isRunning(pid), false);
      assert.deepEqual(await aliveOf(attempt.id), []);
    }));

  it("without an environment, a parent or an open output is ended, too, and a stop meanwhile changes nothing", () =>
    inWorkspace(async (folder) => {
      const left = `env -i /bin/sh -c 'trap ": >asked" TERM; echo left $$; exec >/dev/null 2>&1; while :; do /bin/sleep 600; done'`;
      const attempt = new TestAttempt(folder, `${left} & while ! [ -e go ]; do sleep 0.01; done; exit 3`);
      const pid = Number((await attempt.said(/left (\d+)/))[1]);
      await writeFile(join(folder, "go"), "");
      // Only after the command has ended is it asked to end.
      while (!existsSync(join(folder, "asked"))) await new Promise((resolve) => setImmediate(resolve));
      assert.ok(await isRunning(pid));
      attempt.stop(0);
      const end = await attempt.result;
      assert.deepEqual([end.outcome, end.failure?.code, end.result.end?.exitCode], ["failed", "exit_nonzero", 3]);
      assert.equal(await isRunning(pid), false);
    }));

  it("is found after the death of its worker, by the worker's mark; what belongs to others stays", () =>
    inWorkspace(async (folder) => {
      const start = async (mark: string): Promise<number> => {
        const script = "setsid sh -c 'trap \"\" TERM; echo up $$; while :; do sleep 600; done' & wait";
        const env = { PATH: process.env["PATH"], PLANWRIGHT_WORKER: mark, PLANWRIGHT_ATTEMPT_ID: mark };
        const child = spawn("/bin/sh", ["-c", script], {
          cwd: folder,
          env,
          detached: true,
          stdio: ["ignore", "pipe", "ignore"],
        });
        const said = await new Promise<string>((resolve) =>
          child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString())),
        );
        child.kill("SIGKILL");
        await once(child, "exit");
        child.stdout.destroy();
        return Number(/up (\d+)/.exec(said)?.[1]);
      };
      const key = `key${process.pid}`;
      const [dead, own, foreign] = [
        await start(`${key}:1:1`),
        await start(`${key}:${process.pid}:2`),
        await start(`${key}x:1:1`),
      ];
      try {
        assert.equal(await endLeftOvers(key, process.pid, 100), 2);
        assert.deepEqual(await Promise.all([dead, own, foreign].map(isRunning)), [false, true, true]);
        assert.equal(await endLeftOvers(key, process.pid, 100), 0);
      } finally {
        await endLeftOvers(key, 0, 0);
        await endLeftOvers(`${key}x`, 0, 0);
      }
      assert.deepEqual(await Promise.all([own, foreign].map(isRunning)), [false, false]);
    }));
});

describe("output without end", function () {
  this.timeout(60_000);

  it("fault 13: of a fast program stays within bounded memory", () =>
    inWorkspace(async (folder) => {
      const script = `const b=Buffer.alloc(1<<20,"0123456789abcde\\n");let n=0;(function w(){while(n<300){n++;if(!process.stdout.write(b)){process.stdout.once("drain",w);return}}})()`;
      const before = process.memoryUsage.rss();
      let peak = before;
      const attempt = new TestAttempt(folder, [process.execPath, "-e", script]);
      const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
      const end = await attempt.result;
      clearInterval(timer);
      assert.equal(end.outcome, "succeeded");
      assert.equal(attempt.bytes, 300 * 1024 * 1024);
      assert.ok(peak - before < 150e6, `grew by ${Math.round((peak - before) / 1e6)} MB`);
    }));

  it("fault 14: as one line of 10 MB, and what is no UTF-8, arrives whole", () =>
    inWorkspace(async (folder) => {
      const attempt = new TestAttempt(
        folder,
        `${NODE} -e 'process.stdout.write(Buffer.alloc(1e7, 0xff))'; echo; echo end`,
      );
      const end = await attempt.result;
      assert.equal(attempt.bytes, 10_000_000 + "\nend\n".length);
      assert.ok(end.result.tail.endsWith("\nend\n") && end.result.tail.isWellFormed());
    }));

  it("of an attempt that is stopped ends with it", () =>
    inWorkspace(async (folder) => {
      const attempt = new TestAttempt(folder, "trap '' TERM; while :; do echo flood; done");
      await attempt.said(/flood/);
      attempt.stop(0);
      assert.equal((await attempt.result).outcome, "cancelled");
    }));
});
