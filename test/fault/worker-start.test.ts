import assert from "node:assert/strict";
import fs from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { FailureError, type Failure } from "../../schemas/failure.ts";
import type { WorkerRecord } from "../../schemas/worker-record.ts";
import { connectWorker, type ConnectOptions, type WorkerConnection } from "../../worker/link/connect.ts";
import { isAlive, processStart } from "../../worker/link/process-identity.ts";
import { openFolderState } from "../../worker/link/state-folder.ts";
import { recordPath, type FolderState } from "../../worker/link/state-places.ts";
import { readWorkerRecord, writeWorkerRecord } from "../../worker/link/worker-record.ts";
import { fakeWorker, type Behaviour } from "../support/fake-worker.ts";

const TINY = fileURLToPath(new URL("../support/tiny-worker.ts", import.meta.url));
const CRASHING = fileURLToPath(new URL("../support/crashing-worker.ts", import.meta.url));

describe("starting and finding a worker, for real (L2)", function () {
  this.timeout(30_000);
  let root: string;
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  let state: FolderState;
  let open: WorkerConnection[];
  const pids = new Set<number>();

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), "planwright-start-"));
    folder = path.join(root, "work");
    await mkdir(folder);
    environment = { ...process.env, XDG_STATE_HOME: path.join(root, "state") };
    state = await openFolderState(folder, environment);
    open = [];
  });
  afterEach(async () => {
    for (const { client } of open) client.dispose();
    for (const pid of pids) if (await isAlive(pid, null)) process.kill(pid, "SIGKILL");
    for (const pid of pids) await gone(pid);
    pids.clear();
    // A worker that lost the race may still write what it compiled.
    await rm(root, { recursive: true, force: true, maxRetries: 10 });
  });

  async function connect(more: Partial<ConnectOptions> = {}): Promise<WorkerConnection> {
    const options = { start: true, workerEntry: TINY, clientName: "test", version: "1.0.0", environment };
    const connection = await connectWorker(folder, { ...options, ...more });
    open.push(connection);
    pids.add(connection.hello.pid);
    return connection;
  }

  it("starts one when none runs, and attaches to it from then on", async () => {
    const first = await connect();
    const second = await connect();
    assert.deepEqual([first.started, second.started], [true, false]);
    assert.equal(first.hello.pid, second.hello.pid);
    assert.equal(first.hello.folder, state.folder);
    assert.equal((await first.client.call("worker.status", {})).clients, 2);
  });

  it("writes nothing into the workspace folder", async () => {
    await connect();
    assert.deepEqual(await readdir(folder), []);
  });

  it("keeps record, log and output the person's alone, under umask 0 too (SEC6)", async () => {
    const before = process.umask(0);
    try {
      await connect();
    } finally {
      process.umask(before);
    }
    for (const name of await readdir(state.workerDir)) {
      assert.equal((await stat(path.join(state.workerDir, name))).mode & 0o077, 0, name);
    }
    assert.equal((await stat(state.workerDir)).mode & 0o777, 0o700);
  });

  it("does not start one when it may not", async () => {
    const reason = await failureOf(connect({ start: false }));
    assert.equal(reason.code, "worker_unavailable");
    assert.match(reason.message, /no worker is running/);
  });

  it("fault 9: ends with one worker for all when several clients start one at the same time", async () => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => connect()));
    assert.equal(new Set(clients.map(({ hello }) => hello.pid)).size, 1);
    assert.equal(clients.filter(({ started }) => started).length, 1);
    const left = (await readdir(state.workerDir)).filter((name) => name.startsWith("launch-"));
    assert.deepEqual(left, []);
  });

  it("does the same where the system watches no more files", async () => {
    const { watch } = fs;
    fs.watch = () => {
      throw new Error("EMFILE: too many open files, watch");
    };
    syncBuiltinESMExports();
    try {
      const clients = await Promise.all(Array.from({ length: 3 }, () => connect()));
      assert.equal(new Set(clients.map(({ hello }) => hello.pid)).size, 1);
    } finally {
      fs.watch = watch;
      syncBuiltinESMExports();
    }
  });

  it("replaces a worker that was killed, with a greater fencing number", async () => {
    const first = await connect();
    const closed = new Promise<void>((resolve) => first.client.onClose(resolve));
    process.kill(first.hello.pid, "SIGKILL");
    await closed;
    const second = await connect();
    assert.equal(second.started, true);
    assert.notEqual(second.hello.pid, first.hello.pid);
    assert.ok(second.hello.epoch > first.hello.epoch);
  });

  it("replaces a record that is torn", async () => {
    await writeFile(recordPath(state), '{"pid": 1, "port":');
    assert.equal((await connect()).started, true);
    assert.equal((await readWorkerRecord(state)).kind, "present");
  });

  it("fault 10: is not misled by a record whose pid now belongs to another process", async () => {
    await leaveRecord({ processStart: "1" });
    assert.equal((await connect()).started, true);
  });

  for (const behaviour of ["refuses", "closes"] satisfies Behaviour[]) {
    it(`is not misled by a port that now belongs to something that ${behaviour}`, async () => {
      const fake = await fakeWorker(behaviour);
      await leaveRecord({ port: fake.port });
      assert.equal((await connect()).started, true);
      await fake.close();
    });
  }

  it("is not misled by a port where nobody listens", async () => {
    const fake = await fakeWorker("closes");
    await fake.close();
    await leaveRecord({ port: fake.port });
    assert.equal((await connect()).started, true);
  });

  for (const behaviour of ["never answers", "never opens"] satisfies Behaviour[]) {
    it(`names the process of a worker that ${behaviour}, and how to end it`, async () => {
      const fake = await fakeWorker(behaviour);
      await leaveRecord({ port: fake.port });
      const reason = await failureOf(connect({ helloTimeoutMs: 200 }));
      assert.equal(reason.code, "worker_unavailable");
      assert.match(reason.message, new RegExp(`process ${process.pid}\\b.*kill -9 ${process.pid}\\b`));
      await fake.close();
    });
  }

  it("fault 12: names the process of a worker that is stopped", async () => {
    const { hello } = await connect();
    process.kill(hello.pid, "SIGSTOP");
    const reason = await failureOf(connect({ helloTimeoutMs: 300 }));
    process.kill(hello.pid, "SIGCONT");
    assert.match(reason.message, new RegExp(`process ${hello.pid}\\b`));
  });

  it("says update or reload to a client of another protocol", async () => {
    const fake = await fakeWorker("speaks protocol 99");
    await leaveRecord({ port: fake.port });
    const reason = await failureOf(connect());
    assert.equal(reason.code, "version_mismatch");
    assert.match(reason.message, /9\.0\.0.*update Planwright, or reload/);
    await fake.close();
  });

  it("drains a worker of an older protocol, says what it waits for, and fails in words while that is at work", async () => {
    const fake = await fakeWorker("speaks protocol 0", state.folder);
    await leaveRecord({ port: fake.port });
    const said: string[] = [];
    const onWait = (message: string): void => void said.push(message);
    const reason = await failureOf(connect({ handOverMs: 0, onWait }));
    assert.deepEqual([reason.code, reason.retryable], ["worker_busy", true]);
    assert.match(
      reason.message,
      new RegExp(`older worker \\(version 0\\.0\\.0, process ${process.pid}\\) finishes what runs`),
    );
    assert.deepEqual([fake.asked, said.length], [["worker.hello", "worker.status", "worker.drain"], 1]);
    await fake.close();
  });

  it("uses a worker of an older version that speaks its protocol, unless it is to replace it", async () => {
    const { hello } = await connect();
    assert.equal((await connect()).hello.pid, hello.pid);
    const next = await connect({ olderWorker: "replace" });
    assert.notEqual(next.hello.pid, hello.pid);
    assert.deepEqual([next.started, next.predecessor?.record.pid], [true, hello.pid]);
    await gone(hello.pid);
  });

  it("leaves a worker of a newer version alone", async () => {
    const { hello } = await connect({ environment: { ...environment, PLANWRIGHT_TEST_VERSION: "1.0.1" } });
    assert.equal((await connect({ olderWorker: "replace" })).hello.pid, hello.pid);
  });

  it("uses an older worker that finishes what runs for as long as that takes", async () => {
    const busy = { ...environment, PLANWRIGHT_TEST_FINISH_MS: "300" };
    const first = await connect({ environment: busy });
    await first.client.call("execution.list", {});
    const second = await connect({ olderWorker: "replace", handOverMs: 0 });
    assert.deepEqual([second.hello.pid, second.handsOver], [first.hello.pid, true]);
    const third = await connect({ olderWorker: "replace" });
    assert.deepEqual([third.started, third.predecessor?.unfinished], [true, ["what-runs"]]);
  });

  for (const [how, pattern] of [
    ["throw", /ended while it started \(exit code 1\)[\s\S]*the moon is in the wrong place/],
    ["exit", /ended while it started \(exit code 9\)/],
    ["nonsense", /not a worker of this version/],
    ["silent", /did not start within/],
  ] as const) {
    it(`tells what a worker that cannot start says last, without a stack: ${how}`, async () => {
      const crashing = { ...environment, PLANWRIGHT_TEST_CRASH: how };
      const timeoutMs = how === "silent" ? 1_000 : 10_000;
      const reason = await failureOf(connect({ workerEntry: CRASHING, environment: crashing, timeoutMs }));
      assert.equal(reason.code, "worker_unavailable");
      assert.match(reason.message, pattern);
      assert.doesNotMatch(reason.message, /^\s+at /m);
    });
  }

  it("says so when the worker's program is missing", async () => {
    const reason = await failureOf(connect({ workerEntry: path.join(root, "missing.mjs") }));
    assert.match(reason.message, /missing\.mjs is missing: reinstall/);
  });

  it("says so when the folder is missing", async () => {
    await rm(folder, { recursive: true });
    assert.equal((await failureOf(connect())).code, "not_found");
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`leaves in order on ${signal}: connections closed, record gone, folder free`, async () => {
      const { client, hello } = await connect();
      const closed = new Promise<void>((resolve) => client.onClose(resolve));
      process.kill(hello.pid, signal);
      await closed;
      await gone(hello.pid);
      assert.equal((await readWorkerRecord(state)).kind, "missing");
      assert.equal((await connect()).started, true);
    });
  }

  it("stays when its terminal goes away", async () => {
    const { client, hello } = await connect();
    process.kill(hello.pid, "SIGHUP");
    assert.equal((await client.call("worker.status", {})).pid, hello.pid);
  });

  it("leaves when it is drained, and the next client gets a new one", async () => {
    const { client, hello } = await connect();
    const closed = new Promise<void>((resolve) => client.onClose(resolve));
    assert.deepEqual(await client.call("worker.drain", {}), { running: 0 });
    await closed;
    const next = await connect();
    assert.notEqual(next.hello.pid, hello.pid);
    await gone(hello.pid);
  });

  it("gives its worker the person's environment without what belongs to the client's program", async () => {
    const noisy = { ...environment, NODE_OPTIONS: "--no-such-option", VSCODE_PID: "1", MY_API_KEY: "secret" };
    const { hello } = await connect({ environment: noisy });
    const inside = (await readFile(`/proc/${hello.pid}/environ`, "utf8")).split("\0");
    assert.ok(inside.includes("MY_API_KEY=secret"));
    assert.ok(!inside.some((entry) => /^(NODE_OPTIONS|VSCODE_PID)=/.test(entry)));
  });

  it("asks the system's allocator to give memory back, unless the person has decided that otherwise", async () => {
    const { hello } = await connect({ environment: { ...environment, MALLOC_ARENA_MAX: "7" } });
    const inside = (await readFile(`/proc/${hello.pid}/environ`, "utf8")).split("\0");
    assert.ok(inside.includes("MALLOC_TRIM_THRESHOLD_=131072"));
    assert.ok(inside.includes("MALLOC_ARENA_MAX=7"));
  });

  async function leaveRecord(more: Partial<WorkerRecord>): Promise<void> {
    await writeWorkerRecord(state, {
      pid: process.pid,
      processStart: await processStart(process.pid),
      port: 1,
      token: "t".repeat(43),
      protocol: 1,
      version: "1.0.0",
      folder: state.folder,
      epoch: 1,
      startedAt: "2026-01-01T00:00:00.000Z",
      ...more,
    });
  }
});

/** Nobody tells when a process ends that is not one's child: this asks, until mocha's own timeout. */
async function gone(pid: number): Promise<void> {
  while (await isAlive(pid, null)) {
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

async function failureOf(call: Promise<unknown>): Promise<Failure> {
  try {
    await call;
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error("it did not fail");
}
