import type { Artifact, CostEntry, EventOf } from "../../schemas/event.ts";
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
  /** Reports that it has not made yet, the next one first. */
  reports: Deed["reports"];
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
      consider(work.due);
      consider(nextReport(work));
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

  /** Their worker is gone. Their answers come to the next one after so many ms; null: never. */
  die(after: number | null): void {
    this.#work = after === null ? [] : this.#work.filter(({ isLeftOver }) => !isLeftOver);
    for (const work of this.#work) {
      work.isLeftOver = true;
      work.due = this.#stage.now + (after ?? 0);
      this.#stage.count("late answer");
    }
  }

  /** Reports and answers that are due, in any order among those of one moment. */
  answerUntil(now: number): void {
    for (;;) {
      this.#reportUntil(now);
      const due = this.#work.filter((work) => work.due !== null && work.due <= now);
      const work = due[this.#stage.chance.below(due.length)];
      if (!work) return;
      this.#work.splice(this.#work.indexOf(work), 1);
      const { again } = work.deed;
      if (again !== null && !work.isLeftOver) {
        this.#work.push({ ...work, due: now + again, isLeftOver: true });
        this.#stage.count("answer that comes twice");
      }
      this.#answer(work, now);
    }
  }

  /** What is left of an attempt reports until it ends, too. */
  #reportUntil(now: number): void {
    for (const work of this.#work) {
      for (let at = nextReport(work); at !== null && at <= now; at = nextReport(work)) {
        const [report] = work.reports;
        work.reports = work.reports.slice(1);
        if (report) this.#report(work.event, report);
      }
    }
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
      result: { end: null, check: null, tail: `${event.attemptId} is ${outcome}` },
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

function nextReport({ since, due, reports: [next] }: Work): number | null {
  const at = next ? since + next.after : null;
  return at !== null && (due === null || at <= due) ? at : null;
}

function failureOf(stepId: string, code: FailureCode, retryAfter: number | null): Failure {
  return failure(code, `${stepId} broke`, retryAfter === null ? {} : { details: { retryAfter } });
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
