import assert from "node:assert/strict";
import { FolderLink, type FolderLinkOptions, type LinkState } from "../../../../extension/link/folder-link.ts";
import type { ExecutionStatus } from "../../../../schemas/execution.ts";
import { failure, type Failure } from "../../../../schemas/failure.ts";
import {
  afterOf,
  executionBatch,
  executions,
  failureOf,
  retryOf,
  workspaceBatch,
} from "../../../support/played-batches.ts";
import { FakeClock, quiet } from "../../../support/fake-clock.ts";
import { PlayedDoor, PlayedWorker, type Reception } from "../../../support/played-worker.ts";

const NOBODY = failure("worker_unavailable", "nobody is there");

describe("the link to the worker of a folder (O2)", () => {
  let clock: FakeClock;
  let door: PlayedDoor;
  let lines: string[];
  let states: LinkState[];
  let link: FolderLink;

  beforeEach(() => {
    clock = new FakeClock();
    lines = [];
    states = [];
  });
  afterEach(() => link.dispose());

  function open(line: Reception[], more: Partial<FolderLinkOptions> = {}): FolderLink {
    door = new PlayedDoor(...line);
    link = new FolderLink({
      ...{ folder: "/proj", workerEntry: "/worker.mjs", version: "2.0.0", clientName: "test", clock, chance: () => 1 },
      openDoor: async () => door,
      log: (text) => lines.push(text),
      ...more,
    });
    link.onState((state) => states.push(state));
    return link;
  }

  const kinds = (): string[] => states.map(({ kind }) => kind);

  describe("connecting", () => {
    it("does nothing before somebody asks, also when somebody follows", async () => {
      open([new PlayedWorker(1)]).follow({ kind: "workspace" }, () => {});
      await clock.advance(60_000);
      assert.deepEqual([door.calls, link.state.kind, clock.pending], [[], "idle", 0]);
    });

    it("makes one connection for all who ask at the same time", async () => {
      open([new PlayedWorker(1)]);
      const clients = await Promise.all([link.connect(), link.attach(), link.connect()]);
      assert.equal(new Set(clients).size, 1);
      assert.deepEqual(door.calls, ["start"]);
      assert.deepEqual(kinds(), ["connecting", "connected"]);
    });

    it("attaches only to what runs, and then starts it for who needs it", async () => {
      open([null, new PlayedWorker(1)]);
      const [attached, connected] = await Promise.all([link.attach(), link.connect()]);
      assert.equal(attached, null);
      assert.ok(connected);
      assert.deepEqual(door.calls, ["attach", "start"]);
    });

    it("gives the worker's own failures to who called, and stays connected", async () => {
      open([new PlayedWorker(1)]);
      const reason = await failureOf(link.call("execution.get", { executionId: "x" }));
      assert.equal(reason.code, "not_found");
      assert.equal(link.state.kind, "connected");
    });

    it("says what is wrong when it cannot start, and does not try again by itself", async () => {
      open([failure("worker_unavailable", "the program is missing", { details: { lasting: true } })]);
      link.follow({ kind: "workspace" }, () => {});
      await failureOf(link.connect());
      await clock.advance(120_000);
      assert.deepEqual(door.calls, ["start"]);
      assert.deepEqual(link.state, { kind: "lost", failure: door.line[0], retryInMs: null });
    });
  });

  describe("what is followed", () => {
    it("goes on from its cursor after a loss, without gaps and without repeats", async () => {
      const [first, second] = [new PlayedWorker(1), new PlayedWorker(2)];
      open([first, second]);
      const seen: number[] = [];
      link.follow({ kind: "execution", executionId: "x" }, (batch) => seen.push(afterOf(batch)));
      await link.connect();
      await quiet();
      first.send(0, executionBatch(3));
      first.send(0, executionBatch(7));
      first.close();
      first.send(0, executionBatch(9));
      await clock.advance(0);
      assert.deepEqual(second.followed[0]?.topic, { kind: "execution", executionId: "x", after: 7, glance: false });
      second.send(0, executionBatch(9));
      assert.deepEqual(seen, [3, 7, 9]);
    });

    it("is over after its end, and is not opened again", async () => {
      const [first, second] = [new PlayedWorker(1), new PlayedWorker(2)];
      open([first, second]);
      link.follow({ kind: "execution", executionId: "x" }, () => {});
      link.follow({ kind: "workspace" }, () => {});
      await link.connect();
      await quiet();
      first.send(0, executionBatch(3, true));
      first.close();
      await clock.advance(0);
      assert.deepEqual(second.topics, ["workspace"]);
    });

    it("is closed at the worker when nobody wants it any more, also when that happens before it was opened", async () => {
      const worker = new PlayedWorker(1);
      open([worker]);
      await link.connect();
      await quiet();
      link.follow({ kind: "workspace" }, () => {})();
      await quiet();
      assert.deepEqual(worker.methods, ["subscription.open", "subscription.close"]);
    });

    it("is opened once when somebody begins to follow while the lost worker's executions are taken up", async () => {
      const [first, second] = [new PlayedWorker(1), new PlayedWorker(2)];
      first.running = ["a"];
      second.answering = false;
      open([first, second]);
      await link.connect();
      await quiet();
      first.close();
      await clock.advance(0);
      link.follow({ kind: "workspace" }, () => {});
      second.resumeAnswering();
      await quiet();
      assert.equal(second.followed.length, 1);
    });

    it("goes on for the others when one listener fails", async () => {
      const worker = new PlayedWorker(1);
      open([worker]);
      const seen: number[] = [];
      link.follow({ kind: "execution", executionId: "x" }, () => {
        throw new Error("a mistake in a view");
      });
      link.follow({ kind: "execution", executionId: "x" }, (batch) => seen.push(afterOf(batch)));
      await link.connect();
      await quiet();
      worker.send(0, executionBatch(3));
      worker.send(1, executionBatch(3));
      assert.deepEqual(seen, [3]);
      assert.match(lines.join("\n"), /a mistake in a view/);
    });

    it("that does not exist is told once and not asked for again", async () => {
      const worker = new PlayedWorker(1);
      worker.answers.set("follow execution", failure("not_found", "no such execution"));
      open([worker]);
      const told: Failure[] = [];
      link.follow(
        { kind: "execution", executionId: "x" },
        () => {},
        (reason) => told.push(reason),
      );
      await link.connect();
      await clock.advance(600_000);
      assert.equal(told.map(({ code }) => code).join(), "not_found");
    });

    it("that cannot be read for the moment is asked for again", async () => {
      const worker = new PlayedWorker(1);
      worker.answers.set("follow workspace", failure("database_owned", "another machine has it"));
      open([worker]);
      link.follow({ kind: "workspace" }, () => {});
      await link.connect();
      await quiet();
      worker.answers.delete("follow workspace");
      await clock.advance(10_000);
      assert.equal(worker.followed.length, 1);
    });
  });

  describe("a lost worker", () => {
    it("is replaced at once when somebody follows; the state says so", async () => {
      const [first, second] = [new PlayedWorker(1), new PlayedWorker(2)];
      open([first, second]);
      link.follow({ kind: "workspace" }, () => {});
      await link.connect();
      first.close();
      const { state } = link;
      assert.ok(state.kind === "lost" && state.retryInMs === 0);
      await clock.advance(0);
      assert.deepEqual(kinds().slice(-2), ["connecting", "connected"]);
      assert.deepEqual(door.calls, ["start", "await successor", "start"]);
    });

    it("is not replaced when nobody uses it", async () => {
      const first = new PlayedWorker(1);
      open([first, new PlayedWorker(2)]);
      await link.connect();
      await quiet();
      first.close();
      await clock.advance(600_000);
      assert.deepEqual([door.calls, link.state.kind, clock.pending], [["start"], "idle", 0]);
    });

    it("that ran something is replaced although nobody follows", async () => {
      const first = new PlayedWorker(1);
      first.running = ["x"];
      const second = new PlayedWorker(2);
      second.answers.set("execution.list", executions({ x: "completed" }));
      open([first, second]);
      await link.connect();
      await quiet();
      first.close();
      await clock.advance(0);
      assert.equal(link.state.kind, "connected");
    });

    it("is tried ever later, and after ten tries only when somebody asks", async () => {
      const first = new PlayedWorker(1);
      open([first, NOBODY]);
      link.follow({ kind: "workspace" }, () => {});
      await link.connect();
      first.close();
      await clock.advance(0);
      const waits: (number | null)[] = [];
      for (let wait = retryOf(link.state); wait !== null; wait = retryOf(link.state)) {
        waits.push(wait);
        await clock.advance(wait);
      }
      assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
      const asked = door.calls.length;
      await clock.advance(3_600_000);
      assert.equal(door.calls.length, asked);
      door.line.splice(0, 1, new PlayedWorker(2));
      await link.connect();
      assert.equal(link.state.kind, "connected");
    });

    it("that is lost again and again right after it was found is not tried without a pause", async () => {
      const workers = Array.from({ length: 5 }, (_, index) => new PlayedWorker(index + 1));
      open(workers);
      link.follow({ kind: "workspace" }, () => {});
      await link.connect();
      const waits: (number | null)[] = [];
      for (const worker of workers.slice(0, 4)) {
        worker.close();
        waits.push(retryOf(link.state));
        await clock.advance(retryOf(link.state) ?? 0);
      }
      assert.deepEqual(waits, [0, 1_000, 2_000, 4_000]);
    });

    it("is replaced at once again when the one before held for a while", async () => {
      const [first, second, third] = [new PlayedWorker(1), new PlayedWorker(2), new PlayedWorker(3)];
      open([first, second, third]).follow({ kind: "workspace" }, () => {});
      await link.connect();
      first.close();
      await clock.advance(10_000);
      second.close();
      assert.equal(retryOf(link.state), 0);
    });

    it("is tried once when somebody asks before the next try is due", async () => {
      const first = new PlayedWorker(1);
      open([first, NOBODY]).follow({ kind: "workspace" }, () => {});
      await link.connect();
      first.close();
      await clock.advance(0);
      door.line.splice(0, 1, new PlayedWorker(2));
      await link.connect();
      const { length } = door.calls;
      await clock.advance(600_000);
      assert.equal(door.calls.length, length);
    });

    for (const code of ["not_found", "version_mismatch", "database_foreign"] as const) {
      it(`is not tried again when that cannot help: ${code}`, async () => {
        const first = new PlayedWorker(1);
        open([first, failure(code, "for good")]);
        link.follow({ kind: "workspace" }, () => {});
        await link.connect();
        first.close();
        await clock.advance(0);
        assert.deepEqual([retryOf(link.state), clock.pending], [null, 0]);
      });
    }

    it("is waited for while an older one finishes, however long that takes", async () => {
      open([failure("worker_busy", "an older worker finishes what runs", { retryable: true })]);
      await failureOf(link.connect());
      await clock.advance(3_600_000);
      assert.ok(door.calls.length > 100);
      door.line.splice(0, 1, new PlayedWorker(2));
      await clock.advance(30_000);
      assert.equal(link.state.kind, "connected");
    });
  });

  describe("what a lost worker ran", () => {
    const lose = async (before: Record<string, ExecutionStatus>, after: Record<string, ExecutionStatus>) => {
      const [first, second] = [new PlayedWorker(1), new PlayedWorker(2)];
      second.answers.set("execution.list", executions(after));
      second.answers.set("execution.resume", { executionId: "a", status: "running" });
      open([first, second]);
      link.follow({ kind: "workspace" }, () => {});
      await link.connect();
      await quiet();
      first.send(0, workspaceBatch(before));
      first.close();
      await clock.advance(0);
      return second;
    };
    const resumed = (worker: PlayedWorker): unknown[] =>
      worker.asked.filter(({ method }) => method === "execution.resume").map(({ params }) => params);

    it("goes on, before anything is followed again, so that nothing seems to have ended", async () => {
      const worker = await lose({ a: "running" }, { a: "interrupted" });
      assert.deepEqual(worker.methods, ["execution.list", "execution.resume", "subscription.open"]);
    });

    it("goes on once when several windows saw the loss: they send the same command; a pause stays", async () => {
      const one = resumed(await lose({ a: "running" }, { a: "interrupted" }));
      await link.dispose();
      const other = resumed(await lose({ a: "running" }, { a: "interrupted" }));
      assert.deepEqual(one, [{ executionId: "a", keepPause: true, commandId: "after-1-1000-a" }]);
      assert.deepEqual(other, one);
    });

    it("stays as it is when it has ended, waits or was interrupted before", async () => {
      const worker = await lose(
        { done: "completed", asks: "waiting", old: "interrupted", cancelled: "running" },
        { done: "completed", asks: "waiting", old: "interrupted", cancelled: "cancelled", unknown: "interrupted" },
      );
      assert.deepEqual(resumed(worker), []);
    });

    it("is not touched when only the connection was lost and the worker is the same", async () => {
      const first = new PlayedWorker(1);
      const again = new PlayedWorker(1);
      again.answers.set("execution.list", executions({ a: "interrupted" }));
      open([first, again]);
      link.follow({ kind: "workspace" }, () => {});
      await link.connect();
      await quiet();
      first.send(0, workspaceBatch({ a: "running" }));
      first.close();
      await clock.advance(0);
      assert.deepEqual(again.methods, ["subscription.open"]);
    });

    it("goes on under the worker after next when the next one dies before it could be asked", async () => {
      const [first, second, third] = [new PlayedWorker(1), new PlayedWorker(2), new PlayedWorker(3)];
      second.answering = false;
      third.answers.set("execution.list", executions({ a: "interrupted" }));
      third.answers.set("execution.resume", { executionId: "a", status: "running" });
      open([first, second, third]);
      link.follow({ kind: "workspace" }, () => {});
      await link.connect();
      await quiet();
      first.send(0, workspaceBatch({ a: "running" }));
      first.close();
      await clock.advance(0);
      second.close();
      await clock.advance(1_000);
      assert.equal(resumed(third).length, 1);
    });

    it("is not touched by a window that has just been opened", async () => {
      const worker = new PlayedWorker(1);
      worker.answers.set("execution.list", executions({ a: "interrupted" }));
      open([worker]).follow({ kind: "workspace" }, () => {});
      await link.connect();
      await quiet();
      assert.deepEqual(resumed(worker), []);
    });
  });

  describe("a worker that does not answer", () => {
    it("is ended after 30 s and replaced", async () => {
      const [first, second] = [new PlayedWorker(1), new PlayedWorker(2)];
      open([first, second]).follow({ kind: "workspace" }, () => {});
      await link.connect();
      await quiet();
      first.answering = false;
      await clock.advance(39_000);
      assert.deepEqual(door.calls, ["start"]);
      await clock.advance(2_000);
      assert.deepEqual(door.calls, ["start", "end 1 0", "await successor", "start"]);
      assert.equal(first.isOpen, false);
      assert.match(lines.join("\n"), /did not answer for 30 s/);
    });

    it("is let be as long as something comes from it", async () => {
      const first = new PlayedWorker(1);
      open([first]).follow({ kind: "workspace" }, () => {});
      await link.connect();
      await quiet();
      first.answering = false;
      for (let turn = 0; turn < 20; turn += 1) {
        await clock.advance(10_000);
        first.send(0, workspaceBatch({}));
      }
      assert.deepEqual(door.calls, ["start"]);
    });

    it("is let be under a debugger", async () => {
      const first = new PlayedWorker(1);
      open([first], { hungAfterMs: null }).follow({ kind: "workspace" }, () => {});
      await link.connect();
      await quiet();
      first.answering = false;
      await clock.advance(600_000);
      assert.deepEqual(door.calls, ["start"]);
    });

    it("is ended when it lets nobody in for 30 s, with a word to who waits", async () => {
      const hung = failure("worker_unavailable", "process 1 does not answer", { details: { pid: 1, hung: true } });
      open([hung, hung, hung, hung, hung, hung, new PlayedWorker(2)]);
      await link.connect();
      assert.deepEqual(door.calls, [...Array.from({ length: 6 }, () => "start"), "end 1 0", "start"]);
      assert.ok(states.some((state) => state.kind === "connecting" && state.waitsFor === hung.message));
    });
  });

  it("is restarted in order when a person asks, and what ran goes on", async () => {
    const [first, second] = [new PlayedWorker(1), new PlayedWorker(2)];
    first.running = ["a"];
    second.answers.set("execution.list", executions({ a: "interrupted" }));
    second.answers.set("execution.resume", { executionId: "a", status: "running" });
    open([first, second, new PlayedWorker(3)]);
    await link.connect();
    await quiet();
    door.onEnd = () => {
      first.close();
    };
    await link.restart();
    await quiet();
    assert.deepEqual(door.calls, ["start", "end 1 25000", "start"]);
    assert.ok(second.asked.some(({ method }) => method === "execution.resume"));
    link.follow({ kind: "workspace" }, () => {});
    second.close();
    await clock.advance(1_000);
    assert.deepEqual(door.calls.slice(3), ["await successor", "start"], "the next loss was not asked for");
  });

  it("notices a worker that was gone before anybody could listen for that", async () => {
    const gone = new PlayedWorker(1);
    gone.close();
    open([gone, new PlayedWorker(2)]).follow({ kind: "workspace" }, () => {});
    await link.connect();
    await clock.advance(0);
    assert.ok(link.state.kind === "connected" && link.state.hello.pid === 2);
  });

  describe("disposed", () => {
    it("leaves no timer and no connection, and the worker goes on", async () => {
      const worker = new PlayedWorker(1);
      open([worker]).follow({ kind: "workspace" }, () => {});
      await link.connect();
      await quiet();
      await link.dispose();
      assert.deepEqual([clock.pending, worker.isOpen, door.calls], [0, false, ["start"]]);
      await clock.advance(60_000);
      assert.deepEqual(door.calls, ["start"]);
      assert.equal((await failureOf(link.connect())).code, "cancelled", "whoever still asks is refused");
    });

    it("while it connects, it lets go of what came of that", async () => {
      const worker = new PlayedWorker(1);
      open([worker]);
      const held = Promise.withResolvers<void>();
      door.hold = held.promise;
      const connecting = failureOf(link.connect());
      await quiet();
      const disposing = link.dispose();
      held.resolve();
      await disposing;
      assert.equal((await connecting).code, "cancelled");
      assert.equal(clock.pending, 0);
    });

    it("while it waits for its next try, it makes none", async () => {
      const first = new PlayedWorker(1);
      open([first, NOBODY]).follow({ kind: "workspace" }, () => {});
      await link.connect();
      first.close();
      await clock.advance(0);
      await link.dispose();
      assert.equal(clock.pending, 0);
    });
  });
});
