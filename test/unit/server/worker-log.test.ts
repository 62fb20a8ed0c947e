import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openWorkerLog } from "../../../worker/server/worker-log.ts";

describe("the worker's own log", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "planwright-log-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("keeps the stack of a bug for whoever looks, in a file of the person's alone", async () => {
    const file = path.join(folder, "worker.log");
    openWorkerLog(file, () => new Date(0)).bug("answering plan.get", new Error("broken"));
    const text = await readFile(file, "utf8");
    assert.match(text, /^1970-01-01T00:00:00\.000Z \d+ bug answering plan\.get: Error: broken\n\s+at /);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it("stays within two files of the size it was given, whatever is written", async () => {
    const file = path.join(folder, "worker.log");
    const log = openWorkerLog(file, () => new Date(0), 10_000);
    for (let line = 0; line < 400; line += 1) log.note("x".repeat(100));
    log.note("y".repeat(1_000_000));
    log.note("the last one");
    assert.ok((await stat(file)).size + (await stat(`${file}.1`)).size < 2 * (10_000 + 20_000));
    assert.match(await readFile(file, "utf8"), /the last one\n$/);
  });

  it("never throws", () => {
    openWorkerLog(path.join(folder, "missing", "worker.log"), () => new Date(0)).note("nobody reads this");
  });
});
