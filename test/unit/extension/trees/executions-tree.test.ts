import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { ExecutionsTree } from "../../../../extension/trees/executions-tree.ts";
import type { Changed, TreeNode } from "../../../../extension/trees/node-tree.ts";
import {
  aGlance,
  anAttempt,
  aProgress,
  aStep,
  aSummary,
  aView,
  english,
  FakeFolder,
  START,
} from "../../../support/tree-data.ts";

class World {
  now = START;
  readonly folders: FakeFolder[];
  readonly told: Changed[] = [];
  readonly tree: ExecutionsTree;

  constructor(...folders: FakeFolder[]) {
    this.folders = folders;
    this.tree = new ExecutionsTree({
      folders: () => this.folders,
      now: () => this.now,
      l10n: english,
      tell: (changed) => this.told.push(changed),
    });
  }

  async labels(node?: TreeNode): Promise<string[]> {
    return (await this.tree.children(node)).map(({ row }) => row.label);
  }

  async child(label: string, node?: TreeNode): Promise<TreeNode> {
    const found = (await this.tree.children(node)).find(({ row }) => row.label === label);
    assert(found, `no row ${label}`);
    return found;
  }

  /** Labels of the rows that were told to look different since the last time. */
  news(): string[] {
    const told = this.told.splice(0);
    return told.flatMap((changed) => (changed === "all" ? ["all"] : changed.map(({ row }) => row.label)));
  }
}

const running = (): FakeFolder => {
  const folder = new FakeFolder(aView({ executions: [aSummary()], progress: [aProgress()] }));
  folder.steps = [
    aStep({ id: "a", title: "First", status: "completed", attempts: 1, duration: 900 }),
    aStep({ id: "b", title: "Second" }),
    aStep({ id: "c", title: "Third" }),
  ];
  return folder;
};

describe("the tree of executions (O4)", () => {
  it("shows what waits for a person first, then what has not ended, then the newest", async () => {
    const at = (minute: number): string => new Date(START + minute * 60_000).toISOString();
    const ended = { status: "completed", completedAt: at(9) } as const;
    const world = new World(
      new FakeFolder(
        aView({
          executions: [
            aSummary({ executionId: "1", title: "newest", startedAt: at(5), ...ended }),
            aSummary({ executionId: "2", title: "older", startedAt: at(4), ...ended }),
            aSummary({ executionId: "3", title: "running", startedAt: at(3) }),
            aSummary({ executionId: "4", title: "asking", startedAt: at(1), status: "waiting" }),
          ],
        }),
      ),
    );
    assert.deepEqual(await world.labels(), ["asking", "running", "newest", "older"]);
  });

  it("asks for steps, attempts and artifacts only when they are opened", async () => {
    const folder = running();
    const artifact = { type: "file", path: "out/site.html", url: null, sha256: "", size: 2_300 };
    folder.detail = {
      step: aStep(),
      attempts: [anAttempt(), anAttempt({ attempt: 2, artifacts: [artifact] })],
      decisions: [],
    };
    const world = new World(folder);
    const execution = await world.child("Build the site");
    assert.deepEqual(folder.asked, []);
    const step = await world.child("First", execution);
    assert.deepEqual(folder.asked, ["execution run-1", "follow from 7"]);
    const attempt = await world.child("Attempt 2", step);
    assert.deepEqual(folder.asked.slice(2), ["step a"]);
    const [file] = await world.tree.children(attempt);
    assert.equal(file?.row.label, "site.html");
    assert.equal(file.row.description, "out · 2.3 kB");
    assert.equal(file.path, "out/site.html");
  });

  it("tells only the rows that look different, and keeps their elements", async () => {
    const folder = running();
    const world = new World(folder);
    const execution = await world.child("Build the site");
    const before = await world.tree.children(execution);
    world.news();
    const step = {
      stepId: "b",
      title: "Second",
      agent: "shell",
      simulated: false,
      attempt: 1,
      elapsed: 4_000,
      asks: null,
    };
    folder.tell([aGlance({ id: "b" })], { running: [step] });
    assert.deepEqual(world.news(), ["Second"]);
    assert.equal(before[1]?.row.description, "running · 4s");
    assert.deepEqual(await world.tree.children(execution), before);
  });

  it("lets running times tick while something runs, and nothing afterwards", async () => {
    const folder = running();
    const world = new World(folder);
    const execution = await world.child("Build the site");
    await world.tree.children(execution);
    const step = {
      stepId: "b",
      title: "Second",
      agent: "shell",
      simulated: false,
      attempt: 1,
      elapsed: 4_000,
      asks: null,
    };
    folder.tell([aGlance({ id: "b" })], { running: [step] });
    world.news();
    world.now += 1_000;
    world.tree.tick();
    assert.deepEqual(world.news(), ["Build the site", "Second"]);
    assert.match(execution.row.description, /^running · 1 of 3 · 1m01s · 0.40 USD of 5.00 USD$/);
    assert.equal(world.tree.changes, "each second");
    const ended = aSummary({ status: "completed", completedAt: new Date(world.now).toISOString() });
    folder.view = aView({ executions: [ended] });
    folder.steps = folder.steps.map((one) => ({ ...one, status: "completed" }));
    folder.tell([], {}, true);
    await turn();
    world.tree.update();
    await turn();
    world.news();
    world.now += 1_000;
    world.tree.tick();
    assert.deepEqual(world.news(), []);
    assert.equal(world.tree.changes, "each minute");
  });

  it("asks once more after the end, and not again and again for one that only pauses", async () => {
    const folder = running();
    const world = new World(folder);
    await world.tree.children(await world.child("Build the site"));
    folder.view = aView({
      executions: [aSummary({ status: "waiting" })],
      progress: [aProgress({ status: "waiting" })],
    });
    folder.tell([], { status: "waiting" }, true);
    for (let turns = 0; turns < 5; turns += 1) {
      await turn();
      world.tree.update();
    }
    assert.equal(folder.followers, 0);
    assert.deepEqual(folder.asked, ["execution run-1", "follow from 7", "execution run-1"]);
    folder.view = aView({ executions: [aSummary()], progress: [aProgress()] });
    world.tree.update();
    await turn();
    assert.equal(folder.followers, 1, "it goes on");
  });

  it("follows nothing while it is hidden or collapsed, and shows what happened meanwhile", async () => {
    const folder = running();
    const world = new World(folder);
    const execution = await world.child("Build the site");
    const [, second] = await world.tree.children(execution);
    world.tree.setVisible(false);
    assert.equal(folder.followers, 0);
    folder.steps = folder.steps.map((one) => (one.id === "b" ? { ...one, status: "completed", attempts: 1 } : one));
    world.tree.setVisible(true);
    await turn();
    assert.equal(folder.followers, 1);
    assert.equal(second?.row.description, "completed");
    world.tree.collapsed(execution);
    assert.equal(folder.followers, 0);
    world.tree.expanded(execution);
    await turn();
    assert.equal(folder.followers, 1);
  });

  it("renews open attempts of a step that goes on", async () => {
    const folder = running();
    const world = new World(folder);
    const execution = await world.child("Build the site");
    const first = await world.child("First", execution);
    folder.detail = { step: aStep(), attempts: [anAttempt()], decisions: [] };
    assert.deepEqual(await world.labels(first), ["Attempt 1"]);
    folder.detail = { step: aStep(), attempts: [anAttempt(), anAttempt({ attempt: 2, outcome: null })], decisions: [] };
    folder.tell([aGlance({ id: "a", spans: [{ attempt: 2, start: 5, end: null, outcome: null }] })]);
    await turn();
    assert.deepEqual(await world.labels(first), ["Attempt 2", "Attempt 1"]);
  });

  it("asks anew when another plan came into force (A7)", async () => {
    const folder = running();
    const world = new World(folder);
    const execution = await world.child("Build the site");
    await world.tree.children(execution);
    folder.steps = folder.steps.slice(0, 2);
    folder.progress = aProgress({ total: 2 });
    folder.tell([]);
    await turn();
    assert.deepEqual(await world.labels(execution), ["First", "Second"]);
    folder.tell([aGlance({ id: "b" })]);
    assert.equal(folder.asked.filter((what) => what === "execution run-1").length, 2);
  });

  it("shows what closed attempts became when they are opened again", async () => {
    const folder = running();
    const world = new World(folder);
    const first = await world.child("First", await world.child("Build the site"));
    folder.detail = { step: aStep(), attempts: [anAttempt()], decisions: [] };
    await world.labels(first);
    world.tree.collapsed(first);
    folder.detail = { step: aStep(), attempts: [anAttempt(), anAttempt({ attempt: 2 })], decisions: [] };
    folder.tell([aGlance({ id: "a", spans: [{ attempt: 2, start: 5, end: null, outcome: null }] })]);
    assert.deepEqual(await world.labels(first), ["Attempt 2", "Attempt 1"]);
  });

  it("shows 10,000 steps by the thousand", async () => {
    const folder = running();
    folder.steps = Array.from({ length: 10_000 }, (_, index) => aStep({ id: `s${index}`, title: `Step ${index}` }));
    folder.progress = aProgress({ total: 10_000 });
    const world = new World(folder);
    const execution = await world.child("Build the site");
    const more = await world.child("Show 1000 more (9000 left)", execution);
    await world.tree.showMore(more);
    const labels = await world.labels(execution);
    assert.equal(labels.length, 2_001);
    assert.equal(labels.at(-1), "Show 1000 more (8000 left)");
  });

  it("spares a long list: its execution's own row is renewed seldom, but at once when its state changes", async () => {
    const folder = running();
    folder.steps = Array.from({ length: 1_000 }, (_, index) => aStep({ id: `s${index}`, title: `Step ${index}` }));
    folder.progress = aProgress({ total: 1_000 });
    const world = new World(folder);
    await world.tree.children(await world.child("Build the site"));
    world.news();
    let times = 0;
    for (let second = 0; second < 60; second += 1) {
      world.now += 1_000;
      world.tree.tick();
      times += world.news().length;
    }
    assert(times >= 2 && times <= 4, `${times} times in a minute`);
    folder.view = aView({ executions: [aSummary({ status: "paused" })], progress: [aProgress({ status: "paused" })] });
    world.tree.update();
    assert.deepEqual(world.news(), ["Build the site"]);
  });

  it("draws only the rows of steps that changed, however many there are", async () => {
    const folder = running();
    folder.steps = Array.from({ length: 500 }, (_, index) => aStep({ id: `${index}`, title: `Number ${index}` }));
    folder.progress = aProgress({ total: 500 });
    const drawn: string[] = [];
    const tree = new ExecutionsTree({
      folders: () => [folder],
      now: () => START,
      // Screen readers are told the title of every row that is drawn.
      l10n: { t: (message, ...values) => (drawn.push(String(values[0])), english.t(message, ...values)) },
      tell: () => undefined,
    });
    const [execution] = await tree.children();
    await tree.children(execution);
    drawn.splice(0);
    folder.tell([aGlance({ id: "7" })], { total: 500 });
    assert.deepEqual(new Set(drawn.filter((word) => word.startsWith("Number"))), new Set(["Number 7"]));
  });

  it("shows older executions on demand, beyond those that come by themselves", async () => {
    const make = (index: number) =>
      aSummary({
        executionId: `run-${index}`,
        title: `Run ${index}`,
        status: "completed",
        startedAt: new Date(START - index * 1_000).toISOString(),
      });
    const all = Array.from({ length: 120 }, (_, index) => make(index));
    const folder = new FakeFolder(aView({ executions: all.slice(0, 50) }));
    folder.older = all;
    const world = new World(folder);
    const more = await world.child("Show older executions");
    assert.equal((await world.labels()).length, 16);
    for (const shown of [65, 115, 120]) {
      await world.tree.showMore(more);
      const runs = (await world.labels()).filter((label) => label.startsWith("Run "));
      assert.equal(runs.length, shown);
      assert.equal(new Set(runs).size, shown);
    }
    assert(!(await world.labels()).includes("Show older executions"));
  });

  it("says in a row what could not be read, and tries again when it is refreshed", async () => {
    const folder = running();
    folder.failing = new Error("the connection to the worker was lost");
    const world = new World(folder);
    const execution = await world.child("Build the site");
    const [row] = await world.tree.children(execution);
    assert.equal(row?.row.label, "Could not be read");
    assert.match(row.row.description, /connection to the worker was lost/);
    folder.failing = null;
    world.tree.refresh();
    assert.deepEqual(await world.labels(execution), ["First", "Second", "Third"]);
  });

  it("groups by folder only where there are several", async () => {
    const other = new FakeFolder(aView({ executions: [aSummary({ title: "Other" })] }), "other");
    const world = new World(running(), other, new FakeFolder(aView(), "empty"));
    assert.deepEqual(await world.labels(), ["site", "other"]);
    assert.deepEqual(await world.labels(await world.child("other")), ["Other"]);
    world.folders.splice(1);
    world.tree.update();
    assert.deepEqual(await world.labels(), ["Build the site"]);
  });
});
