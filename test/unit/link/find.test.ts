import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { WorkerRecord } from "../../../schemas/worker-record.ts";
import { findWorker } from "../../../worker/link/find.ts";
import { isAlive, parseStat, processStart } from "../../../worker/link/process-identity.ts";
import { openFolderState } from "../../../worker/link/state-folder.ts";
import { recordPath, type FolderState } from "../../../worker/link/state-places.ts";
import { readWorkerRecord, removeWorkerRecord, writeWorkerRecord } from "../../../worker/link/worker-record.ts";

describe("finding the worker of a folder (design, section 5)", () => {
  let root: string;
  let state: FolderState;
  let record: WorkerRecord;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), "planwright-find-"));
    state = await openFolderState(root, { XDG_STATE_HOME: path.join(root, "state") });
    record = {
      pid: process.pid,
      processStart: await processStart(process.pid),
      port: 4_000,
      token: "t".repeat(43),
      protocol: 1,
      version: "1.0.0",
      folder: state.folder,
      epoch: 1,
      startedAt: "2026-01-01T00:00:00.000Z",
    };
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("returns the record of a process that lives; the file is the person's alone", async () => {
    await writeWorkerRecord(state, record);
    assert.deepEqual(await findWorker(state), record);
    assert.equal((await stat(recordPath(state))).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(state.workerDir), ["worker.json"]);
  });

  it("finds nothing where there is no record", async () => {
    assert.equal(await findWorker(state), null);
  });

  it("takes a torn, empty, foreign or overgrown record for none", async () => {
    const whole = JSON.stringify(record);
    for (const text of ["", "{", whole.slice(0, -20), "[]", "null", JSON.stringify({ ...record, port: "4000" })]) {
      await writeFile(recordPath(state), text);
      assert.equal((await readWorkerRecord(state)).kind, "unusable", text);
    }
    await writeWorkerRecord(state, { ...record, folder: "/somewhere/else" });
    assert.equal(await findWorker(state), null);
  });

  it("does not take a later process with the same pid for the worker", async () => {
    await writeWorkerRecord(state, { ...record, processStart: "1" });
    assert.equal(await findWorker(state), null);
  });

  it("does not take a dead process for the worker", async () => {
    const child = spawn(process.execPath, ["-e", "0"]);
    await once(child, "exit");
    assert.ok(child.pid);
    await writeWorkerRecord(state, { ...record, pid: child.pid, processStart: null });
    assert.equal(await findWorker(state), null);
  });

  it("removes a record only while it is its own", async () => {
    const successor = { ...record, token: "s".repeat(43) };
    await writeWorkerRecord(state, successor);
    await removeWorkerRecord(state, record);
    assert.deepEqual(await findWorker(state), successor);
    await removeWorkerRecord(state, successor);
    assert.equal(await findWorker(state), null);
  });

  it("reads the start time behind a command name with parentheses and spaces", () => {
    const fields = Array.from({ length: 30 }, (_, index) => String(index + 4));
    assert.deepEqual(parseStat(`7 (a) b (c)) S ${fields.join(" ")}`), { state: "S", start: "22" });
    assert.equal(parseStat("7 (a) S"), null);
  });

  it("knows itself to be alive", async () => {
    assert.equal(await isAlive(process.pid, null), true);
    assert.equal(await isAlive(process.pid, "1"), false);
  });
});
