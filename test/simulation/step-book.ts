import type { AttemptResult, EngineStep, EventOf } from "../../schemas/event.ts";
import type { Failure } from "../../schemas/failure.ts";

export interface LiveBook {
  readonly id: string;
  readonly attempt: number;
  readonly agent: string;
  readonly granted: number;
  reserved: number;
  /** Known costs that it has reported, and the services that they were for. */
  reported: number;
  readonly services: Set<string>;
  /** One of its costs is not known: at its end it keeps what is left of its reservation. */
  keeps: boolean;
  deadline: number | null;
  /** Its open questions, since when there are any, and how long there were before. */
  readonly asks: Set<string>;
  asksSince: number;
  asked: number;
  readonly startedAt: string;
  stopping: string | null;
  by: string | null;
  isStale: boolean;
}

/** What the journal says of a step so far. `settled`: something is known of it, and what follows is not yet decided. */
export interface StepBook {
  index: number;
  def: EngineStep;
  before: StepBook[];
  after: StepBook[];
  place: "idle" | "running" | "settled" | "backoff" | "asking" | "ended";
  live: LiveBook | null;
  /** Outcome of the attempt, or the answer of a person. */
  outcome: string;
  reason: Failure | null;
  due: number;
  status: EventOf<"step.finished">["status"] | null;
  attempts: number;
  /** Since the step began anew: attempts, and how many of them a crash of ours interrupted. */
  begun: number;
  interruptions: number;
  spent: number;
  unknown: number;
  rank: number;
  /** Number of the event by which it became ready, and when that was. */
  readySeq: number;
  readyAt: number;
  /** How many of its agents were given up. */
  moves: number;
  /** Failures in a row for which a used-up quota is the reason, and when the first of them was. */
  quota: { since: number; waits: number } | null;
  /** Wall time at which its quota comes back; null: it waits for nothing of that kind. */
  until: number | null;
  /** How often it has sent back, and what was found in it. */
  rounds: number;
  findings: string | null;
  /** The person who left it out for want of money. */
  leftOutBy: string | null;
  firstAt: string | null;
  lastFailure: Failure | null;
  duration: number;
  result: AttemptResult | null;
  /** Paths of what the last attempt that counts has made. */
  artifacts: string[];
  endedAt: string | null;
}

const FORGIVEN = 3;

/** True when what depends on it may run. */
export function isMet({ place, status, reason, def }: StepBook): boolean {
  if (place !== "ended") return false;
  if (status === "skipped") return reason === null;
  return status === "completed" || (status === "failed" && def.onFailure === "tolerate");
}

/** Who does its next attempt. */
export function agentOf({ def, moves }: StepBook): string {
  return [def.agent, ...def.fallbacks][moves] ?? def.agent;
}

const MOVING = ["agent_unavailable", "unhealthy", "crash", "transport", "rate_limit", "timeout"];

/** Its next attempt after this failure is another agent's. */
export function movesOn({ def, moves }: StepBook, code: string | undefined): boolean {
  return moves < def.fallbacks.length && code !== undefined && MOVING.includes(code);
}

/** Attempts that count against the step's limit. */
export function triesOf(step: StepBook): number {
  return step.begun - Math.min(step.interruptions, FORGIVEN);
}

/** Of a step that has not begun. */
export function newBook(def: EngineStep, index: number): StepBook {
  return {
    index,
    def,
    before: [],
    after: [],
    place: "idle",
    live: null,
    outcome: "",
    reason: null,
    due: 0,
    status: null,
    attempts: 0,
    begun: 0,
    interruptions: 0,
    spent: 0,
    unknown: 0,
    rank: 0,
    readySeq: 0,
    readyAt: 0,
    moves: 0,
    quota: null,
    until: null,
    rounds: 0,
    findings: null,
    leftOutBy: null,
    firstAt: null,
    lastFailure: null,
    duration: 0,
    result: null,
    artifacts: [],
    endedAt: null,
  };
}

const QUOTA_WAITS = 20;
const DAY = 86_400_000;

/** When the quota comes back whose lack made its last attempt fail, in ms; null: another reason. */
export function quotaOf({ reason }: Pick<StepBook, "reason">): number | null {
  return reason?.code === "rate_limit" ? (reason.retryAfter ?? null) : null;
}

/** Whether a quota may be waited for once more, for so long. */
export function mayWait({ quota }: StepBook, t: number, delay: number): boolean {
  return quota === null ? delay <= DAY : quota.waits < QUOTA_WAITS && t + delay - quota.since <= DAY;
}

/** Whether it is a review that has succeeded and found faults. */
export function hasFoundFaults({ def, place, outcome, result }: StepBook): boolean {
  const isFaulty = result?.review?.verdict === "changes_requested";
  return def.reviews !== null && place === "settled" && outcome === "succeeded" && isFaulty;
}

/** What runs again when a review sends its target back; null: it cannot. */
export function sentBack(review: StepBook): Set<StepBook> | null {
  if (review.rounds >= review.def.rounds) return null;
  const before = reach(review, (step) => step.before);
  const target = [...before].find(({ def }) => def.id === review.def.reviews);
  if (!target || (target.place === "ended" && !hasRun(target))) return null;
  const between = [...reach(target, (step) => step.after)].filter((step) => before.has(step));
  return new Set([...[target, ...between].filter(hasRun), review]);
}

function hasRun({ place, status }: StepBook): boolean {
  return place === "ended" && (status === "completed" || status === "failed");
}

function reach(from: StepBook, next: (step: StepBook) => StepBook[]): Set<StepBook> {
  const found = new Set(next(from));
  for (const step of found) for (const further of next(step)) found.add(further);
  return found;
}
