import assert from "node:assert/strict";
import { mkdir, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { FailureError, type FailureCode } from "../../../schemas/failure.ts";
import { acquireOwner, type OwnerOptions } from "../../../worker/store/owner-lock.ts";
import { LIVE_MS, OwnerRecord } from "../../../worker/store/owner-record.ts";
import { pidNamespace, processStart } from "../../../worker/store/process-identity.ts";
import { inFolder } from "../../support/store.ts";

const NOW = Date.UTC(2026, 10, 21, 8);
const HERE = { host: hostname(), namespace: pidNamespace() };

interface Place {
  folder: string;
  state: string;
  data: string;
  record: string;
}

async function inWorkspace(act: (place: Place) => Promise<void>): Promise<void> {
  await inFolder(async (root) => {
    const folder = join(root, "workspace");
    await mkdir(folder);
    const data = join(folder, ".planwright");
    await act({ folder, state: join(root, "state"), data, record: join(data, "owner.json") });
  });
}

async function leaveRecord(place: Place, record: Partial<OwnerRecord>): Promise<void> {
  await mkdir(place.data, { recursive: true });
  const full = { ...HERE, pid: 1, start: 1, epoch: 7, heartbeat: new Date(NOW).toISOString(), ...record };
  await writeFile(place.record, JSON.stringify(full));
}

async function assertFails(work: Promise<unknown>, code: FailureCode, details: Record<string, unknown>): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof FailureError, String(error));
    assert.equal(error.failure.code, code);
    for (const [key, value] of Object.entries(details)) assert.deepEqual(error.failure.details?.[key], value);
    return true;
  });
}

const readRecord = async (place: Place): Promise<OwnerRecord> =>
  OwnerRecord.parse(JSON.parse(await readFile(place.record, "utf8")));

const options: OwnerOptions = { now: () => NOW };

describe("store: one owner of a folder (C9)", () => {
  it("tells the second who is the first, by whatever path it comes, until the first lets go", () =>
    inWorkspace(async (place) => {
      const first = await acquireOwner(place.folder, place.state, options);
      const alias = `${place.folder}-alias`;
      await symlink(place.folder, alias);
      for (const path of [place.folder, alias]) {
        const expected = { pid: process.pid, epoch: first.epoch, since: first.since };
        await assertFails(acquireOwner(path, place.state), "worker_busy", expected);
      }
      await first.release();
      await (await acquireOwner(alias, place.state)).release();
    }));

  it("touches the workspace only when the record is written, and removes it at the end", () =>
    inWorkspace(async (place) => {
      const owner = await acquireOwner(place.folder, place.state, options);
      assert.deepEqual(await readdir(place.folder), []);
      await owner.writeRecord(place.data);
      await owner.writeRecord(place.data);
      assert.deepEqual(await readRecord(place), {
        ...HERE,
        pid: process.pid,
        start: processStart(process.pid),
        epoch: owner.epoch,
        heartbeat: new Date(NOW).toISOString(),
      });
      assert.equal((await stat(place.record)).mode & 0o777, 0o600);
      await owner.release();
      assert.deepEqual(await readdir(place.data), []);
    }));

  it("gives every owner a higher number, also when the state folder was lost", () =>
    inWorkspace(async (place) => {
      const epochs: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        const owner = await acquireOwner(place.folder, place.state, options);
        epochs.push(owner.epoch);
        await owner.release();
      }
      assert.deepEqual(epochs, [1, 2, 3]);
      await rm(place.state, { recursive: true });
      await leaveRecord(place, { pid: 2 ** 22 + 1, epoch: 40 });
      const owner = await acquireOwner(place.folder, place.state, options);
      await owner.writeRecord(place.data);
      assert.equal(owner.epoch, 41);
      await owner.release();
      const next = await acquireOwner(place.folder, place.state, options);
      assert.equal(next.epoch, 42);
      await next.release();
    }));

  it("refuses while another host or container is alive, and takes over when it is silent", () =>
    inWorkspace(async (place) => {
      for (const elsewhere of [{ host: "elsewhere" }, { namespace: "pid:[42]" }]) {
        await leaveRecord(place, { ...elsewhere, pid: 4711, heartbeat: new Date(NOW - LIVE_MS + 1).toISOString() });
        const before = await readFile(place.record, "utf8");
        const owner = await acquireOwner(place.folder, place.state, options);
        const expected = { pid: 4711, host: elsewhere.host ?? HERE.host };
        await assertFails(owner.writeRecord(place.data), "database_owned", expected);
        assert.equal(await readFile(place.record, "utf8"), before, "a living owner's record is left alone");

        await leaveRecord(place, { ...elsewhere, heartbeat: new Date(NOW - LIVE_MS).toISOString() });
        await owner.writeRecord(place.data);
        assert.equal((await readRecord(place)).pid, process.pid);
        await owner.release();
      }
    }));

  it("fault 10: takes over from a dead process of this host, and is not fooled by a new process with its number", async function () {
    if (process.platform !== "linux") return;
    await inWorkspace(async (place) => {
      const parent = { pid: process.ppid, start: processStart(process.ppid) };
      for (const dead of [
        { pid: 2 ** 22 + 1, start: 5 },
        { pid: parent.pid, start: (parent.start ?? 0) + 1 },
      ]) {
        await leaveRecord(place, dead);
        const owner = await acquireOwner(place.folder, place.state, options);
        await owner.writeRecord(place.data);
        assert.equal((await readRecord(place)).pid, process.pid);
        await owner.release();
      }
      await leaveRecord(place, { ...parent, heartbeat: new Date(NOW - 10 * LIVE_MS).toISOString() });
      const owner = await acquireOwner(place.folder, place.state, options);
      await assertFails(owner.writeRecord(place.data), "database_owned", { pid: parent.pid });
      await owner.release();
    });
  });

  it("replaces a record that cannot be read", () =>
    inWorkspace(async (place) => {
      await mkdir(place.data);
      await writeFile(place.record, "{ half");
      const owner = await acquireOwner(place.folder, place.state, options);
      await owner.writeRecord(place.data);
      assert.equal((await readRecord(place)).epoch, owner.epoch);
      await owner.release();
    }));

  it("keeps the record fresh, and says so when another owner has taken it", () =>
    inWorkspace(async (place) => {
      let now = NOW;
      const owner = await acquireOwner(place.folder, place.state, { now: () => now, heartbeatMs: 5 });
      await owner.writeRecord(place.data);
      now += 1_000;
      for (let reads = 0; (await readRecord(place)).heartbeat !== new Date(now).toISOString(); reads += 1) {
        assert.ok(reads < 100_000, "the record was never refreshed");
      }
      assert.equal(owner.lost.aborted, false);
      await leaveRecord(place, { host: "elsewhere", epoch: owner.epoch + 1 });
      // The beat may have been about to write our record; the other owner then writes again, as it does.
      const again = setInterval(() => void leaveRecord(place, { host: "elsewhere", epoch: owner.epoch + 1 }), 20);
      await new Promise((resolve) => owner.lost.addEventListener("abort", resolve, { once: true }));
      clearInterval(again);
      assert.ok(owner.lost.reason instanceof FailureError);
      await owner.release();
      assert.equal((await readRecord(place)).host, "elsewhere", "a release removes only what is ours");
    }));
});
