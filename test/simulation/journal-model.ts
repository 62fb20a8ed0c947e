import type { EnginePlan, EventOf, ExecutionEvent } from "../../schemas/event.ts";
import type { DecisionChoice, DecisionKind, PermissionRequest } from "../../schemas/decision.ts";
import type { Failure } from "../../schemas/failure.ts";
import { MoneyBook } from "./money-book.ts";
import { hasFoundFaults, isMet, movesOn, newBook, quotaOf, type StepBook } from "./step-book.ts";

export interface Asked {
  readonly stepId: string;
  readonly kind: DecisionKind;
  readonly choices: readonly DecisionChoice[];
  readonly amount: number | null;
  readonly limit: string | null;
  /** Of an agent that asks: which attempt, and what for. */
  readonly attemptId: string | null;
  readonly key: string | null;
}

/** What an answer for more than once holds for. */
export function requestKey({ agent, tool, subject, title }: PermissionRequest): string {
  return [agent, tool, subject ?? title].join("|");
}

/** Decisions that concern only their own step. */
export const LOCAL: ReadonlySet<DecisionKind> = new Set(["interrupted", "permission", "conflict"]);

const AGE_MS = 60_000;

export class ModelError extends Error {}

/**
 * The books that the checks keep of one execution. They are written from the journal alone, plainly and without any of the
 * engine's code, so that a mistake in the engine does not repeat itself here.
 */
export class JournalModel {
  plan: EnginePlan;
  planId: string;
  planHash: string;
  readonly writeBack: boolean;
  steps: StepBook[];
  byId: Map<string, StepBook>;
  /** Steps that may start as far as their dependencies are concerned. */
  readonly ready = new Set<StepBook>();
  readonly running = new Set<StepBook>();
  readonly settled = new Set<StepBook>();
  readonly backoff = new Set<StepBook>();
  readonly attemptIds = new Set<string>();
  readonly keys = new Map<string, string>();
  readonly keyOwners = new Map<string, string>();
  readonly decisions = new Map<string, Asked>();
  readonly answered = new Map<string, { choice: string; by: string }>();
  asked = 0;
  readonly sessions = new Set<string>();
  ended = 0;
  readonly money = new MoneyBook();
  pausedBy: string | null = null;
  cancel: { by: string; force: boolean } | null = null;
  failFast: { step: StepBook; seq: number } | null = null;
  aborted: { by: string; stepId: string } | null = null;
  isExpired = false;
  isInterrupted = false;
  finished: EventOf<"execution.finished"> | null = null;
  /** Time of its clock that counts for the execution's own timeout. */
  active = 0;
  seq = 0;
  t = 0;

  constructor(created: EventOf<"execution.created">) {
    this.plan = created.plan;
    this.planId = created.planId;
    this.planHash = created.planHash;
    this.writeBack = created.writeBack;
    this.steps = [];
    this.byId = new Map();
    this.seq = created.seq;
    this.t = created.t;
    this.take(created.plan);
    this.rank();
  }

  step(id: string): StepBook {
    const step = this.byId.get(id);
    if (!step) throw new ModelError(`the journal names step ${id}, which the plan has not`);
    return step;
  }

  /** Why nothing starts any more, or null. */
  get stop(): "cancel" | "abort" | "fail-fast" | "deadline" | null {
    if (this.cancel) return "cancel";
    if (this.aborted) return "abort";
    if (this.failFast) return "fail-fast";
    return this.isExpired ? "deadline" : null;
  }

  /** The same as it was after an event: what is decided together with a failure does not know of it yet. */
  stopAfter(seq: number): JournalModel["stop"] {
    const isNew = this.failFast !== null && this.failFast.seq > seq;
    if (isNew && this.stop === "fail-fast") return this.isExpired ? "deadline" : null;
    return this.stop;
  }

  /** Nothing starts before a person says so. */
  get isHeld(): boolean {
    if (this.pausedBy !== null) return true;
    for (const { kind } of this.decisions.values()) if (!LOCAL.has(kind)) return true;
    return false;
  }

  get isWaiting(): boolean {
    return this.pausedBy !== null || this.decisions.size > 0 || this.isInterrupted;
  }

  get reserved(): number {
    let sum = 0;
    for (const { live } of this.running) sum += live?.reserved ?? 0;
    return sum;
  }

  holders(lock: string): number {
    let count = 0;
    for (const { def } of this.running) if (def.locks.includes(lock)) count += 1;
    return count;
  }

  load(agent: string): number {
    let count = 0;
    for (const { live } of this.running) if (live?.agent === agent) count += 1;
    return count;
  }

  apply(event: ExecutionEvent): void {
    if (!this.isWaiting) this.active += event.t - this.t;
    this.seq = event.seq;
    this.t = event.t;
    switch (event.type) {
      case "execution.created":
        throw new ModelError("created twice");
      case "attempt.started":
        return this.started(event);
      case "attempt.stopping": {
        const { live } = this.step(event.stepId);
        if (live) Object.assign(live, { stopping: event.reason, by: event.by });
        return;
      }
      case "attempt.reported":
        return this.reported(event);
      case "attempt.finished":
        return this.attemptFinished(event);
      case "budget.level":
        return void this.money.levels.set(event.limit, event.level);
      case "attempt.fenced":
      case "boxes.written":
        return;
      case "retry.scheduled":
        return this.scheduled(event);
      case "step.requeued":
        return this.requeued(this.step(event.stepId), event.reason);
      case "step.finished":
        return this.stepFinished(event);
      case "decision.asked":
        return this.askedFor(event);
      case "decision.answered":
        return this.decided(event);
      case "decision.withdrawn":
        return void this.close(event.decisionId);
      case "execution.paused":
        this.pausedBy = event.by;
        return;
      case "execution.resumed":
        this.pausedBy = null;
        if (this.isInterrupted) this.quotasCameNearer(Date.parse(event.at));
        this.isInterrupted = false;
        return;
      case "execution.expired":
        this.isExpired = true;
        return;
      case "cancel.requested":
        this.cancel = { by: this.cancel?.by ?? event.by, force: event.force || (this.cancel?.force ?? false) };
        return;
      case "execution.interrupted":
        return this.interrupted(event.at);
      case "execution.finished":
        this.finished = event;
        return;
      case "steps.reopened":
        this.forgetEnd();
        for (const id of event.steps) this.anew(this.step(id));
        return this.rank();
      case "review.returned":
        return this.returned(event);
      case "plan.revised":
        return this.revised(event);
    }
  }

  private started(event: EventOf<"attempt.started">): void {
    const step = this.step(event.stepId);
    const { timeout } = step.def;
    this.leave(step);
    step.place = "running";
    step.attempts = event.attempt;
    step.begun += 1;
    step.firstAt ??= event.at;
    step.live = {
      id: event.attemptId,
      agent: event.agent,
      attempt: event.attempt,
      granted: event.reserved,
      reserved: event.reserved,
      reported: 0,
      services: new Set(),
      keeps: false,
      deadline: timeout === null ? null : event.t + timeout,
      asks: new Set(),
      asksSince: 0,
      asked: 0,
      startedAt: event.at,
      stopping: null,
      by: null,
      isStale: false,
    };
    this.running.add(step);
    this.attemptIds.add(event.attemptId);
    this.keys.set(step.def.id, event.idempotencyKey);
    this.keyOwners.set(event.idempotencyKey, step.def.id);
    this.money.move(step, event.agent, event.t);
  }

  private reported(event: EventOf<"attempt.reported">): void {
    const step = this.step(event.stepId);
    const { live } = step;
    if (!live) throw new ModelError(`attempt ${event.attemptId} reports and does not run`);
    const before = step.spent;
    this.money.bill(step, live, event.costs, event.refused.length, event.at);
    this.money.move(step, live.agent, event.t);
    if (step.def.simulated) return;
    live.reported += step.spent - before;
    for (const { service } of event.costs) live.services.add(service);
  }

  private attemptFinished(event: EventOf<"attempt.finished">): void {
    const step = this.step(event.stepId);
    const { live } = step;
    if (!live) throw new ModelError(`attempt ${event.attemptId} finishes and does not run`);
    this.money.bill(step, live, event.costs, 0, event.at);
    if (live.keeps && !step.def.simulated) this.money.hold(step, live, event.at);
    this.money.move(step, live.agent, event.t);
    step.duration += event.duration;
    step.lastFailure = event.failure;
    if (quotaOf({ reason: event.failure }) === null) step.quota = null;
    if (!live.isStale) step.result = event.result;
    if (!live.isStale) step.artifacts = event.artifacts.map(({ path }) => path);
    this.settle(step, live.isStale ? "stale" : event.outcome, event.failure);
  }

  private interrupted(at: string): void {
    this.isInterrupted = true;
    for (const step of [...this.running]) {
      const { live } = step;
      if (!live) continue;
      this.money.hold(step, live, at);
      this.money.move(step, live.agent, this.t);
      step.interruptions += 1;
      step.lastFailure = null;
      this.settle(step, live.isStale ? "stale" : "interrupted", null);
    }
  }

  private settle(step: StepBook, outcome: string, reason: Failure | null): void {
    this.leave(step);
    Object.assign(step, { place: "settled", live: null, outcome, reason });
    this.settled.add(step);
  }

  private scheduled(event: EventOf<"retry.scheduled">): void {
    const step = this.step(event.stepId);
    this.leave(step);
    const isOther = movesOn(step, event.code);
    if (isOther) step.moves += 1;
    if (event.quota) {
      step.begun -= 1;
      step.quota = { since: step.quota?.since ?? event.t, waits: (step.quota?.waits ?? 0) + 1 };
    }
    step.until = event.quota && !isOther ? Date.parse(event.at) + event.delay : null;
    // What it depends on was begun anew meanwhile, and goes first.
    if (!step.before.every(isMet)) {
      step.place = "idle";
      return;
    }
    step.place = "backoff";
    step.due = event.due;
    step.readyAt = event.due;
    this.backoff.add(step);
  }

  private requeued(step: StepBook, reason: string): void {
    if (reason === "fallback") {
      step.moves += 1;
      step.begun -= 1;
    } else if (!(step.place === "settled" && step.outcome === "interrupted"))
      Object.assign(step, { begun: 0, interruptions: 0, moves: 0, rounds: 0, quota: null });
    this.leave(step);
    step.place = "idle";
    this.readyIfMet(step);
  }

  private stepFinished(event: EventOf<"step.finished">): void {
    const step = this.step(event.stepId);
    this.leave(step);
    Object.assign(step, { place: "ended", status: event.status, reason: event.failure, endedAt: event.at });
    this.ended += 1;
    const reviewed = event.status === "completed" ? this.byId.get(step.def.reviews ?? "") : undefined;
    if (reviewed) reviewed.findings = null;
    if (isMet(step)) {
      for (const one of step.after) if (one.place === "idle") this.readyIfMet(one);
    } else if (event.status === "failed" && step.def.onFailure === "fail-fast")
      this.failFast ??= { step, seq: event.seq };
  }

  private askedFor(event: EventOf<"decision.asked">): void {
    const { stepId, kind, choices, amount, limit, request } = event;
    this.asked += 1;
    const whose = { attemptId: request?.attemptId ?? null, key: request && requestKey(request) };
    this.decisions.set(event.decisionId, { stepId, kind, choices, amount, limit, ...whose });
    const step = this.step(stepId);
    if (kind === "permission" && step.live) {
      if (step.live.asks.size === 0) step.live.asksSince = event.t;
      step.live.asks.add(event.decisionId);
    }
    if (step.place !== "settled" || kind === "permission") return;
    if (hasFoundFaults(step)) step.reason = { code: "review_rejected", message: event.message, retryable: false };
    this.leave(step);
    step.place = "asking";
  }

  private decided(event: EventOf<"decision.answered">): void {
    const decision = this.close(event.decisionId);
    this.answered.set(event.decisionId, { choice: event.choice, by: event.by });
    const step = this.step(event.stepId);
    if (event.choice === "abort") this.aborted = { by: event.by, stepId: event.stepId };
    if (event.choice === "allow") {
      this.money.allow(event.limit ?? "", event.amount ?? 0, event.at);
      return;
    }
    if (decision?.kind === "permission") {
      if (event.choice === "allow_session") this.sessions.add(decision.key ?? "");
      return;
    }
    const isBudget = decision?.kind === "budget";
    if (isBudget) step.leftOutBy = event.by;
    const unpaid: Failure = { code: "budget_exceeded", message: "", retryable: false };
    this.settle(step, event.choice, isBudget ? unpaid : event.choice === "skip" ? null : step.reason);
  }

  /** The time in which an attempt has open questions is none of its own. */
  private close(decisionId: string): Asked | undefined {
    const decision = this.decisions.get(decisionId);
    this.decisions.delete(decisionId);
    const live = this.byId.get(decision?.stepId ?? "")?.live;
    if (live?.asks.delete(decisionId) && live.asks.size === 0) {
      const waited = this.t - live.asksSince;
      live.asked += waited;
      if (live.deadline !== null) live.deadline += waited;
    }
    return decision;
  }

  private quotasCameNearer(wall: number): void {
    for (const step of this.backoff) {
      if (step.until === null) continue;
      step.due = step.readyAt = Math.min(step.due, this.t + Math.max(0, step.until - wall));
    }
  }

  private returned({ stepId, target, round, findings, steps }: EventOf<"review.returned">): void {
    for (const id of steps) this.anew(this.step(id));
    this.step(stepId).rounds = round;
    this.step(target).findings = findings;
    this.rank();
  }

  private revised(event: EventOf<"plan.revised">): void {
    const old = this.byId;
    const stale = new Set(event.stale);
    this.planId = event.planId;
    this.planHash = event.planHash;
    this.forgetEnd();
    this.take(event.plan);
    for (const step of this.steps) {
      const earlier = old.get(step.def.id);
      if (!earlier) continue;
      const { index, def, before, after } = step;
      const isSame = [earlier.def.agent, ...earlier.def.fallbacks].join() === [def.agent, ...def.fallbacks].join();
      Object.assign(step, earlier, { index, def, before, after, moves: isSame ? earlier.moves : 0 });
      if (!stale.has(def.id)) {
        if (step.place === "ended" && step.status !== "failed" && !isMet(step)) this.anew(step);
      } else if (step.live) step.live = { ...step.live, isStale: true };
      else if (step.place === "settled") Object.assign(step, { outcome: "stale", reason: null });
      else this.anew(step);
    }
    this.rank();
  }

  private forgetEnd(): void {
    this.finished = this.cancel = this.failFast = this.aborted = null;
    this.isExpired = false;
    this.active = 0;
  }

  private anew(step: StepBook): void {
    Object.assign(step, {
      place: "idle",
      status: null,
      reason: null,
      begun: 0,
      interruptions: 0,
      moves: 0,
      quota: null,
      rounds: 0,
      leftOutBy: null,
      endedAt: null,
    });
    step.result = null;
    step.artifacts = [];
  }

  private leave(step: StepBook): void {
    this.ready.delete(step);
    this.running.delete(step);
    this.settled.delete(step);
    this.backoff.delete(step);
  }

  private readyIfMet(step: StepBook): void {
    if (!step.before.every(isMet)) return;
    step.rank = Math.floor(this.t / AGE_MS) - step.def.priority;
    step.readySeq = this.seq;
    step.readyAt = this.t;
    this.ready.add(step);
  }

  /** Everything that follows from the steps' places, anew. */
  private rank(): void {
    for (const set of [this.ready, this.running, this.settled, this.backoff]) set.clear();
    this.ended = 0;
    for (const step of this.steps) {
      if (step.place === "backoff" && !step.before.every(isMet)) step.place = "idle";
      if (step.place === "idle") this.readyIfMet(step);
      else if (step.place === "running") this.running.add(step);
      else if (step.place === "settled") this.settled.add(step);
      else if (step.place === "backoff") this.backoff.add(step);
      else if (step.place === "ended") this.ended += 1;
    }
  }

  private take(plan: EnginePlan): void {
    this.plan = plan;
    this.money.take(plan);
    this.steps = plan.steps.map(newBook);
    this.byId = new Map(this.steps.map((step) => [step.def.id, step]));
    for (const step of this.steps) {
      step.before = step.def.dependencies.map((id) => this.step(id));
      for (const one of step.before) one.after.push(step);
    }
  }
}
