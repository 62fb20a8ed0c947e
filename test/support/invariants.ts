import assert from "node:assert/strict";
import type { EnginePlan, EngineStep, EventOf, ExecutionEvent } from "../../schemas/event.ts";
import { decide } from "../../worker/engine/decide.ts";
import { blockerOf } from "../../worker/engine/blocker.ts";
import type { ExecutionState } from "../../worker/engine/state.ts";

/**
 * Checks a whole journal against the invariants of the engine that a journal can show (design, section 4: 1, 2, 3, 6, 8), and the
 * limits of places and agents. Works from the events alone, without the engine's own bookkeeping.
 */
export function checkJournal(plan: EnginePlan, events: readonly ExecutionEvent[]): void {
  const book = new JournalBook(plan);
  events.forEach((event, index) => {
    assert.equal(event.seq, index + 1, "sequence numbers have no gaps");
    book.read(event);
  });
}

/** Invariant 9: when nothing happens until time passes, every step that has not ended runs or names what it waits for. */
export function checkBlockers(state: ExecutionState, t: number): void {
  assert.deepEqual(decide(state, t), [], "nothing is left to decide at an idle moment");
  if (state.finished) return;
  for (const step of state.steps) {
    if (step.phase.kind === "ended" || step.phase.kind === "running") continue;
    const blocker = blockerOf(state, step, t);
    assert.ok(blocker, `step ${step.definition.id} is ${step.phase.kind} at ${t} and nothing is named that blocks it`);
    assert.notEqual(blocker.detail, "");
  }
}

interface Seen {
  attempts: number;
  live: string | null;
  reserved: number;
  keys: Set<string>;
  end: EventOf<"step.finished"> | null;
}

class JournalBook {
  readonly #plan: EnginePlan;
  readonly #steps: ReadonlyMap<string, EngineStep>;
  readonly #seen = new Map<string, Seen>();
  #spent = 0;
  #held = 0;
  #reserved = 0;
  #isCancelled = false;
  #isFinished = false;

  constructor(plan: EnginePlan) {
    this.#plan = plan;
    this.#steps = new Map(plan.steps.map((step) => [step.id, step]));
    for (const { id } of plan.steps)
      this.#seen.set(id, { attempts: 0, live: null, reserved: 0, keys: new Set(), end: null });
  }

  read(event: ExecutionEvent): void {
    assert.ok(!this.#isFinished || event.type === "attempt.fenced", `${event.type} after the end of the execution`);
    if ("stepId" in event && event.type !== "attempt.fenced")
      assert.equal(this.#of(event.stepId).end, null, `${event.type} after the end of step ${event.stepId}`);
    switch (event.type) {
      case "attempt.started":
        this.#started(event);
        break;
      case "attempt.finished":
        this.#finished(event);
        break;
      case "attempt.stopping":
        assert.equal(this.#of(event.stepId).live, event.attemptId, "only a live attempt is stopped");
        break;
      case "retry.scheduled":
        this.#retried(event);
        break;
      case "step.finished":
        assert.equal(this.#of(event.stepId).live, null, `step ${event.stepId} ends while an attempt runs`);
        this.#of(event.stepId).end = event;
        break;
      case "cancel.requested":
        this.#isCancelled = true;
        break;
      case "execution.finished":
        this.#isFinished = true;
        for (const [id, { end }] of this.#seen) assert.ok(end, `step ${id} has no end`);
        assert.equal(this.#reserved, 0, "every reservation is settled");
        break;
      case "execution.created":
      case "execution.expired":
      case "execution.interrupted":
      case "execution.paused":
      case "execution.resumed":
      case "attempt.reported":
      case "attempt.fenced":
      case "boxes.written":
      case "budget.level":
      case "step.requeued":
      case "steps.reopened":
      case "review.returned":
      case "plan.revised":
      case "decision.asked":
      case "decision.answered":
      case "decision.withdrawn":
        // The simulated world has these; it keeps fuller books.
        break;
    }
  }

  #started(event: EventOf<"attempt.started">): void {
    const step = this.#step(event.stepId);
    const seen = this.#of(event.stepId);
    assert.ok(!this.#isCancelled, "nothing starts after a cancel");
    assert.ok(!step.skip, `skipped step ${step.id} starts`);
    for (const id of step.dependencies) assert.ok(this.#isMet(id), `${step.id} starts before ${id} has succeeded`);
    assert.equal(seen.live, null, `step ${step.id} has two live attempts`);
    seen.attempts += 1;
    assert.equal(event.attempt, seen.attempts);
    assert.ok(seen.attempts <= step.retry.maxAttempts, `step ${step.id} is tried too often`);
    seen.keys.add(event.idempotencyKey);
    assert.equal(seen.keys.size, 1, "all attempts of a step share one idempotency key");
    seen.live = event.attemptId;
    seen.reserved = event.reserved;
    this.#reserved += event.reserved;
    const { budget, maxConcurrent, agentLimits } = this.#plan;
    assert.equal(event.reserved, step.simulated || !budget ? 0 : (step.cost ?? 0));
    if (budget) assert.ok(this.#spent + this.#held + this.#reserved <= budget.limit, "over the limit");
    const live = this.#plan.steps.filter(({ id }) => this.#of(id).live !== null);
    assert.ok(live.length <= maxConcurrent, "more places are taken than there are");
    const load = live.filter(({ agent }) => agent === step.agent).length;
    assert.ok(load <= (agentLimits[step.agent] ?? Infinity), `agent ${step.agent} is over its limit`);
  }

  #finished(event: EventOf<"attempt.finished">): void {
    const seen = this.#of(event.stepId);
    assert.equal(seen.live, event.attemptId, "only the live attempt finishes");
    seen.live = null;
    this.#reserved -= seen.reserved;
    if (!this.#step(event.stepId).simulated) {
      const known = event.costs.reduce((sum, { amount }) => sum + (amount ?? 0), 0);
      this.#spent += known;
      if (event.costs.some(({ amount }) => amount === null)) this.#held += Math.max(0, seen.reserved - known);
    }
    assert.equal(event.failure === null, event.outcome === "succeeded", "a reason, exactly when it did not succeed");
  }

  #retried(event: EventOf<"retry.scheduled">): void {
    const { retry } = this.#step(event.stepId);
    assert.ok(!this.#isCancelled, "nothing is scheduled after a cancel");
    assert.equal(event.attempt, this.#of(event.stepId).attempts + 1);
    assert.ok(event.delay >= Math.min(retry.base, retry.cap) && event.delay <= retry.cap, "delay outside its bounds");
    assert.equal(event.due, event.t + event.delay);
    assert.ok(retry.retryOn.includes(event.code), `${event.code} is not retried`);
  }

  #isMet(id: string): boolean {
    const { end } = this.#of(id);
    return end !== null && (end.status === "completed" || (end.status === "skipped" && end.failure === null));
  }

  #of(id: string): Seen {
    const seen = this.#seen.get(id);
    assert.ok(seen, `the journal names step ${id}, which the plan has not`);
    return seen;
  }

  #step(id: string): EngineStep {
    const step = this.#steps.get(id);
    assert.ok(step, `the plan has no step ${id}`);
    return step;
  }
}
