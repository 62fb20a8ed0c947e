import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { listProcesses } from "../../../worker/agents/process-list.ts";
import { runProcess } from "../../../worker/agents/run-process.ts";
import { greeting } from "../../../worker/agents/spawner/greeting.ts";
import { Spawner } from "../../../worker/agents/spawner/spawner.ts";
import { Spawners } from "../../../worker/agents/spawner/spawners.ts";
import { startProcess } from "../../../worker/agents/spawner/start-process.ts";
import type { Start, StartedProcess } from "../../../worker/agents/spawner/started-process.ts";
import { aliveOf, inWorkspace, isRunning, TestAttempt } from "../../support/attempts.ts";

const PATH = process.env["PATH"] ?? "/bin";

function request(argv: string[], more: { cwd?: string; env?: Record<string, string>; hasInput?: boolean } = {}) {
  return { argv, cwd: "/", env: { PATH }, hasInput: false, ...more };
}

function started(start: Start | null): StartedProcess {
  if (start?.kind !== "started") throw new Error(`it was not started: ${JSON.stringify(start)}`);
  return start.process;
}

async function withSpawner(act: (spawner: Spawner, pid: number) => Promise<void>, lookMs?: number): Promise<void> {
  const spawner = await Spawner.begin(undefined, lookMs);
  const pid = spawner?.pid;
  if (!spawner || pid === undefined) throw new Error("no spawner");
  try {
    await act(spawner, pid);
  } finally {
    spawner.close();
  }
}

/** The spawners whose parent is this process. */
function spawnersOf(parent: number): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && parentOf(pid) === parent)
    .filter((pid) => read(`/proc/${pid}/cmdline`).includes("spawner/main.ts"));
}

function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** The folders of spawners' sockets that are there. */
function socketFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => /^planwright-[A-Za-z0-9]{6}$/.test(name));
}

describe("a spawner starts commands in the place of the worker (K5)", function () {
  this.timeout(30_000);
  // Windows has none, and elsewhere there is no /proc to look into.
  if (process.platform !== "linux") return;

  it("with this environment and nothing else, in this folder, as leader of a session, with these streams", () =>
    withSpawner(async (spawner) => {
      const script = `cat; env -u PWD -u SHLVL -u _ ; pwd; cut -d' ' -f6 /proc/$$/stat >&2; ls /proc/$$/fd | wc -l >&2; exit 3`;
      const cwd = await mkdtemp(join(tmpdir(), "spawner-test-"));
      const env = { PATH: "/usr/bin:/bin", NAME: "x y\nz" };
      const child = started(await spawner.start(request(["/bin/sh", "-c", script], { cwd, env, hasInput: true })));
      child.stdin?.end("said\n");
      const [output, errors, end] = await Promise.all([text(child.stdout), text(child.stderr), child.ended]);
      await rm(cwd, { recursive: true });
      assert.equal(output, `said\nNAME=x y\nz\nPATH=/usr/bin:/bin\n${cwd}\n`);
      assert.equal(errors.split("\n")[0], String(child.pid));
      assert.deepEqual(end?.end, { exitCode: 3, signal: null });
    }));

  it("whole, however much goes in and comes out", () =>
    withSpawner(async (spawner) => {
      const child = started(await spawner.start(request(["/bin/cat"], { hasInput: true })));
      const much = "0123456789abcdef".repeat(200_000);
      child.stdin?.end(much);
      assert.equal(await text(child.stdout), much);
      assert.deepEqual((await child.ended)?.end, { exitCode: 0, signal: null });
    }));

  it("with nothing to read from those that say nothing, also when what is left of one speaks later", () =>
    withSpawner(async (spawner) => {
      const silent = started(await spawner.start(request(["/bin/true"])));
      assert.deepEqual([await text(silent.stdout), await text(silent.stderr)], ["", ""]);
      assert.equal((await silent.ended)?.isAlone, true);
      const script = `(while ! [ -e "$GO" ]; do sleep 0.01; done; echo late) & echo early >&2`;
      const folder = await mkdtemp(join(tmpdir(), "spawner-test-"));
      const env = { PATH, GO: join(folder, "go") };
      const child = started(await spawner.start(request(["/bin/sh", "-c", script], { env })));
      assert.equal((await child.ended)?.isAlone, false);
      await writeFile(env.GO, "");
      assert.deepEqual([await text(child.stdout), await text(child.stderr)], ["late\n", "early\n"]);
      await rm(folder, { recursive: true });
      await until(() => spawner.running === 0);
    }));

  it("which close when nobody listens any more", () =>
    withSpawner(async (spawner) => {
      const child = started(await spawner.start(request(["/bin/sh", "-c", "exec yes"])));
      await once(child.stdout, "data");
      child.stdout.destroy();
      assert.notEqual((await child.ended)?.end.exitCode, 0);
    }));

  it("and no faster than it is read", () =>
    withSpawner(async (spawner, pid) => {
      const child = started(await spawner.start(request(["/usr/bin/yes", "x".repeat(1_000)])));
      const written = (): number => Number(/^wchar: (\d+)$/m.exec(read(`/proc/${child.pid}/io`))?.[1]);
      let before = -1;
      for (; before !== written(); await new Promise((resolve) => setTimeout(resolve, 200))) before = written();
      assert.ok(before > 0 && before < 4_000_000, `${before} bytes`);
      const memory = Number(/^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1]);
      assert.ok(memory < 150_000, `${memory} kB`);
      child.stdout.destroy();
      await child.ended;
    }));

  it("and tells what a program leaves running, in a session of its own, too, from what others start", () =>
    withSpawner(async (spawner) => {
      const env = { PATH, PLANWRIGHT_ATTEMPT_ID: `left-${crypto.randomUUID()}` };
      const long = `${600 + Math.random()}`;
      const alone = async (script: string): Promise<boolean | undefined> => {
        const child = started(await spawner.start(request(["/bin/sh", "-c", script], { env })));
        return (await child.ended)?.isAlone;
      };
      try {
        started(await spawner.start(request(["/bin/sh", "-c", `sleep 0.2; exec sleep ${long}`])));
        assert.equal(await alone("sleep 0.4"), true);
        assert.equal(await alone(`setsid sleep ${long} & sleep 0.1`), false);
        assert.equal(await alone(`env -i /bin/sleep ${long} &`), false);
      } finally {
        for (const { pid } of await listProcesses())
          if (read(`/proc/${pid}/cmdline`).includes(long)) process.kill(pid, "SIGKILL");
      }
    }));

  it("and tells signals from exit codes", () =>
    withSpawner(async (spawner) => {
      const child = started(await spawner.start(request(["/bin/sh", "-c", "kill -9 $$"])));
      assert.deepEqual((await child.ended)?.end, { exitCode: null, signal: "SIGKILL" });
    }));

  it("tells of what cannot be started what a start of our own tells", () =>
    withSpawner(async (spawner) => {
      for (const wrong of [
        request(["planwright-no-such-program"]),
        request(["/etc/passwd"]),
        request(["/bin/ls", "x".repeat(3_000_000)]),
        request(["/bin/ls", "a\0b"]),
        request(["/bin/ls"], { cwd: "/planwright/no/such/folder" }),
        request([""]),
      ]) {
        const own = await startProcess({ ...wrong, hasSocket: true });
        const its = await spawner.start(wrong);
        assert.ok(own.kind === "failed", wrong.argv[0]);
        assert.ok(its?.kind === "failed", wrong.argv[0]);
        const told = ({ message, ...more }: Error): unknown => [message, "code" in more ? more.code : null];
        assert.deepEqual(told(its.error), told(own.error));
      }
    }));

  it("a hundred at once, and leaves no entry of them", () =>
    withSpawner(async (spawner, pid) => {
      const all = await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const child = started(await spawner.start(request(["/bin/sh", "-c", `echo ${index}; exit ${index}`])));
          const [output, end] = await Promise.all([text(child.stdout), child.ended]);
          return [output, end?.end.exitCode];
        }),
      );
      assert.deepEqual(
        all,
        Array.from({ length: 100 }, (_, index) => [`${index}\n`, index]),
      );
      const left = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && parentOf(Number(name)) === pid);
      assert.deepEqual(left, []);
      assert.equal(spawner.running, 0);
    }));

  it("hands its connections to nobody who does not know the token", async () => {
    const before = socketFolders();
    await withSpawner(async (spawner, pid) => {
      const [own = ""] = socketFolders().filter((name) => !before.includes(name));
      process.kill(pid, "SIGSTOP");
      const answer = spawner.start(request(["/bin/echo", "mine"]));
      const stranger = connect(join(tmpdir(), own, "s"));
      stranger.resume();
      stranger.write(greeting("0".repeat(32), 1, 1));
      await once(stranger, "close");
      process.kill(pid, "SIGCONT");
      assert.equal(await text(started(await answer).stdout), "mine\n");
      assert.equal(statSync(join(tmpdir(), own)).mode & 0o777, 0o700);
    });
    assert.deepEqual(
      socketFolders().filter((name) => !before.includes(name)),
      [],
    );
  });
});

describe("a spawner that fails", function () {
  this.timeout(30_000);
  if (process.platform !== "linux") return;

  it("by its death loses what it runs: that is ended, told as a crash, and the next command runs", () =>
    inWorkspace(async (folder) => {
      const attempt = new TestAttempt(folder, `setsid sh -c 'echo up $$; exec sleep 600' & wait`);
      const pid = Number((await attempt.said(/up (\d+)\n/))[1]);
      const shell = (await listProcesses()).find((info) => info.attemptId === attempt.id && info.session === info.pid);
      const spawner = spawnersOf(process.pid).find((one) => one === shell?.parent);
      assert.ok(spawner !== undefined, "it was not started by a spawner");
      process.kill(spawner, "SIGKILL");
      const end = await attempt.result;
      assert.deepEqual([end.outcome, end.failure?.code], ["failed", "crash"]);
      assert.match(end.failure?.message ?? "", /had started it is gone: try again/);
      assert.equal(await isRunning(pid), false);
      const next = new TestAttempt(folder, "echo again");
      assert.equal((await next.result).outcome, "succeeded");
      assert.equal(next.output, "again\n");
    }));

  it("by its death while it stands still with a request leaves the attempt ended, not waiting", () =>
    inWorkspace(async (folder) => {
      const all = spawnersOf(process.pid);
      for (const pid of all) process.kill(pid, "SIGSTOP");
      const attempt = new TestAttempt(folder, "sleep 600");
      for (const pid of all) process.kill(pid, "SIGKILL");
      const end = await attempt.result;
      assert.deepEqual([end.outcome, end.failure?.code], ["failed", "crash"]);
    }));

  it("by being slow does not lose a stop that comes before the start", () =>
    inWorkspace(async (folder) => {
      const all = spawnersOf(process.pid);
      assert.ok(all.length > 0);
      for (const pid of all) process.kill(pid, "SIGSTOP");
      const attemptId = `stopped-${crypto.randomUUID()}`;
      const env = { PATH, PLANWRIGHT_ATTEMPT_ID: attemptId };
      const run = runProcess(
        { argv: ["/bin/sleep", "600"], cwd: folder, env, input: null, attemptId },
        { output: () => {}, log: () => {} },
      );
      // Now it has been asked for, and is not there.
      await new Promise((resolve) => setImmediate(resolve));
      run.stop(0);
      for (const pid of all) process.kill(pid, "SIGCONT");
      const end = await run.result;
      assert.deepEqual([end.wasStopped, end.end], [true, { exitCode: null, signal: "SIGKILL" }]);
      assert.deepEqual(await aliveOf(attemptId), []);
    }));

  it("by standing still is given up, with what it runs and what it was asked for", () =>
    withSpawner(async (spawner, pid) => {
      const child = started(await spawner.start(request(["/bin/sleep", "600"])));
      try {
        process.kill(pid, "SIGSTOP");
        assert.deepEqual(await spawner.start(request(["/bin/true"])), { kind: "lost" });
        assert.equal(await child.ended, null);
        assert.equal(spawner.isGone, true);
        assert.equal(await spawner.start(request(["/bin/true"])), null);
        await until(() => read(`/proc/${pid}/stat`) === "");
      } finally {
        process.kill(child.pid, "SIGKILL");
      }
    }, 200));

  it("by not starting at all is not tried again for a while, and nobody waits for it", async () => {
    let tries = 0;
    const spawners = new Spawners(async () => {
      tries += 1;
      return Spawner.begin(join(tmpdir(), "planwright-no-such-program.mjs"));
    });
    const before = socketFolders();
    assert.equal(await spawners.start(request(["/bin/true"])), null);
    await spawners.ready();
    assert.equal(await spawners.start(request(["/bin/true"])), null);
    assert.equal(tries, 1);
    assert.deepEqual(
      socketFolders().filter((name) => !before.includes(name)),
      [],
    );
  });

  it("leaves, with its socket, when the worker is killed; signals to the group do not end it before", async () => {
    const folder = await mkdtemp(join(tmpdir(), "spawner-test-"));
    try {
      const program = join(folder, "worker.mjs");
      const entry = fileURLToPath(new URL("../../../worker/agents/spawner/spawner.ts", import.meta.url));
      await writeFile(
        program,
        `const { Spawner } = await import(${JSON.stringify(entry)});
         const spawner = await Spawner.begin();
         process.send(spawner.pid);
         process.on("message", async () => process.send((await spawner.start({ argv: ["/bin/true"], cwd: "/", env: {}, hasInput: false })).kind));`,
      );
      const worker = fork(program, [], { env: { ...process.env, TMPDIR: folder } });
      const said: readonly unknown[] = await once(worker, "message");
      const [pid] = said;
      assert.ok(typeof pid === "number");
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(pid, signal);
      worker.send("start");
      assert.deepEqual((await once(worker, "message"))[0], "started");
      worker.kill("SIGKILL");
      await until(() => read(`/proc/${pid}/stat`) === "" || / Z /.test(read(`/proc/${pid}/stat`)));
      assert.deepEqual(readdirSync(folder), ["worker.mjs"]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
