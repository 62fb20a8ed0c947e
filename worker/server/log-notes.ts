import type { DecisionChoice } from "../../schemas/decision.ts";
import { formatDuration } from "../../schemas/duration.ts";
import type { ExecutionEvent } from "../../schemas/event.ts";
import type { LogEntry, LogLevel } from "../../schemas/log.ts";

/** What the orchestrator itself writes into an execution's log about an event; null for events that say nothing new. */
export function logNote(event: ExecutionEvent): LogEntry | null {
  const said = words(event);
  if (said === null) return null;
  return {
    time: event.at,
    level: said.level,
    source: "orchestrator",
    executionId: event.executionId,
    stepId: "stepId" in event ? event.stepId : null,
    attempt: "attempt" in event ? event.attempt : null,
    agent: event.type === "attempt.started" ? event.agent : null,
    stream: null,
    message: said.message,
    metadata: { event: event.type, seq: event.seq },
    correlationId: "attemptId" in event ? event.attemptId : null,
  };
}

interface Words {
  readonly level: LogLevel;
  readonly message: string;
}

function words(event: ExecutionEvent): Words | null {
  switch (event.type) {
    case "execution.created":
      return { level: "info", message: `execution of "${event.title}" started: ${stepCount(event.plan.steps.length)}` };
    case "attempt.started":
      return {
        level: "info",
        message: `attempt ${event.attempt} started with ${event.agent}${event.simulated ? " (simulated)" : ""}`,
      };
    case "attempt.stopping":
      return {
        level: "warn",
        message: `attempt ${event.attempt} is asked to stop: ${event.by === null ? event.reason : `by ${event.by}`}`,
      };
    case "attempt.finished":
      return event.outcome === "succeeded"
        ? { level: "success", message: `attempt ${event.attempt} succeeded after ${formatDuration(event.duration)}` }
        : {
            level: levelOf(event.outcome),
            message: `attempt ${event.attempt} ${event.outcome}: ${event.failure?.message ?? ""}`,
          };
    case "attempt.fenced":
      return { level: "warn", message: event.message };
    case "retry.scheduled":
      return {
        level: "warn",
        message: event.quota
          ? `the quota of its agent is used up: attempt ${event.attempt} follows in ${formatDuration(event.delay)}, and this one does not count`
          : `attempt ${event.attempt} follows in ${formatDuration(event.delay)} because of ${event.code}`,
      };
    case "step.finished":
      return event.status === "completed"
        ? null
        : { level: "warn", message: `step ${event.status}: ${event.failure?.message ?? "as decided"}` };
    case "step.requeued":
      return { level: "info", message: `step is run again: ${REQUEUED[event.reason]}` };
    case "review.returned":
      return {
        level: "warn",
        message: `the review sends "${event.target}" back (round ${event.round}): ${event.findings}`,
      };
    case "decision.asked":
      return { level: "warn", message: `a person is asked: ${event.message}` };
    case "decision.answered":
      return { level: "info", message: `${event.by} answered: ${ANSWERS[event.choice]}` };
    case "decision.withdrawn":
      return { level: "info", message: "the question no longer arises" };
    case "attempt.reported":
      return event.refused.length === 0
        ? null
        : {
            level: "error",
            message: event.refused.map(({ said, reason }) => `a cost was refused (${said}): ${reason}`).join("; "),
          };
    case "budget.level":
      return event.level === "below" ? null : { level: "warn", message: `${event.label}: ${event.level} reached` };
    case "boxes.written": {
      const where =
        event.into === "file" ? event.specPath : `the editor that has ${event.specPath} open, not saved yet`;
      const ticked = event.boxes.length === 1 ? "1 box" : `${event.boxes.length} boxes`;
      return event.boxes.length === 0 ? null : { level: "info", message: `${ticked} ticked in ${where}` };
    }
    default:
      return wholeWords(event);
  }
}

type OfTheWhole = Extract<
  ExecutionEvent,
  {
    type:
      | "execution.paused"
      | "execution.resumed"
      | "execution.expired"
      | "steps.reopened"
      | "plan.revised"
      | "cancel.requested"
      | "execution.interrupted"
      | "execution.finished";
  }
>;

/** What happens to the execution as a whole. */
function wholeWords(event: OfTheWhole): Words {
  switch (event.type) {
    case "execution.paused":
      return { level: "warn", message: `paused by ${event.by}` };
    case "execution.resumed":
      return { level: "info", message: `resumed by ${event.by}` };
    case "execution.expired":
      return { level: "error", message: "the execution's timeout has passed" };
    case "steps.reopened":
      return { level: "info", message: `${event.by} runs again: ${event.steps.join(", ")}` };
    case "plan.revised":
      return { level: "info", message: `goes on under plan ${event.planId}, as ${event.by} wishes` };
    case "cancel.requested":
      return { level: "warn", message: `cancel requested by ${event.by}` };
    case "execution.interrupted":
      return { level: "error", message: event.message };
    case "execution.finished":
      return event.status === "completed"
        ? { level: "success", message: "execution completed" }
        : { level: levelOf(event.status), message: `execution ${event.status}: ${event.failure?.message ?? ""}` };
  }
}

const REQUEUED = {
  interrupted: "a crash of Planwright interrupted it",
  answered: "as a person decided",
  stale: "the plan was revised",
  fallback: "by its next agent, because this one cannot be used",
} as const;

const ANSWERS: Readonly<Record<DecisionChoice, string>> = {
  retry: "retry",
  skip: "skip",
  allow: "allow",
  abort: "stop the execution",
  allow_once: "allow once",
  allow_session: "allow until the execution ends",
  allow_always: "always allow in this workspace",
  reject: "reject",
};

/** What a person has cancelled is no error. */
function levelOf(outcome: string): LogLevel {
  return outcome === "cancelled" ? "warn" : "error";
}

function stepCount(count: number): string {
  return count === 1 ? "1 step" : `${count} steps`;
}
