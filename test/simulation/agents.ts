import type { Artifact, CostEntry, EventOf } from "../../schemas/event.ts";
import type { ConflictPlace } from "../../schemas/decision.ts";
import { failure, type Failure, type FailureCode } from "../../schemas/failure.ts";
import type { AttemptEnd } from "../../worker/engine/answer.ts";
import type { Stage } from "./stage.ts";
import { hold } from "./violation.ts";
import type { Deed, Reported } from "./world.ts";

type Started = EventOf<"attempt.started">;

interface Work {
  readonly event: Started;
  readonly deed: Deed;
  readonly since: number;
  /** Null: it hangs. */
  due: number | null;
  wasStopped: boolean;
  /** Reports that it has not made yet, and questions that it has not asked, the next one first. */
  reports: Deed["reports"];
  asks: Deed["asks"];
  /** Questions of which it waits for the answers, since when, and how long it has waited before. */
  readonly open: Set<string>;
  waitsSince: number | null;
  waited: number;
  /** Its worker is dead, or it has answered already: nothing of it may count. */
  isLeftOver: boolean;
}

const IDLE: Deed = {
  duration: 1_000,
  outcome: "succeeded",
  code: null,
  costs: [],
  reports: [],
  retryAfter: null,
  asks: [],
  waits: true,
  verdict: null,
  stopsIn: 0,
  whenStopped: "cancelled",
  again: null,
};

/** The agents of the world: they do what the world says of each attempt, however the engine is. */
export class Agents {
  readonly #stage: Stage;
  #work: Work[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** When the next one answers; null: none will by itself. */
  get next(): number | null {
    let next: number | null = null;
    const consider = (at: number | null): void => {
      if (at !== null && (next === null || at < next)) next = at;
    };
    for (const work of this.#work) {
      if (isWaiting(work)) continue;
      consider(work.due);
      consider(nextReport(work));
      consider(nextQuestion(work));
    }
    return next;
  }

  /** Attempts that this worker has started and that have not ended. */
  get alive(): number {
    return this.#work.filter(({ isLeftOver }) => !isLeftOver).length;
  }

  /** Steps whose attempts hang and were not stopped. */
  get hanging(): string[] {
    return this.#work.filter(({ due }) => due === null).map(({ event }) => event.stepId);
  }

  /** `isStopped`: the execution was ended since the start was decided, so the agent is not even begun. */
  start(event: Started, isStopped: boolean): void {
    const { now } = this.#stage;
    const others = this.#work.filter((one) => !one.isLeftOver && one.event.stepId === event.stepId);
    hold(8, others.length === 0, () => `two agents work on ${event.stepId}`);
    const deed = isStopped ? { ...IDLE, duration: 0, outcome: "cancelled" as const } : this.#deed(event);
    const { duration } = deed;
    this.#work.push({
      event,
      deed,
      since: now,
      due: duration === null ? null : now + duration,
      wasStopped: false,
      reports: deed.reports,
      asks: deed.asks,
      open: new Set(),
      waitsSince: null,
      waited: 0,
      isLeftOver: false,
    });
    if (duration === null) this.#stage.count("agent hangs");
  }

  stop(attemptId: string, atOnce: boolean): void {
    const work = this.#work.find(({ event, isLeftOver }) => event.attemptId === attemptId && !isLeftOver);
    if (work) this.#stop(work, atOnce ? 0 : work.deed.stopsIn);
  }

  stopAll(): void {
    for (const work of this.#work) if (!work.isLeftOver) this.#stop(work, 0);
  }

  /** Somebody has answered, or what was asked no longer arises. */
  hear(decisionId: string, isWithdrawn: boolean): void {
    const work = this.#work.find(({ open, isLeftOver }) => open.has(decisionId) && !isLeftOver);
    if (!work) return;
    if (isWithdrawn) {
      const live = this.#stage.model.byId.get(work.event.stepId)?.live;
      const isOver = live?.id !== work.event.attemptId || live.stopping !== null || live.isStale;
      hold("decisions", isOver, () => `${work.event.attemptId} is told that it is being stopped, and is not`);
    }
    work.open.delete(decisionId);
    if (work.open.size === 0) this.#goOn(work);
  }

  #goOn(work: Work): void {
    if (work.waitsSince === null) return;
    const waited = this.#stage.now - work.waitsSince;
    work.waitsSince = null;
    work.waited += waited;
    if (work.due !== null) work.due += waited;
  }

  /** Steps of which an agent waits for an answer. */
  get asking(): string[] {
    return this.#work.filter(isWaiting).map(({ event }) => event.stepId);
  }

  /** Their worker is gone. Their answers come to the next one after so many ms; null: never. */
  die(after: number | null): void {
    this.#work = after === null ? [] : this.#work.filter(({ isLeftOver }) => !isLeftOver);
    for (const work of this.#work) {
      work.isLeftOver = true;
      work.open.clear();
      work.waitsSince = null;
      work.due = this.#stage.now + (after ?? 0);
      this.#stage.count("late answer");
    }
  }

  /** Reports and answers that are due, in any order among those of one moment. */
  answerUntil(now: number): void {
    for (;;) {
      this.#reportUntil(now);
      this.#askUntil(now);
      const due = this.#work.filter((work) => work.due !== null && work.due <= now && !isWaiting(work));
      const work = due[this.#stage.chance.below(due.length)];
      if (!work) return;
      this.#work.splice(this.#work.indexOf(work), 1);
      const { again } = work.deed;
      if (again !== null && !work.isLeftOver) {
        this.#work.push({ ...work, open: new Set(), waitsSince: null, due: now + again, isLeftOver: true });
        this.#stage.count("answer that comes twice");
      }
      this.#answer(work, now);
    }
  }

  /** What is left of an attempt reports until it ends, too. */
  #reportUntil(now: number): void {
    for (const work of this.#work) {
      for (let at = nextReport(work); at !== null && at <= now && !isWaiting(work); at = nextReport(work)) {
        const [report] = work.reports;
        work.reports = work.reports.slice(1);
        if (report) this.#report(work.event, report);
      }
    }
  }

  #askUntil(now: number): void {
    for (const work of this.#work) {
      const isBusy = isWaiting(work);
      for (let at = nextQuestion(work); at !== null && at <= now && !isBusy; at = nextQuestion(work)) {
        const [question] = work.asks;
        work.asks = work.asks.slice(1);
        if (!question) continue;
        const decisionId = this.#stage.permit(work.event, question.subject);
        // Only the questions of one moment are open together.
        if (decisionId === null || !work.deed.waits) continue;
        work.open.add(decisionId);
        work.waitsSince ??= now;
        this.#stage.count("agent waits for an answer");
      }
    }
    if (this.#stage.chance.is(0.6)) this.#stage.advance();
  }

  #report(event: Started, { costs, refused }: Deed["reports"][number]): void {
    for (const { amount } of costs) this.#stage.count(`reported cost ${kindOf(amount)}`);
    this.#stage.count(refused > 0 ? "report that is refused" : "report");
    const amounts = costs.map(({ amount, service }) => `${amount} for ${service}`).join();
    this.#stage.tell(`agent of ${event.stepId}/${event.attempt} reports ${amounts}, and ${refused} that are refused`);
    const reason = "an amount of money is a number";
    this.#stage.report(event, {
      costs: costs.map(costOf),
      refused: Array.from({ length: refused }, () => ({ said: "much", reason })),
    });
  }

  #stop(work: Work, delay: number): void {
    const end = this.#stage.now + delay;
    work.open.clear();
    this.#goOn(work);
    if (work.due !== null && work.due <= end) return;
    work.due = end;
    work.wasStopped = true;
  }

  #answer({ event, deed, since, wasStopped }: Work, now: number): void {
    const outcome = wasStopped ? deed.whenStopped : deed.outcome;
    for (const { amount } of deed.costs) this.#stage.count(`cost ${kindOf(amount)}`);
    const end: AttemptEnd = {
      outcome,
      failure: outcome === "failed" && deed.code !== null ? failureOf(event.stepId, deed.code, deed.retryAfter) : null,
      result: {
        ...{ end: null, check: null, tail: `${event.attemptId} is ${outcome}` },
        ...(outcome === "succeeded" && deed.verdict !== null
          ? { review: { verdict: deed.verdict, findings: `found by ${event.attemptId}` } }
          : {}),
        ...(outcome === "failed" && deed.code === "merge_conflict" ? { conflict: CONFLICT } : {}),
      },
      costs: deed.costs.map(costOf),
      artifacts: outcome === "succeeded" ? [artifactOf(event.attemptId)] : [],
      // Clocks of agents are no better than others.
      duration: now - since - (deed.again === null ? 0 : 0.4),
    };
    const { attempt, attemptId, stepId } = event;
    this.#stage.tell(`agent of ${stepId}/${attempt} answers: ${outcome} ${end.failure?.code ?? ""}`);
    this.#stage.answer(stepId, attempt, attemptId, end);
  }

  #deed({ stepId, attempt }: Started): Deed {
    const deeds = this.#stage.world.agents[stepId];
    return deeds?.[(attempt - 1) % deeds.length] ?? IDLE;
  }
}

const CONFLICT: ConflictPlace = { folder: "/srv/app", branch: "planwright/run-1", files: ["src/main.ts"] };

function isWaiting({ open }: Work): boolean {
  return open.size > 0;
}

function nextReport({ since, waited, due, reports: [next] }: Work): number | null {
  const at = next ? since + waited + next.after : null;
  return at !== null && (due === null || at <= due) ? at : null;
}

function nextQuestion({ since, waited, due, asks: [next] }: Work): number | null {
  const at = next ? since + waited + next.after : null;
  return at !== null && (due === null || at <= due) ? at : null;
}

function failureOf(stepId: string, code: FailureCode, retryAfter: number | null): Failure {
  return failure(code, `${stepId} broke`, retryAfter === null ? {} : { retryAfter });
}

function artifactOf(attemptId: string): Artifact {
  return { type: "file", path: `made/by/${attemptId}`, url: null, sha256: "0".repeat(64), size: 1 };
}

function kindOf(amount: Reported["amount"]): string {
  if (amount === null) return "unknown";
  if (typeof amount === "string") return amount;
  if (!Number.isInteger(amount)) return "fractional";
  if (amount < 0) return "negative";
  return Number.isSafeInteger(amount) ? "known" : "too large";
}

function costOf({ amount, ...more }: Reported): CostEntry {
  switch (amount) {
    case "nan":
      return { ...more, amount: NaN };
    case "infinite":
      return { ...more, amount: Infinity };
    case "-infinite":
      return { ...more, amount: -Infinity };
    default:
      return { ...more, amount };
  }
}
