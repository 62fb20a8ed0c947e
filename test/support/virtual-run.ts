import type { EngineLimit } from "../../schemas/budget.ts";
import type { AttemptResult, CostEntry, EnginePlan, EventBody, EventOf, ExecutionEvent } from "../../schemas/event.ts";
import type { PermissionRequest } from "../../schemas/decision.ts";
import { failure, FailureError, type Failure, type FailureCode } from "../../schemas/failure.ts";
import { answer, report, type AttemptEnd } from "../../worker/engine/answer.ts";
import { accept, type Command } from "../../worker/engine/command.ts";
import { decide, nextWake } from "../../worker/engine/decide.ts";
import { fold } from "../../worker/engine/fold.ts";
import { askPermission, type PermissionWord } from "../../worker/engine/permission.ts";
import {
  NOTHING_AROUND,
  stepAt,
  type ExecutionState,
  type StepState,
  type Surroundings,
} from "../../worker/engine/state.ts";
import { createdBody } from "./engine-plans.ts";

/** What a scripted agent does with one attempt. */
export interface Scripted {
  /** In ms; null: it never ends by itself. 1,000 when absent. */
  readonly duration?: number | null;
  /** Null: it succeeds. */
  readonly fails?: FailureCode | null;
  /** In millionths; null: unknown; absent: reports nothing. */
  readonly cost?: number | null | undefined;
  /** How long it takes to end after being asked to stop; 10 ms when absent. */
  readonly stopsIn?: number;
  /** What it says of its end when it was stopped; `cancelled` when absent. */
  readonly whenStopped?: AttemptEnd["outcome"];
  /** What it says of its costs while it runs, so many ms after its start: in millionths, or null for a cost that is refused. */
  readonly reports?: readonly { readonly after: number; readonly cost: number | null; readonly service?: string }[];
  /** Beside the code of its failure. */
  readonly details?: Failure["details"];
  /** When its quota comes back, in ms after its failure. */
  readonly retryAfter?: number;
  /** What it leaves behind; nothing when absent. */
  readonly result?: AttemptResult;
  /** What it asks a person, so many ms after its start. */
  readonly asks?: readonly { readonly after: number; readonly subject: string }[];
}

export type Script = (stepId: string, attempt: number) => Scripted;

export interface VirtualRunOptions {
  readonly plan: EnginePlan;
  readonly script?: Script;
  /** Sees the state after every event. */
  readonly onEvent?: (state: ExecutionState, event: ExecutionEvent) => void;
  /** Sees the state whenever nothing happens until time passes. */
  readonly onIdle?: (state: ExecutionState, t: number) => void;
  /** Chooses among completions of one moment: a number in [0, 1) for each choice. The earliest started goes first when absent. */
  readonly choose?: () => number;
  /** What other executions hold and spend; nothing when absent. Windows of time go by the run's own clock. */
  readonly around?: Partial<Surroundings>;
}

interface Work {
  readonly started: EventOf<"attempt.started">;
  readonly scripted: Scripted;
  readonly since: number;
  due: number | null;
  stopped: boolean;
  /** How many of its reports it has made, and how many of its questions it has asked. */
  reported: number;
  asked: number;
}

const DAY_MS = 86_400_000;
const WALL = Date.UTC(2026, 0, 1);

const EVENTS_AT_MOST = 100_000;

/** The engine in a scripted world with a clock of its own: drives `decide`, `fold` and `answer`, and nothing else. */
export class VirtualRun {
  readonly events: ExecutionEvent[] = [];
  readonly #options: VirtualRunOptions;
  readonly #work: Work[] = [];
  readonly around: Surroundings;
  #state: ExecutionState | null = null;
  t = 0;

  constructor(options: VirtualRunOptions) {
    this.#options = options;
    this.around = { ...NOTHING_AROUND, since: windowStart, frees: windowEnd, ...options.around };
    this.emit(createdBody(options.plan));
    this.settle();
  }

  get state(): ExecutionState {
    if (!this.#state) throw new Error("the execution was not created");
    return this.#state;
  }

  /** Runs until the execution has finished. Throws when nothing can happen any more and it has not. */
  finish(): ExecutionEvent[] {
    while (!this.state.finished) {
      if (!this.step()) throw new Error(`stuck at ${this.t} ms after ${this.events.length} events`);
      if (this.events.length > EVENTS_AT_MOST) throw new Error("the execution does not end");
    }
    return this.events;
  }

  /** Everything up to and including the moment `t`; the clock then shows `t`. */
  until(t: number): void {
    for (let next = this.nextMoment(); next !== null && next <= t; next = this.nextMoment()) this.step();
    this.t = t;
    this.settle();
  }

  /** Goes to the next moment at which something happens. False when there is none. */
  step(): boolean {
    const next = this.nextMoment();
    if (next === null) return false;
    this.t = next;
    this.#report();
    this.#ask();
    for (let work = this.#nextDone(); work; work = this.#nextDone()) this.#complete(work);
    this.settle();
    return true;
  }

  nextMoment(): number | null {
    const dues = this.#work.flatMap((work) =>
      [work.due, nextReport(work), nextQuestion(work)].filter((at) => at !== null),
    );
    const wake = nextWake(this.state, this.t, this.around);
    const moments = wake === null ? dues : [...dues, wake];
    return moments.length === 0 ? null : Math.max(this.t, Math.min(...moments));
  }

  cancel(by = "ada", force = false): void {
    this.command({ kind: "cancel", force }, by);
  }

  /** What a person asks for. Throws FailureError when it is refused. */
  command(command: Command, by = "ada"): void {
    const accepted = accept(this.state, command, by);
    if (!accepted.ok) throw new FailureError(accepted.failure);
    for (const body of accepted.value) this.emit(body);
    this.settle();
  }

  /** The worker dies: what its agents would have answered is lost. Another one takes over at once. */
  crash(): void {
    this.#work.length = 0;
    this.emit({ type: "execution.interrupted", message: "the worker ended unexpectedly" });
    this.emit({ type: "execution.resumed", by: "ada" });
    this.settle();
  }

  /** Hands in an answer that no scripted agent gave, such as a second one of an attempt that is over. */
  deliver(stepId: string, attempt: number, end: Partial<AttemptEnd> = {}): void {
    const attemptId = `${this.state.executionId}/${stepId}/${attempt}`;
    this.emit(answer(this.state, stepId, attempt, attemptId, attemptEnd(end), this.t));
    this.settle();
  }

  /** Folds one event, stamped with the present moment; `at` is what the clock on the wall shows. */
  emit(body: EventBody, at = new Date(WALL + this.t).toISOString()): void {
    const stamp = { v: 1, executionId: "run-1", seq: this.events.length + 1, t: this.t } as const;
    const event: ExecutionEvent = { ...stamp, at, ...body };
    this.#state = fold(this.#state, event);
    this.events.push(event);
    if (event.type === "attempt.started") this.#begin(event);
    else if (event.type === "attempt.stopping") this.#stop(event.attemptId);
    this.#options.onEvent?.(this.#state, event);
  }

  /** Lets the engine say all that it has to say at this moment. */
  settle(): void {
    const said = (): EventBody[] => decide(this.state, this.t, this.around);
    for (let bodies = said(); bodies.length > 0; bodies = said()) for (const body of bodies) this.emit(body);
    this.#options.onIdle?.(this.state, this.t);
  }

  stepState(id: string): StepState {
    const index = this.state.indexOf.get(id);
    if (index === undefined) throw new Error(`no step ${id}`);
    return stepAt(this.state, index);
  }

  /** The transcript as short lines, such as `1000 a/1 succeeded`. */
  transcript(): string[] {
    return this.events.flatMap((event) => {
      const line = transcriptLine(event);
      return line === null ? [] : [`${event.t} ${line}`];
    });
  }

  #begin(started: EventOf<"attempt.started">): void {
    const scripted = this.#options.script?.(started.stepId, started.attempt) ?? {};
    const duration = scripted.duration === undefined ? 1_000 : scripted.duration;
    const due = duration === null ? null : this.t + duration;
    this.#work.push({ started, scripted, since: this.t, due, stopped: false, reported: 0, asked: 0 });
  }

  #stop(attemptId: string): void {
    const work = this.#work.find(({ started }) => started.attemptId === attemptId);
    if (!work) return;
    const end = this.t + (work.scripted.stopsIn ?? 10);
    if (work.due !== null && work.due <= end) return;
    work.due = end;
    work.stopped = true;
  }

  #report(): void {
    for (const work of this.#work) {
      for (let at = nextReport(work); at !== null && at <= this.t; at = nextReport(work)) {
        const said = work.scripted.reports?.[work.reported];
        work.reported += 1;
        if (!said) continue;
        const costs = said.cost === null ? [] : [costEntry(said.cost, { service: said.service ?? "models" })];
        const refused = said.cost === null ? [{ said: "NaN", reason: "it is not a number" }] : [];
        this.emit(report(this.state, work.started, { costs, refused }));
      }
    }
  }

  #ask(): void {
    for (const work of this.#work) {
      for (let at = nextQuestion(work); at !== null && at <= this.t; at = nextQuestion(work)) {
        const { subject } = work.scripted.asks?.[work.asked] ?? { subject: "" };
        work.asked += 1;
        this.ask(work.started, { requestId: String(work.asked), agent: work.started.agent, subject });
      }
    }
  }

  /** An attempt asks whether it may run something. What is not for a person to answer is told at once. */
  ask(started: EventOf<"attempt.started">, more: Partial<PermissionRequest>): PermissionWord["answer"] {
    const request: PermissionRequest = {
      requestId: "1",
      agent: "shell",
      tool: "execute",
      title: "a command",
      subject: null,
    };
    const said = askPermission(this.state, started, { ...request, ...more });
    if (said.event) this.emit(said.event);
    return said.answer;
  }

  #nextDone(): Work | undefined {
    const done = this.#work.filter(({ due }) => due !== null && due <= this.t);
    const work = done[Math.floor((this.#options.choose?.() ?? 0) * done.length)];
    if (work) this.#work.splice(this.#work.indexOf(work), 1);
    return work;
  }

  #complete({ started, scripted, since, stopped }: Work): void {
    const outcome = stopped ? (scripted.whenStopped ?? "cancelled") : scripted.fails ? "failed" : "succeeded";
    const end = attemptEnd({
      outcome,
      failure: outcome === "failed" ? failureOf(started.stepId, scripted) : null,
      result: scripted.result ?? null,
      costs: scripted.cost === undefined ? [] : [costEntry(scripted.cost)],
      duration: this.t - since,
    });
    this.emit(answer(this.state, started.stepId, started.attempt, started.attemptId, end, this.t));
  }
}

function nextReport({ since, scripted: { reports }, reported, due }: Work): number | null {
  const next = reports?.[reported];
  const at = next ? since + next.after : null;
  return at !== null && (due === null || at <= due) ? at : null;
}

function nextQuestion({ since, scripted: { asks }, asked, due }: Work): number | null {
  const next = asks?.[asked];
  const at = next ? since + next.after : null;
  return at !== null && (due === null || at <= due) ? at : null;
}

function failureOf(stepId: string, { fails, details, retryAfter }: Scripted): Failure {
  return failure(fails ?? "exit_nonzero", `${stepId} broke`, {
    ...(details ? { details } : {}),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

function windowStart({ window }: EngineLimit, t: number): number {
  return window.kind === "rolling" ? WALL + t - window.length : WALL + t - (t % DAY_MS);
}

function windowEnd({ window }: EngineLimit, t: number): number | null {
  return window.kind === "calendar" ? t + DAY_MS - (t % DAY_MS) : null;
}

export function attemptEnd(more: Partial<AttemptEnd> = {}): AttemptEnd {
  return { outcome: "succeeded", failure: null, result: null, costs: [], artifacts: [], duration: 0, ...more };
}

export function costEntry(amount: number | null, more: Partial<CostEntry> = {}): CostEntry {
  const certainty = amount === null ? "unknown" : "measured";
  return { amount, currency: "USD", certainty, service: "models", ...more };
}

export function transcriptLine(event: ExecutionEvent): string | null {
  switch (event.type) {
    case "execution.created":
      return null;
    case "attempt.started":
      return `${event.stepId}/${event.attempt} started`;
    case "attempt.stopping":
      return `${event.stepId}/${event.attempt} stopping: ${event.reason}`;
    case "attempt.finished":
      return `${event.stepId}/${event.attempt} ${event.outcome}`;
    case "attempt.fenced":
      return `${event.stepId}/${event.attempt} fenced`;
    case "retry.scheduled":
      return `${event.stepId}/${event.attempt} in ${event.delay}`;
    case "step.finished":
      return `${event.stepId} ${event.status}`;
    case "step.requeued":
      return `${event.stepId} requeued: ${event.reason}`;
    case "review.returned":
      return `${event.stepId} sends back: ${event.steps.join(", ")}`;
    case "decision.asked":
      return `${event.stepId} asked: ${event.kind}`;
    case "decision.answered":
      return `${event.stepId} answered: ${event.choice}`;
    case "decision.withdrawn":
      return `${event.stepId} withdrawn`;
    case "execution.paused":
      return "paused";
    case "execution.resumed":
      return "resumed";
    case "execution.expired":
      return "expired";
    case "steps.reopened":
      return `reopened ${event.steps.join(", ")}`;
    case "plan.revised":
      return `revised${event.stale.length > 0 ? `, stale ${event.stale.join(", ")}` : ""}`;
    case "cancel.requested":
      return `cancel${event.force ? " at once" : ""}`;
    case "execution.interrupted":
      return "interrupted";
    case "attempt.reported":
      return `${event.stepId}/${event.attempt} reported`;
    case "budget.level":
      return `${event.limit} ${event.level}`;
    case "boxes.written":
      return `ticked ${event.boxes.map(({ task }) => task).join(", ")}`;
    case "execution.finished":
      return `execution ${event.status}`;
  }
}
