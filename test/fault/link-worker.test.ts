import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { FolderLink, type FolderLinkOptions, type LinkState } from "../../extension/link/folder-link.ts";
import { Plan } from "../../schemas/plan.ts";
import { isAlive } from "../../worker/link/process-identity.ts";
import { CliWorld, endProcess } from "../support/cli.ts";
import { FakeClock } from "../support/fake-clock.ts";

const TINY = fileURLToPath(new URL("../support/tiny-worker.ts", import.meta.url));
const WORKER = fileURLToPath(new URL("../../dist/worker.mjs", import.meta.url));

describe("a link and a real worker (O2, L2)", function () {
  this.timeout(30_000);
  let root: string;
  let folder: string;
  let stateHome: string;
  let links: FolderLink[];
  const pids = new Set<number>();

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), "planwright-link-"));
    folder = path.join(root, "work");
    stateHome = path.join(root, "state");
    await mkdir(folder);
    links = [];
  });
  afterEach(async () => {
    await Promise.all(links.map((link) => link.dispose()));
    for (const pid of pids) await endProcess(pid, "SIGKILL");
    pids.clear();
    await rm(root, { recursive: true, force: true, maxRetries: 10 });
  });

  function open(more: Partial<FolderLinkOptions> = {}, environment: Record<string, string> = {}): FolderLink {
    const link = new FolderLink({
      ...{ folder, workerEntry: TINY, version: "0.0.1", clientName: "test", log: () => {} },
      environment: { ...process.env, XDG_STATE_HOME: stateHome, ...environment },
      ...more,
    });
    link.onState((state) => {
      if (state.kind === "connected") pids.add(state.hello.pid);
    });
    links.push(link);
    return link;
  }

  it("attaches to nothing without starting or writing anything, and to what another window has started", async () => {
    const [one, other] = [open(), open()];
    assert.equal(await one.attach(), null);
    assert.equal(existsSync(stateHome), false);
    await other.connect();
    await one.attach();
    assert.equal(pidOf(one.state), pidOf(other.state));
    assert.deepEqual(await readdir(folder), []);
  });

  it("has a new worker after kill -9, the same in both windows", async () => {
    const [one, other] = [open(), open()];
    for (const link of [one, other]) link.follow({ kind: "workspace" }, () => {});
    await Promise.all([one.connect(), other.connect()]);
    const killed = pidOf(one.state);
    assert.ok(killed !== null);
    const back = [one, other].map((link) => reached(link, (state) => (pidOf(state) ?? killed) !== killed));
    process.kill(killed, "SIGKILL");
    await Promise.all(back);
    assert.equal(pidOf(one.state), pidOf(other.state));
  });

  it("fault 12: ends a worker that is stopped and gets another one", async () => {
    const clock = new FakeClock();
    const link = open({ clock });
    link.follow({ kind: "workspace" }, () => {});
    await link.connect();
    await link.call("worker.status", {});
    const stopped = pidOf(link.state);
    assert.ok(stopped !== null);
    const back = reached(link, (state) => (pidOf(state) ?? stopped) !== stopped);
    const lost = reached(link, (state) => state.kind === "lost");
    process.kill(stopped, "SIGSTOP");
    await clock.advance(60_000);
    await lost;
    await clock.advance(0);
    await back;
    assert.equal(await isAlive(stopped, null), false);
  });

  it("replaces an older worker when that has finished what runs, and says so meanwhile", async () => {
    const older = open({}, { PLANWRIGHT_TEST_FINISH_MS: "500" });
    await older.call("execution.list", {});
    const first = pidOf(older.state);
    await older.dispose();
    const newer = open({ version: "0.0.2" }, { PLANWRIGHT_TEST_VERSION: "0.0.2" });
    newer.follow({ kind: "workspace" }, () => {});
    const waited = reached(
      newer,
      (state) => state.kind === "connecting" && /older worker.*finishes/.test(state.waitsFor ?? ""),
    );
    await newer.connect();
    await waited;
    assert.ok(newer.state.kind === "connected" && newer.state.hello.version === "0.0.2");
    assert.notEqual(pidOf(newer.state), first);
  });

  it("gives up when its folder is gone, until somebody asks again", async () => {
    const link = open();
    link.follow({ kind: "workspace" }, () => {});
    await link.connect();
    const first = pidOf(link.state);
    assert.ok(first !== null);
    const over = reached(link, (state) => state.kind === "lost" && state.retryInMs === null);
    await rename(folder, `${folder}-moved`);
    process.kill(first, "SIGKILL");
    await over;
    assert.ok(link.state.kind === "lost" && /there is no folder/.test(link.state.failure.message));
    await rename(`${folder}-moved`, folder);
    await link.connect();
    assert.equal(link.state.kind, "connected");
  });

  it("leaves nothing behind when it is disposed, also while it starts a worker; the worker goes on", async () => {
    // Mocha's own timer is set a moment after the test begins.
    await new Promise((resolve) => setImmediate(resolve));
    const before = held();
    const [connected, connecting] = [open(), open()];
    connected.follow({ kind: "workspace" }, () => {});
    await connected.connect();
    await connected.dispose();
    const pid = [...pids][0] ?? 0;
    assert.equal(await isAlive(pid, null), true);
    await endProcess(pid, "SIGKILL");
    const refused = assert.rejects(connecting.connect(), /no longer used/);
    await new Promise((resolve) => setImmediate(resolve));
    await connecting.dispose();
    await refused;
    assert.deepEqual(held(), before);
    // What was being started is somebody else's now; it is found and ended like any other.
    const other = open();
    await other.connect();
  });
});

const SPEC = `- [ ] One
  - id: one

  \`\`\`sh
  echo one >> marks; until [ -f go ]; do sleep 0.05; done
  \`\`\`
- [ ] Two
  - id: two

  \`\`\`sh
  echo two >> marks
  \`\`\`
`;

describe("fault 1 and fault 25: what runs when its worker is killed (C9, O2)", function () {
  this.timeout(30_000);
  let world: CliWorld;
  let links: FolderLink[];

  beforeEach(async () => {
    world = new CliWorld();
    links = [];
  });
  afterEach(async () => {
    await Promise.all(links.map((link) => link.dispose()));
    await world.remove();
  });

  function open(version = "0.0.0"): FolderLink {
    const link = new FolderLink({
      ...{ folder: world.folder, workerEntry: WORKER, version, clientName: "test", log: () => {} },
      environment: { PATH: process.env["PATH"] ?? "", HOME: world.root, XDG_STATE_HOME: world.stateHome },
    });
    links.push(link);
    return link;
  }

  /** Starts the spec and resolves with the id of the execution when its first step runs. */
  async function begun(link: FolderLink): Promise<string> {
    world.write("two.spec.md", SPEC);
    const { planId } = await world.json(Plan, "plan", "two.spec.md");
    await world.run("approve", planId);
    const { executionId } = await link.call("execution.start", { planId, commandId: crypto.randomUUID() });
    await until(link, executionId, (type) => type === "attempt.started");
    return executionId;
  }

  it("goes on by itself, once, with two windows, and both see every event once", async () => {
    const [one, other] = [open(), open()];
    const executionId = await begun(one);
    await other.connect();
    const seen = [one, other].map((link) => ({ seqs: events(link, executionId), link }));
    await Promise.all([one, other].map((link) => until(link, executionId, (type) => type === "attempt.started")));
    const killed = world.workerPid();
    assert.ok(killed !== null);
    process.kill(killed, "SIGKILL");
    await Promise.all([one, other].map((link) => until(link, executionId, (type) => type === "execution.resumed")));
    world.write("go", "");
    for (const { seqs } of seen) {
      const all = await seqs;
      assert.deepEqual(
        all.seqs,
        all.seqs.map((_, index) => index + 1),
      );
      assert.equal(all.types.filter((type) => type === "execution.resumed").length, 1);
      assert.equal(all.types.findLast(isNoNote), "execution.finished");
    }
    assert.deepEqual(world.lines("marks"), ["one", "one", "two"]);
  });

  it("is handed over to a newer version when its step has finished, which does not run again", async () => {
    const [older, newer] = [open(), open("99.0.0")];
    const executionId = await begun(older);
    await older.dispose();
    const first = world.workerPid();
    const handing = reached(newer, (state) => state.kind === "connected" && state.handsOver);
    const next = reached(newer, (state) => (pidOf(state) ?? first) !== first);
    await newer.connect();
    await handing;
    const seen = events(newer, executionId);
    world.write("go", "");
    await next;
    const { seqs, types } = await seen;
    assert.deepEqual(
      seqs,
      seqs.map((_, index) => index + 1),
    );
    assert.equal(types.findLast(isNoNote), "execution.finished");
    assert.deepEqual(world.lines("marks"), ["one", "two"]);
    const [one, resumed] = ["step.finished", "execution.resumed"].map((type) => types.indexOf(type));
    assert.ok(
      one !== undefined && one >= 0 && resumed === types.lastIndexOf("execution.resumed") && resumed > one,
      types.join(),
    );
  });

  it("stays paused when a person has paused it", async () => {
    const link = open();
    const executionId = await begun(link);
    link.follow({ kind: "execution", executionId }, () => {});
    await link.call("execution.pause", { executionId, commandId: crypto.randomUUID() });
    const killed = world.workerPid();
    assert.ok(killed !== null);
    const back = reached(link, (state) => (pidOf(state) ?? killed) !== killed);
    process.kill(killed, "SIGKILL");
    await back;
    const types = (await events(link, executionId)).types;
    assert.ok(!types.includes("execution.resumed"), types.join());
    assert.equal((await link.call("execution.get", { executionId })).status, "interrupted");
  });

  /** All events of an execution until nothing more comes. */
  function events(link: FolderLink, executionId: string): Promise<{ seqs: number[]; types: string[] }> {
    const all = { seqs: new Array<number>(), types: new Array<string>() };
    return new Promise((resolve) => {
      link.follow({ kind: "execution", executionId }, (batch) => {
        if (batch.kind !== "execution") return;
        all.seqs.push(...batch.events.map(({ seq }) => seq));
        all.types.push(...batch.events.map(({ type }) => type));
        if (batch.end) resolve(all);
      });
    });
  }

  function until(link: FolderLink, executionId: string, wanted: (type: string) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const stop = link.follow({ kind: "execution", executionId }, (batch) => {
        if (batch.kind !== "execution" || !batch.events.some(({ type }) => wanted(type))) return;
        stop();
        resolve();
      });
    });
  }
});

function pidOf(state: LinkState): number | null {
  return state.kind === "connected" ? state.hello.pid : null;
}

function reached(link: FolderLink, wanted: (state: LinkState) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = link.onState((state) => {
      if (!wanted(state)) return;
      stop();
      resolve();
    });
  });
}

/** What keeps a process alive: timers, sockets, watchers, children. */
function held(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((one) => !/^(?:TTYWrap|PipeWrap|Immediate|CloseReq|FSReqPromise)$/.test(one))
    .sort();
}

/** Boxes are ticked because of what has ended, and that is noted later. */
function isNoNote(type: string): boolean {
  return type !== "boxes.written";
}
