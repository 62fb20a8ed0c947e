import assert from "node:assert/strict";
import { FailureError } from "../../../schemas/failure.ts";
import type { Command } from "../../../worker/engine/command.ts";
import { foldAll } from "../../../worker/engine/fold.ts";
import { Executions, type RecordedExecution } from "../../../worker/run/executions.ts";
import { interruptionOf } from "../../../worker/run/interruption.ts";
import { FakeClock, quiet } from "../../support/fake-clock.ts";
import { MemoryJournal, ScriptedStarter } from "../../support/live-run.ts";
import { planOf } from "../../support/planning.ts";
import type { Script } from "../../support/virtual-run.ts";

/** Executions of one worker after the other, over the same record. */
class Workers {
  readonly clock = new FakeClock();
  readonly journal = new MemoryJournal();
  readonly starter: ScriptedStarter;
  executions: Executions;
  /** How often one was taken up. */
  equipped = 0;
  readonly #plan;

  constructor(text: string, script: Script) {
    this.#plan = planOf(text);
    this.starter = new ScriptedStarter(this.clock, script);
    this.executions = this.#worker();
  }

  /** Runs the plan until nothing more happens without a person. */
  async begin(): Promise<void> {
    const terms = { writeBack: true, onFailure: "pause", scope: null, agentLimits: {} } as const;
    await this.executions.start(this.#plan, terms);
    await this.clock.advance(10_000);
  }

  /** The worker leaves, and another one comes. */
  async replace(): Promise<void> {
    await this.executions.abandon();
    this.executions = this.#worker();
    this.equipped = 0;
  }

  command(command: Command, by = "somebody"): Promise<void> {
    return this.executions.command("run-1", command, by, () => this.load());
  }

  async load(): Promise<RecordedExecution> {
    const state = foldAll(structuredClone(this.journal.events));
    assert.ok(state);
    return { plan: this.#plan, state };
  }

  #worker(): Executions {
    return new Executions({
      spending: () => Promise.resolve(new Map()),
      clock: this.clock,
      journal: this.journal,
      newId: () => "run-1",
      equip: async () => {
        this.equipped += 1;
        await quiet();
        const nothing = async (): Promise<void> => undefined;
        return { starter: this.starter, onEvents: () => undefined, finish: nothing, close: nothing };
      },
      onStalled: () => undefined,
      onLost: () => undefined,
    });
  }
}

const code = (error: unknown): string => (error instanceof FailureError ? error.failure.code : String(error));
const answer = (choice: "retry" | "skip" | "abort"): Command => ({
  kind: "answer",
  decisionId: "run-1/ask-1",
  choice,
  amount: null,
  revision: null,
});

describe("commands to executions that no worker runs", () => {
  /** One step that fails at its first attempt and waits for a person. */
  const waiting = async (): Promise<Workers> => {
    const workers = new Workers("- [ ] Build\n  - id: build\n  - command: make\n", (_, attempt) => ({
      duration: 100,
      fails: attempt === 1 ? "exit_nonzero" : null,
    }));
    await workers.begin();
    await workers.replace();
    return workers;
  };
  const seqs = ({ journal }: Workers): number[] => journal.events.map(({ seq }) => seq);
  const holdsTogether = (workers: Workers): void =>
    assert.deepEqual(
      seqs(workers),
      seqs(workers).map((_, index) => index + 1),
      "two that write the same record would use the same numbers",
    );

  it("two answers of the same moment: it is taken up once, and one of them is heard", async () => {
    const workers = await waiting();
    const results = await Promise.allSettled([workers.command(answer("retry")), workers.command(answer("skip"))]);
    assert.deepEqual(
      results.map((result) => (result.status === "rejected" ? code(result.reason) : "heard")),
      ["heard", "conflict"],
    );
    await workers.clock.advance(1_000);
    assert.equal(workers.equipped, 1);
    holdsTogether(workers);
    assert.equal(workers.journal.types.at(-1), "execution.finished");
  });

  it("commands that wait for one that changes nothing do not take it up each for itself", async () => {
    const workers = await waiting();
    const results = await Promise.allSettled([
      workers.command({ kind: "resume" }),
      workers.command(answer("retry")),
      workers.command(answer("abort")),
      workers.command({ kind: "pause" }),
    ]);
    assert.deepEqual(
      results.map((result) => (result.status === "rejected" ? code(result.reason) : "heard")),
      ["heard", "heard", "conflict", "heard"],
    );
    assert.equal(workers.equipped, 1);
    holdsTogether(workers);
  });

  it("the record is not changed behind an execution that is being taken up", async () => {
    const workers = await waiting();
    const taken = workers.command(answer("retry"));
    let changed = false;
    const change = async (): Promise<void> => {
      changed = true;
    };
    assert.equal(await workers.executions.whileUnattended("run-1", change), false);
    assert.equal(changed, false);
    await taken;
  });

  it("an execution is not taken up while its record is changed", async () => {
    const workers = await waiting();
    const steps: string[] = [];
    const change = async (): Promise<void> => {
      steps.push("begins");
      await quiet();
      steps.push("ends");
    };
    const changed = workers.executions.whileUnattended("run-1", change);
    const taken = workers.executions.command("run-1", answer("retry"), "somebody", async () => {
      steps.push("is read");
      return workers.load();
    });
    assert.equal(await changed, true);
    await taken;
    assert.deepEqual(steps, ["begins", "ends", "is read"]);
  });
});

describe("what only a person can move on (semantics, Worker)", () => {
  /** Two steps side by side; the first must not simply run again after a crash. */
  const SPEC =
    "- [ ] [P] Deploy\n  - id: deploy\n  - command: ./deploy\n  - idempotent: false\n- [ ] [P] Build\n  - id: build\n  - command: make\n";

  it("an execution that waits for the answer about an interrupted step does not hold the worker", async () => {
    const workers = new Workers(SPEC, (stepId) => ({ duration: stepId === "deploy" ? null : 100 }));
    await workers.begin();
    await interrupt(workers);
    await workers.command({ kind: "resume" });
    await workers.clock.advance(1_000);
    assert.equal(workers.journal.types.at(-1), "decision.asked");
    assert.equal(workers.executions.isBusy, false);
    const { state } = await workers.load();
    assert.deepEqual(
      interruptionOf(state, "the worker is gone"),
      [],
      "nothing of it is interrupted when the worker leaves",
    );
  });

  it("next to it a backoff holds the worker, and counts as interrupted when the worker is lost", async () => {
    const workers = new Workers(SPEC, (stepId, attempt) => {
      if (stepId === "deploy") return { duration: null };
      return attempt === 1 ? { duration: null } : { duration: 100, fails: "timeout" };
    });
    await workers.begin();
    await interrupt(workers);
    await workers.command({ kind: "resume" });
    await workers.clock.advance(200);
    assert.equal(workers.journal.types.at(-1), "retry.scheduled");
    assert.equal(workers.executions.isBusy, true);
    const { state } = await workers.load();
    assert.equal(interruptionOf(state, "the worker is gone")[0]?.type, "execution.interrupted");
  });

  it("a crash and an answer do not lift a pause", async () => {
    const workers = new Workers(
      "- [ ] [P] Fails\n  - id: fails\n  - command: make\n- [ ] [P] Long\n  - id: long\n  - command: sleep 9\n",
      (stepId, attempt) => ({
        duration: stepId === "long" ? null : 100,
        fails: attempt === 1 ? "exit_nonzero" : null,
      }),
    );
    await workers.begin();
    await workers.command({ kind: "pause" }, "ada");
    await interrupt(workers);
    const started = workers.starter.started.length;
    await workers.command(answer("retry"), "grace");
    await workers.clock.advance(1_000);
    assert.equal(workers.starter.started.length, started, "nothing starts while it is paused");
    assert.equal((await workers.load()).state.paused?.by, "ada");
    await workers.command({ kind: "resume" }, "ada");
    await workers.clock.advance(1_000);
    assert.ok(workers.starter.started.length > started);
  });

  /** The worker dies, and the next one records it. */
  async function interrupt(workers: Workers): Promise<void> {
    const { clock, journal, starter } = workers;
    const left = workers.replace();
    for (const name of starter.alive) starter.end(name, { outcome: "cancelled" });
    await left;
    const { state } = await workers.load();
    const [body] = interruptionOf(state, "the worker is gone");
    assert.ok(body);
    const at = clock.wall().toISOString();
    await journal.append("run-1", [{ v: 1, executionId: "run-1", seq: state.seq + 1, at, t: state.t, ...body }]);
  }
});
