import { isDeepStrictEqual } from "node:util";
import type { EngineLimit } from "../../schemas/budget.ts";
import { EventBody, EventStamp, type EventOf, type ExecutionEvent } from "../../schemas/event.ts";
import { ExecutionView } from "../../schemas/execution.ts";
import type { AttemptEnd } from "../../worker/engine/answer.ts";
import type { Command } from "../../worker/engine/command.ts";
import type { ExecutionState, Surroundings } from "../../worker/engine/state.ts";
import type { AttemptReport } from "../../worker/run/ports.ts";
import { interruptionOf } from "../../worker/run/interruption.ts";
import { createdBody } from "../support/engine-plans.ts";
import { seeded } from "../support/random-runs.ts";
import { transcriptLine } from "../support/virtual-run.ts";
import { Agents } from "./agents.ts";
import { Chance } from "./chance.ts";
import { checkAnswer, checkCommand, checkReport } from "./command-checks.ts";
import { checkQuestion } from "./question-checks.ts";
import { ENGINE, type Engine } from "./engine.ts";
import { checkEvent } from "./event-checks.ts";
import { checkIdle } from "./idle-checks.ts";
import { JournalModel } from "./journal-model.ts";
import { People } from "./people.ts";
import type { Stage } from "./stage.ts";
import { checkState } from "./state-checks.ts";
import { checkView } from "./verdict-checks.ts";
import { hold, Violation } from "./violation.ts";
import type { Crash, Holding, World } from "./world.ts";

export const EXECUTION = "run-1";
/** Agents of the world end sooner after being stopped. */
const GRACE_MS = 5_000;
const MOMENTS_AT_MOST = 50_000;
const WALL = Date.UTC(2026, 0, 1);

/** The days, weeks and months of this world are short enough for executions to see them end. */
const PERIODS = { day: 20_000, week: 60_000, month: 120_000 };
/** So many moments without an event, and nothing is under way but windows that move on: nothing will happen by itself. */
const QUIET_MOMENTS = 20;

function windowStart({ window }: EngineLimit, wall: number): number {
  if (window.kind === "rolling") return wall - window.length;
  return window.kind === "calendar" ? wall - (wall % PERIODS[window.unit]) : 0;
}

/** The worker ends in the middle of what it does. */
class WorkerDied extends Error {
  readonly crash: Crash;

  constructor(crash: Crash) {
    // It happens a hundred thousand times in a second, and nobody looks at where.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super("the worker died");
    Error.stackTraceLimit = stackTraceLimit;
    this.crash = crash;
  }
}

export interface SimulationOptions {
  readonly engine?: Engine;
  /** Told what happens, in lines for people. */
  readonly tell?: (line: string) => void;
  /** Counts what has occurred, by name. */
  readonly coverage?: Map<string, number>;
  /** Also compares whole states, copies and views where that takes long. By the world's seed when absent. */
  readonly isThorough?: boolean;
  /** Also compares the state with the books after each event. True when absent; without it only behaviour is checked. */
  readonly seesState?: boolean;
}

/**
 * One execution in a world with a clock of its own. Plays the worker around the engine: records what the engine decides, makes it
 * durable, acts on it only then, dies, recovers. Checks every event against the books. Throws Violation.
 */
export class Simulation implements Stage {
  readonly world: World;
  readonly engine: Engine;
  readonly chance: Chance;
  /** What is durable, then what is not yet. */
  events: ExecutionEvent[] = [];
  /** Events recorded in all, also those that a crash has lost. */
  recorded = 0;
  /** The world's own clock, in ms. */
  now = 0;
  readonly #options: SimulationOptions;
  readonly #agents: Agents;
  readonly #people: People;
  readonly #isThorough: boolean;
  readonly #around: Surroundings;
  readonly #idleStride: number;
  #state: ExecutionState | null = null;
  #model: JournalModel | null = null;
  #crashes: Crash[];
  #wallShift = 0;
  #wall = { time: Number.NaN, text: "" };
  #origin = 0;
  #durable = 0;
  #writing: { upTo: number; due: number } | null = null;
  #cancelDue: number | null = null;
  #idles = 0;
  #quiet = { seq: 0, moments: 0 };
  /** Numbers of events that are durable together with the one before. */
  readonly #joined = new Set<number>();
  #isTorn = false;

  constructor(world: World, options: SimulationOptions = {}) {
    this.world = world;
    this.#options = options;
    this.engine = options.engine ?? ENGINE;
    this.chance = new Chance(seeded(world.seed ^ 0x5eed));
    this.#isThorough = options.isThorough ?? world.seed % 16 === 0;
    this.#crashes = [...world.crashes];
    this.#idleStride = 1 + Math.floor((world.plan.steps.length / 40) ** 2);
    this.#around = {
      load: (agent) => this.#held("agent", agent),
      holders: (lock) => this.#held("lock", lock),
      spent: ({ key }) => this.#held("spent", key),
      reserved: ({ key }) => this.#held("reserved", key),
      allowed: ({ key }) => this.#held("allowed", key),
      since: (limit) => windowStart(limit, this.#wallNow),
      frees: (limit) => this.#frees(limit),
    };
    this.#agents = new Agents(this);
    this.#people = new People(this);
  }

  get state(): ExecutionState {
    if (!this.#state) throw new Error("there is no execution");
    return this.#state;
  }

  get model(): JournalModel {
    if (!this.#model) throw new Error("there is no execution");
    return this.#model;
  }

  /** From the creation until nothing happens any more. */
  run(): void {
    try {
      this.#guarded(() => this.#begin());
      for (let moments = 0; !this.#isOver(); moments += 1) {
        hold(9, moments < MOMENTS_AT_MOST, () => "the execution does not end");
        this.#guarded(() => this.#moment());
      }
      this.#checkEnd();
    } catch (error) {
      if (error instanceof Violation) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new Violation("throws", message, { cause: error });
    }
  }

  /** A person asks for something; what it means is recorded. */
  ask(command: Command, by: string): void {
    const said = this.engine.accept(this.state, command, by);
    this.count(`command ${command.kind}${said.ok ? "" : ` refused: ${said.failure.code}`}`);
    this.tell(`${by} asks: ${command.kind}${said.ok ? "" : ` (refused: ${said.failure.message})`}`);
    checkCommand(this.model, command, by, said);
    this.#recordTogether(said.ok ? said.value : [], this.#clock());
    if (this.chance.is(0.6)) this.advance();
  }

  /** What one command, or the death of a worker, means becomes durable as one. */
  #recordTogether(bodies: readonly EventBody[], t: number): void {
    bodies.forEach((body, index) => {
      if (index > 0) this.#joined.add(this.events.length + 1);
      this.#isTorn = index < bodies.length - 1;
      this.record(body, t, this.model.seq);
    });
  }

  /** A running attempt says what it has cost, or what is left of it does. */
  report(event: EventOf<"attempt.started">, said: AttemptReport): void {
    const body = this.engine.report(this.state, event, said);
    checkReport(this.model, event.attemptId, said, body);
    if (body.type === "attempt.fenced") this.count("report that is too late");
    this.record(body, this.#clock(), this.model.seq);
    if (this.chance.is(0.6)) this.advance();
  }

  /** A running attempt asks whether it may do something, or what is left of it does. */
  permit(event: EventOf<"attempt.started">, subject: number): string | null {
    const request = {
      requestId: String(this.recorded),
      agent: event.agent,
      tool: "execute",
      title: "a command",
    } as const;
    const asked = { ...request, subject: `command ${subject}` };
    const said = this.engine.askPermission(this.state, event, asked);
    const kind = checkQuestion(this.model, event.attemptId, asked, said);
    this.count(`question ${kind}`);
    this.tell(
      `agent of ${event.stepId}/${event.attempt} asks for ${asked.subject}: ${said.answer ?? "a person is asked"}`,
    );
    if (said.event) this.record(said.event, this.#clock(), this.model.seq);
    return said.event?.type === "decision.asked" ? said.event.decisionId : null;
  }

  /** An attempt answers, or what is left of it. */
  answer(stepId: string, attempt: number, attemptId: string, end: AttemptEnd): void {
    const body = this.engine.answer(this.state, stepId, attempt, attemptId, end, this.#clock());
    checkAnswer(this.model, stepId, attemptId, end, body, this.#clock());
    if (body.type === "attempt.fenced") this.count("fenced");
    this.record(body, this.#clock(), this.model.seq);
    // What comes in the same turn is decided upon together.
    if (this.chance.is(0.6)) this.advance();
  }

  /** Lets the engine say all that it has to say at this moment. */
  advance(): void {
    const t = this.#clock();
    for (let rounds = 0; ; rounds += 1) {
      hold(9, rounds <= 3 * this.model.steps.length + 20, () => "the engine decides without an end");
      const since = this.model.seq;
      const bodies = this.engine.decide(this.state, t, this.#around);
      if (bodies.length === 0) break;
      for (const body of bodies) this.record(body, t, since);
    }
    this.#idles += 1;
    if (this.#idles % this.#idleStride === 0) checkIdle(this.model, this.state, t, this.#around, this.engine);
    if (this.#isThorough && this.chance.is(0.05)) this.#compareFold();
    this.#write();
  }

  count(what: string): void {
    const { coverage } = this.#options;
    coverage?.set(what, (coverage.get(what) ?? 0) + 1);
  }

  tell(line: string): void {
    this.#options.tell?.(`${(this.now / 1_000).toFixed(3).padStart(10)} s  ${line}`);
  }

  record(body: EventBody, t: number, since: number): void {
    const seq = this.events.length + 1;
    const at = this.#wallTime(this.#wallNow);
    const event: ExecutionEvent = { v: 1, executionId: EXECUTION, seq, at, t, ...body };
    if (this.#options.tell) this.tell(`#${seq} at ${t} ms: ${transcriptLine(event) ?? "created"}`);
    if (this.#model) checkEvent(this.#model, event, this.#around, since);
    this.#state = this.engine.fold(this.#state, event);
    this.events.push(event);
    if (this.#model) this.#model.apply(event);
    else if (event.type === "execution.created") this.#model = new JournalModel(event);
    if (this.#options.seesState ?? true) checkState(this.model, this.#state, event);
    this.count(event.type);
    const kind = kindOf(event, this.model.stop !== null);
    if (kind !== null) this.count(kind);
    if (event.type === "cancel.requested") this.#cancelDue = this.now + GRACE_MS + 5 * this.world.latency;
    else if (event.type === "steps.reopened" || event.type === "plan.revised") this.#cancelDue = null;
    this.recorded += 1;
    this.#dieIfDue();
  }

  /** Most events share their moment with the one before. */
  #wallTime(time: number): string {
    if (this.#wall.time !== time) this.#wall = { time, text: new Date(time).toISOString() };
    return this.#wall.text;
  }

  #dieIfDue(): void {
    const [crash] = this.#crashes;
    if (!crash || this.recorded < crash.event || this.#isTorn) return;
    this.#crashes.shift();
    throw new WorkerDied(crash);
  }

  #begin(): void {
    this.record(createdBody(this.world.plan), 0, 0);
    this.advance();
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof WorkerDied)) throw error;
      this.#guarded(() => this.#recover(error.crash));
    }
  }

  /** Goes to the next moment at which something happens, and lets all of it happen. */
  #moment(): void {
    const next = this.#nextMoment();
    if (next === null) {
      hold(9, this.#people.lendAHand(), () => "nothing can happen any more");
      return;
    }
    if (this.#isQuiet() && this.#people.lendAHand()) return;
    this.now = Math.max(this.now, next);
    if (this.#writing && this.#writing.due <= this.now) this.#written(this.#writing.upTo);
    const acting = [() => this.#people.actUntil(this.now), () => this.#agents.answerUntil(this.now)];
    for (const act of this.chance.is(0.5) ? acting : acting.reverse()) act();
    this.advance();
    const isLate = this.#cancelDue !== null && this.now > this.#cancelDue && this.state.finished === null;
    hold(6, !isLate || this.model.cancel === null, () => "it does not end within the grace period after the cancel");
  }

  /** Only windows of limits move on, and that has changed nothing for a while. */
  #isQuiet(): boolean {
    const isUnderWay = this.#agents.next !== null || this.#people.next !== null || this.#writing !== null;
    this.#quiet =
      isUnderWay || this.#quiet.seq !== this.events.length
        ? { seq: this.events.length, moments: 0 }
        : { ...this.#quiet, moments: this.#quiet.moments + 1 };
    return this.#quiet.moments > QUIET_MOMENTS;
  }

  #nextMoment(): number | null {
    const wake = this.engine.nextWake(this.state, this.#clock(), this.#around);
    const moments = [
      this.#agents.next,
      this.#people.next,
      this.#writing?.due ?? null,
      wake === null ? null : wake + this.#origin,
    ];
    return moments.reduce((next, at) => (at !== null && (next === null || at < next) ? at : next), null);
  }

  #isOver(): boolean {
    return this.#state?.finished != null && this.#nextMoment() === null;
  }

  /** The machine slept. */
  jump(by: number): void {
    this.now += by;
    if (this.#cancelDue !== null) this.#cancelDue += by;
  }

  setWall(by: number): void {
    this.#wallShift += by;
  }

  get asking(): readonly string[] {
    return this.#agents.asking;
  }

  get hanging(): readonly string[] {
    return this.#agents.hanging;
  }

  /** Milliseconds on the execution's own clock. */
  #clock(): number {
    return Math.max(this.#state?.t ?? 0, Math.round(this.now - this.#origin));
  }

  get #wallNow(): number {
    return WALL + this.now + this.#wallShift;
  }

  /** On the execution's clock: when the next of what others have spent is forgotten, or a calendar window begins. */
  #frees({ key, window }: EngineLimit): number | null {
    const ends = this.world.others.filter(({ of, name, from, to }) => {
      return of === "spent" && name === key && from <= this.now && this.now < to;
    });
    const moments = ends.map(({ to }) => to);
    if (window.kind === "calendar")
      moments.push(this.now + PERIODS[window.unit] - (this.#wallNow % PERIODS[window.unit]));
    return moments.length === 0 ? null : Math.min(...moments) - this.#origin;
  }

  #held(of: Holding["of"], name: string): number {
    let sum = 0;
    for (const one of this.world.others)
      if (one.of === of && one.name === name && one.from <= this.now && this.now < one.to) sum += one.count;
    return sum;
  }

  #write(): void {
    if (this.#writing || this.#durable === this.events.length) return;
    if (this.world.latency === 0) this.#written(this.events.length);
    else this.#writing = { upTo: this.events.length, due: this.now + this.world.latency };
  }

  /** Only what is durable is acted upon. */
  #written(upTo: number): void {
    const batch = this.events.slice(this.#durable, upTo);
    this.#durable = upTo;
    this.#writing = null;
    for (const event of batch) {
      if (event.type === "attempt.started")
        this.#agents.start(event, this.model.stop !== null || this.#isStale(event.stepId));
      else if (event.type === "attempt.stopping") this.#agents.stop(event.attemptId, this.model.cancel?.force ?? false);
      else if (event.type === "cancel.requested" && event.force) this.#agents.stopAll();
      else if (event.type === "decision.asked") this.#people.hear(event.decisionId);
      else if (event.type === "decision.answered" || event.type === "decision.withdrawn")
        this.#agents.hear(event.decisionId, event.type === "decision.withdrawn");
    }
    // Now and then something is done because of what is over, and noted; also after the end.
    const over = batch.find(({ type, seq }) => type === "step.finished" && seq % 5 === 0);
    if (over?.type === "step.finished") this.#note(over.stepId);
    this.#write();
  }

  #note(task: string): void {
    const box = { task, title: task, line: 1, from: " ", to: "x", evidence: null };
    const note: EventBody = { type: "boxes.written", specPath: "x.spec.md", into: "file", boxes: [box], left: [] };
    if (this.model.finished) this.count("note after the end");
    this.record(note, this.#clock(), this.model.seq);
  }

  #recover(crash: Crash): void {
    const open = this.events.length - this.#durable;
    let kept = this.#durable + Math.round(open * crash.survives);
    while (kept < this.events.length && this.#joined.has(kept + 1)) kept -= 1;
    const lost = this.events.length - kept;
    this.count(lost > 0 ? "crash that loses events" : "crash");
    this.tell(`the worker dies; ${kept} events are durable, ${lost} are lost`);
    const live = lost === 0 ? this.#state : null;
    this.events.length = kept;
    for (const seq of this.#joined) if (seq > kept) this.#joined.delete(seq);
    this.#agents.die(crash.late === null ? null : crash.downtime + crash.late);
    this.now += crash.downtime;
    this.#writing = null;
    this.#durable = kept;
    const copies = this.#copies();
    this.#state = this.engine.foldAll(copies);
    if (live) hold(5, isDeepStrictEqual(this.#state, live), () => "what is recovered is not what was durable");
    if (lost > 0) this.#model = modelOf(copies);
    if (!this.#state) {
      this.#origin = this.now;
      this.#begin();
      return;
    }
    this.#origin = this.now - this.#state.t;
    this.#cancelDue = this.#state.cancel ? this.now + GRACE_MS + 5 * this.world.latency : null;
    for (const decisionId of this.#state.decisions.keys()) this.#people.hear(decisionId);
    if (this.#state.finished) return;
    const message = "the worker that ran it ended unexpectedly";
    this.#recordTogether(interruptionOf(this.#state, message), this.#state.t);
    if (this.state.interrupted === null) this.count("crash while it waits");
    else if (this.chance.is(0.3)) this.#people.resumeLater();
    else this.ask({ kind: "resume" }, "the worker");
    this.advance();
  }

  #isStale(stepId: string): boolean {
    return this.model.byId.get(stepId)?.live?.isStale ?? false;
  }

  /** The journal as it comes from the disk. */
  #copies(): readonly ExecutionEvent[] {
    if (!this.#isThorough) return this.events;
    return this.events.map((event) => {
      const copy: unknown = JSON.parse(JSON.stringify(event));
      return { ...EventBody.parse(copy), ...EventStamp.parse(copy) };
    });
  }

  /** Invariant 4: from the start, and, at times, from a snapshot on. */
  #compareFold(): void {
    const copies = this.#copies();
    const folded = this.engine.foldAll(copies);
    hold(4, isDeepStrictEqual(folded, this.state), () => "the fold of the stored events is not the live state");
    if (!this.#isThorough) return;
    const cut = 1 + this.chance.below(copies.length - 1);
    let state = structuredClone(this.engine.foldAll(copies.slice(0, cut)));
    for (const event of copies.slice(cut)) state = this.engine.fold(state, event);
    hold(4, isDeepStrictEqual(state, folded), () => `folding on from a snapshot at event ${cut} gives another state`);
  }

  #checkEnd(): void {
    hold(6, this.#agents.alive === 0, () => `${this.#agents.alive} agents live after the end`);
    if (this.#isThorough || this.world.seed % 4 === 1) this.#compareFold();
    const view = this.engine.viewOf(this.state, this.#clock(), "x.spec.md");
    checkView(this.model, this.#isThorough ? ExecutionView.parse(view) : view);
  }
}

/** What occurs in several ways. */
function kindOf(event: ExecutionEvent, isEnding: boolean): string | null {
  switch (event.type) {
    case "attempt.stopping":
    case "step.requeued":
      return `${event.type} ${event.reason}`;
    case "budget.level":
      return `level ${event.level}`;
    case "retry.scheduled":
      return event.quota ? "quota that is waited for" : null;
    case "decision.asked":
      return event.kind === "budget" && event.amount === null ? "asked for a word" : `asked ${event.kind}`;
    case "decision.withdrawn":
      return isEnding ? null : "withdrawn while it goes on";
    case "step.finished":
      return event.failure === null ? null : `${event.status}: ${event.failure.code}`;
    default:
      return null;
  }
}

function modelOf(events: readonly ExecutionEvent[]): JournalModel | null {
  const [created, ...rest] = events;
  if (created?.type !== "execution.created") return null;
  const model = new JournalModel(created);
  for (const event of rest) model.apply(event);
  return model;
}
