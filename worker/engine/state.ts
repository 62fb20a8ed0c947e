import type { BudgetLevel, EngineLimit, LimitScope } from "../../schemas/budget.ts";
import type { ConflictPlace, DecisionChoice, DecisionKind, PermissionRequest } from "../../schemas/decision.ts";
import type { Artifact, AttemptResult, CommandEnd, EnginePlan, EngineStep, StopReason } from "../../schemas/event.ts";
import type { Failure } from "../../schemas/failure.ts";
import type { CostCertainty, Micros } from "../../schemas/money.ts";

/** A live attempt: it holds a place, its agent, its locks and its reservation until it is finished. */
export interface LiveAttempt {
  readonly attemptId: string;
  readonly attempt: number;
  readonly startedAt: string;
  /** On the execution's clock. */
  readonly started: number;
  /** Later by all the time that it has waited for a person. */
  deadline: number | null;
  /** What it asks a person at present; since when it does, on the execution's clock; and how long it has done so before, in ms. */
  asks: number;
  asksSince: number | null;
  asked: number;
  readonly agent: string;
  /** What was set aside for it at its start. */
  readonly granted: Micros;
  /** What is left of that. */
  reserved: Micros;
  /** The known costs that it has reported, and the services that they were for. */
  reported: Micros;
  services: readonly string[];
  /** It reported a cost that is not known: what is left of its reservation is kept at its end. */
  hasUnknownCost: boolean;
  stopping: StopReason | null;
  /** The person who ended it. */
  stoppedBy: string | null;
  /** The plan was revised since it started: whatever it answers does not count. */
  isStale: boolean;
}

/**
 * Where a step stands. `settling`: something about it is known and `decide` has not yet said what follows. `asking`: a person has
 * to decide; what a running agent asks leaves its step running.
 */
export type StepPhase =
  | { readonly kind: "pending" }
  | { readonly kind: "ready" }
  | { readonly kind: "running"; readonly live: LiveAttempt }
  | { readonly kind: "settling"; readonly outcome: SettlingOutcome; readonly failure: Failure | null }
  /** `until`: when its quota comes back, as wall time in milliseconds; null: another wait. */
  | { readonly kind: "waiting"; readonly due: number; readonly until: number | null }
  | { readonly kind: "asking"; readonly failure: Failure | null }
  | { readonly kind: "ended"; readonly status: EndStatus; readonly failure: Failure | null };

/** How an attempt ended, or (`retry`, `skip`, `abort`) what a person has decided. */
export type SettlingOutcome =
  "succeeded" | "failed" | "cancelled" | "interrupted" | "stale" | "retry" | "skip" | "abort";

export type EndStatus = "completed" | "failed" | "skipped" | "cancelled";

/** What an ended attempt left behind, for views and reports. */
export interface PastAttempt {
  readonly attempt: number;
  readonly outcome: "succeeded" | "failed" | "cancelled" | "interrupted";
  readonly startedAt: string;
  /** On the execution's clock. */
  readonly started: number;
  readonly ended: number;
  readonly duration: number | null;
  readonly end: CommandEnd | null;
  readonly failure: Failure | null;
}

export interface StepState {
  readonly index: number;
  readonly definition: EngineStep;
  /** Indices of the steps that wait for this one. */
  readonly dependents: readonly number[];
  phase: StepPhase;
  /** Dependencies that have neither succeeded nor been waived. */
  unmet: number;
  /** Place in `startOrder`; the lower goes first. */
  rank: number;
  /** When it was last put among the ready ones, on the execution's clock. */
  readyAt: number;
  /** Which of its agents does the next attempt: 0 is its own, then its fallbacks. */
  chain: number;
  /** Attempts started so far, over all its runs; numbers of attempts never repeat. */
  attempts: number;
  /** Attempts that count against the step's limit: since it was last begun anew, without those that a crash of ours interrupted. */
  tries: number;
  /** Attempts that a crash of ours interrupted since the step was last begun anew. */
  interruptions: number;
  /** Of a quota that was used up at each of its latest attempts: how many there were, and when the first ended, on the execution's clock. */
  quota: { readonly since: number; readonly waits: number } | null;
  /** How often it has sent back as a review, since a person last had it run. */
  rounds: number;
  /** What a review has found in it, until a review approves. */
  findings: string | null;
  /** Sum of the known costs of all attempts; `unknownCosts` counts the others. */
  spent: Micros;
  unknownCosts: number;
  past: PastAttempt[];
  /** Of the last attempt that ended. */
  result: AttemptResult | null;
  artifacts: readonly Artifact[];
  endedAt: string | null;
}

/** Something that was spent, or that an ended attempt of unknown cost keeps. */
export interface Booking {
  /** Wall time in milliseconds; never earlier than that of the booking before. */
  readonly at: number;
  readonly service: string;
  readonly agent: string;
  amount: Micros;
}

/**
 * The bookings of one scope: `totals[i]` is the sum of the first i + 1 entries, `times[i]` the wall time of the last of them. So what
 * counts in a window is found without adding up.
 */
export interface Track {
  readonly scope: LimitScope;
  readonly times: number[];
  readonly totals: Micros[];
}

/** The budget ledger of one execution; simulated steps never enter it. At every reservation spent + held + reserved + new <= limit (semantics, Budget). */
export interface Ledger {
  spent: Micros;
  reserved: Micros;
  /** Reservations of ended attempts whose cost is unknown: unknown is not zero, so the money stays held. */
  held: Micros;
  /** Booked above the reservation. */
  overrun: Micros;
  unknown: number;
  byService: Map<string, Micros>;
  /** The least sure of all entries. */
  certainty: CostCertainty | null;
  readonly bookings: Booking[];
  /** Services under which something of an agent was booked: its next attempts may cost something there, too. */
  readonly servicesOf: Map<string, Set<string>>;
  /** Of the plan's limits, by `scopeKey`. */
  readonly tracks: Map<string, Track>;
  /** What people have allowed above a limit, by its key, with the wall time in milliseconds. An amount of 0 is a word without money. */
  readonly allowances: Map<string, { readonly at: number; readonly amount: Micros }[]>;
  /** How far each limit was used up at the last event about it. */
  readonly levels: Map<string, BudgetLevel>;
  /** When something that counts for a limit last started, cost something or ended, on the execution's clock, by the limit's key; kept where a step may wait. */
  readonly movedAt: Map<string, number>;
}

/** A decision that waits for a person. */
export interface OpenDecision {
  readonly decisionId: string;
  readonly stepId: string;
  readonly kind: DecisionKind;
  readonly message: string;
  readonly choices: readonly DecisionChoice[];
  readonly amount: Micros | null;
  /** Key of the limit that it is about; null: none. */
  readonly limit: string | null;
  /** Which running attempt asks for what; null: another kind of decision. */
  readonly request: (PermissionRequest & { readonly attemptId: string }) | null;
  readonly conflict: ConflictPlace | null;
  readonly askedAt: string;
}

/** The state of one execution: the fold of its events. Only `fold` changes it; copies are made at the edges. */
export interface ExecutionState {
  readonly executionId: string;
  readonly planId: string;
  readonly planHash: string;
  readonly title: string;
  readonly plan: EnginePlan;
  readonly writeBack: boolean;
  readonly startedAt: string;
  readonly steps: readonly StepState[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** Indices so that every step stands after its dependencies. */
  readonly topological: readonly number[];
  /** Startable steps, the first in `startOrder` last: it is taken away most often, and that is quick at the end of a list. */
  readonly ready: number[];
  readonly running: Set<number>;
  readonly settling: Set<number>;
  readonly waiting: Set<number>;
  /** Pending steps with a dependency that ended without success, with that dependency. */
  readonly doomed: Map<number, number>;
  readonly agentLoad: Map<string, number>;
  /** Holders of each lock that is held. */
  readonly lockHolders: Map<string, Set<number>>;
  readonly ledger: Ledger;
  /** All that hold: the spec's own and those of policies. */
  readonly limits: readonly EngineLimit[];
  /** Steps that have ended, by how. */
  readonly counts: Record<EndStatus, number>;
  /** What waits for a person, by decision id. */
  readonly decisions: Map<string, OpenDecision>;
  /** What was answered, so that a second answer can be told of the first. */
  readonly answered: Map<string, { readonly choice: DecisionChoice; readonly by: string }>;
  /** Decisions asked so far. */
  asked: number;
  /** What agents may do until the execution ends, as people have answered: by `permissionKey`, with who has. */
  readonly sessions: Map<string, string>;
  paused: { readonly by: string } | null;
  cancel: { readonly by: string; force: boolean } | null;
  /** Set when a step with the policy fail-fast failed. */
  failFast: { readonly stepId: string } | null;
  /** Set when a person answered a decision with `abort`. */
  aborted: { readonly by: string; readonly stepId: string } | null;
  /** The execution's own timeout has passed. */
  expired: boolean;
  interrupted: string | null;
  finished: {
    readonly status: "completed" | "failed" | "cancelled";
    readonly failure: Failure | null;
    readonly at: string;
  } | null;
  /** Where the execution's own timeout counts from: its start, or its last reopening, and later by all the time spent waiting for people. */
  timeoutFrom: number;
  /** Since when it waits for a person, on its clock. */
  idleSince: number | null;
  seq: number;
  /** The execution's clock at the last event. */
  t: number;
}

/**
 * What other executions of the folder hold and spend. The engine decides about one execution and must not take what they have.
 * Amounts are in the plan's currency. Only limits with a window of time are asked about: the others count one execution. `t` is the
 * moment on the execution's clock.
 */
export interface Surroundings {
  /** Runs of an agent. */
  load(agent: string): number;
  /** Holders of a lock. */
  holders(lock: string): number;
  /** What they have spent in the limit's window, with what ended attempts of unknown cost keep. */
  spent(limit: EngineLimit, t: number): Micros;
  /** What they have reserved for attempts that run. */
  reserved(limit: EngineLimit, t: number): Micros;
  /** What people have allowed above the limit in their executions, in its window. */
  allowed(limit: EngineLimit, t: number): Micros;
  /** Since when the limit's window counts, in milliseconds of wall time. */
  since(limit: EngineLimit, t: number): number;
  /** The next moment after `t` at which a calendar window begins anew, or some of what they have spent leaves the window; null: none. */
  frees(limit: EngineLimit, t: number): number | null;
}

export const NOTHING_AROUND: Surroundings = {
  load: () => 0,
  holders: () => 0,
  spent: () => 0,
  reserved: () => 0,
  allowed: () => 0,
  since: () => 0,
  frees: () => null,
};

/** Nothing starts: the execution is paused, or the answer to a decision must come first. */
export function isHeld(state: ExecutionState): boolean {
  if (state.paused) return true;
  for (const { kind } of state.decisions.values()) if (!CONCERNS_ITS_STEP.has(kind)) return true;
  return false;
}

/** Decisions that hold back nothing but their own step. */
export const CONCERNS_ITS_STEP: ReadonlySet<DecisionKind> = new Set(["interrupted", "permission", "conflict"]);

/** True when what depends on the step may run: it succeeded, was left out on purpose, or its failure is tolerated. */
export function isMet({ phase, definition }: StepState): boolean {
  if (phase.kind !== "ended") return false;
  if (phase.status === "skipped") return phase.failure === null;
  return phase.status === "completed" || (phase.status === "failed" && definition.onFailure === "tolerate");
}

const AGE_MS = 60_000;

/** A minute of waiting is worth one point of priority, so that nothing waits for ever behind what is more important. */
export function rankOf(step: EngineStep, t: number): number {
  return Math.floor(t / AGE_MS) - step.priority;
}

/**
 * Order of starts: what is skipped needs no place and goes first, then the lower rank, then plan order. Negative when `a` comes
 * first.
 */
export function startOrder(state: ExecutionState, a: number, b: number): number {
  const first = stepAt(state, a);
  const second = stepAt(state, b);
  return Number(second.definition.skip) - Number(first.definition.skip) || first.rank - second.rank || a - b;
}

/** The agent of the attempt that runs, or of the next one. */
export function agentOf({ phase, definition, chain }: StepState): string {
  if (phase.kind === "running") return phase.live.agent;
  return chain === 0 ? definition.agent : (definition.fallbacks[chain - 1] ?? definition.agent);
}

/** Startable steps, the first in `startOrder` first. */
export function* readySteps(state: ExecutionState): Generator<number, void> {
  for (let at = state.ready.length - 1; at >= 0; at -= 1) yield state.ready[at] ?? -1;
}

/** The step of an index that is known to exist. */
export function stepAt(state: ExecutionState, index: number): StepState {
  const step = state.steps[index];
  if (!step) throw new RangeError(`no step with index ${index}`);
  return step;
}

/** The step of an id that an event names. Throws when there is none: journals are ours. */
export function stepNamed(state: ExecutionState, id: string): StepState {
  const index = state.indexOf.get(id);
  if (index === undefined) throw new Error(`execution ${state.executionId} has no step ${id}`);
  return stepAt(state, index);
}
