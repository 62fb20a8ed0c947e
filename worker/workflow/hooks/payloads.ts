import type { ExecutionEvent } from "../../../schemas/event.ts";
import type { Hook, HookEvent, HookPayload } from "../../../schemas/hook.ts";
import { fromMicros } from "../../../schemas/money.ts";

/** What hooks are told of an execution besides its events. */
export interface HookSubject {
  /** Of its plan. */
  readonly title: string;
  readonly currency: string;
  readonly hooks: readonly Hook[];
  /** Whether any of its steps is simulated. */
  readonly isSimulated: boolean;
  /** Null: it has no such step. */
  step(id: string): { readonly title: string; readonly simulated: boolean } | null;
}

/** An occasion of which hooks are told, without what all payloads have. */
interface Occasion {
  readonly event: HookEvent;
  readonly message: string;
  readonly data: HookPayload["data"];
}

/**
 * What hooks are sent because of one event of an execution (catalogue F2), one payload for each hook that wants to know. Pure: the same
 * event gives the same payloads, so that after a crash the same keys come again and nothing is sent as something new.
 */
export function payloadsOf(event: ExecutionEvent, subject: HookSubject): HookPayload[] {
  const occasion = occasionOf(event, subject);
  if (occasion === null) return [];
  const stepId = "stepId" in event ? event.stepId : null;
  return subject.hooks
    .filter(({ on }) => on.includes(occasion.event))
    .map((hook) => ({
      v: 1,
      key: `${event.executionId}.${event.seq}.${hook.id}`,
      hook: hook.id,
      event: occasion.event,
      at: event.at,
      executionId: event.executionId,
      title: subject.title,
      simulated: stepId === null ? subject.isSimulated : (subject.step(stepId)?.simulated ?? false),
      stepId,
      message: occasion.message,
      data: occasion.data,
    }));
}

/** Whether an event can be an occasion, for whoever does not want to look up its subject in vain. */
export function concernsHooks(event: ExecutionEvent): boolean {
  return occasionOf(event, NOTHING_KNOWN) !== null;
}

const NOTHING_KNOWN: HookSubject = { title: "", currency: "USD", hooks: [], isSimulated: false, step: () => null };

function occasionOf(event: ExecutionEvent, subject: HookSubject): Occasion | null {
  switch (event.type) {
    case "decision.asked":
    case "decision.answered":
    case "decision.withdrawn":
      return decisionOccasion(event, subject);
    case "step.finished": {
      const { status, failure } = event;
      const reason = failure === null ? "" : `: ${failure.message}`;
      const data = { status, failure: failure && { code: failure.code, message: failure.message } };
      return { event: "step", message: `"${titleOf(event.stepId, subject)}" ${status}${reason}`, data };
    }
    case "attempt.finished":
      return artifactOccasion(event, subject);
    case "budget.level": {
      if (event.level === "below") return null;
      const { limit, label, level } = event;
      const { currency } = subject;
      const data = { limit, label, level, used: fromMicros(event.used), of: fromMicros(event.of), currency };
      return { event: "budget", message: `${label}: ${level === "limit" ? "limit" : "threshold"} reached`, data };
    }
    case "review.returned": {
      const { target, round, findings, steps } = event;
      const message = `"${titleOf(event.stepId, subject)}" sends "${titleOf(target, subject)}" back, round ${round}`;
      return { event: "step", message, data: { status: "returned", target, round, findings, steps } };
    }
    case "execution.finished":
      return endOccasion(event, subject);
    default:
      return stateOccasion(event, subject);
  }
}

type EventOf<T extends ExecutionEvent["type"]> = Extract<ExecutionEvent, { type: T }>;

function decisionOccasion(
  event: EventOf<"decision.asked" | "decision.answered" | "decision.withdrawn">,
  subject: HookSubject,
): Occasion {
  const { decisionId } = event;
  switch (event.type) {
    case "decision.asked": {
      const { kind, choices, limit, request, conflict } = event;
      const amount = event.amount === null ? null : fromMicros(event.amount);
      const about = { limit, amount, currency: subject.currency, request, conflict };
      const data = { state: "asked", decisionId, kind, choices, ...about };
      return { event: "decision", message: `"${event.title}" waits for a person: ${event.message}`, data };
    }
    case "decision.answered": {
      const { choice, by, limit } = event;
      const amount = event.amount === null ? null : fromMicros(event.amount);
      const data = { state: "answered", decisionId, choice, by, limit, amount, currency: subject.currency };
      return { event: "decision", message: `${by} answered for "${titleOf(event.stepId, subject)}": ${choice}`, data };
    }
    case "decision.withdrawn": {
      const message = `the question about "${titleOf(event.stepId, subject)}" no longer arises`;
      return { event: "decision", message, data: { state: "withdrawn", decisionId } };
    }
  }
}

/** What a step has made; an attempt that failed has made nothing that counts. */
function artifactOccasion(event: EventOf<"attempt.finished">, subject: HookSubject): Occasion | null {
  const { artifacts, attempt } = event;
  const outputs = event.result?.outputs ?? [];
  if (event.outcome !== "succeeded" || artifacts.length + outputs.length === 0) return null;
  const count = artifacts.length + outputs.length;
  return {
    event: "artifact",
    message: `"${titleOf(event.stepId, subject)}" made ${count === 1 ? "1 artifact" : `${count} artifacts`}`,
    data: { attempt, artifacts, outputs: Object.fromEntries(outputs.map(({ name, value }) => [name, value])) },
  };
}

function endOccasion({ status, failure }: EventOf<"execution.finished">, { title }: HookSubject): Occasion {
  const kind = { completed: "success", failed: "failure", cancelled: "cancelled" } as const;
  const reason = failure === null ? "" : `: ${failure.message}`;
  const data = { status, failure: failure && { code: failure.code, message: failure.message } };
  return { event: kind[status], message: `"${title}" ${status}${reason}`, data };
}

function stateOccasion(event: ExecutionEvent, { title }: HookSubject): Occasion | null {
  const state = (name: string, by: string | null, more: HookPayload["data"] = {}): Occasion => ({
    event: "state",
    message: `"${title}" ${name}${by === null ? "" : ` by ${by}`}`,
    data: { state: name, by, ...more },
  });
  switch (event.type) {
    case "execution.created":
      return state("started", null, { planId: event.planId });
    case "execution.paused":
      return state("paused", event.by);
    case "execution.resumed":
      return state("resumed", event.by);
    case "execution.interrupted":
      return state("interrupted", null);
    case "execution.expired":
      return state("expired", null);
    case "cancel.requested":
      return state("cancelling", event.by);
    case "steps.reopened":
      return state("reopened", event.by, { steps: event.steps });
    case "plan.revised":
      return state("revised", event.by, { planId: event.planId });
    default:
      return null;
  }
}

function titleOf(stepId: string, subject: HookSubject): string {
  return subject.step(stepId)?.title ?? stepId;
}
