import type { AttemptResult, EngineStep, EventOf } from "../../schemas/event.ts";
import type { Failure } from "../../schemas/failure.ts";

export interface LiveBook {
  readonly id: string;
  readonly attempt: number;
  readonly agent: string;
  readonly reserved: number;
  readonly deadline: number | null;
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
  /** Number of the event by which it became ready. */
  readySeq: number;
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
    firstAt: null,
    lastFailure: null,
    duration: 0,
    result: null,
    artifacts: [],
    endedAt: null,
  };
}
