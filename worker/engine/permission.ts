import type { PermissionChoice, PermissionRequest } from "../../schemas/decision.ts";
import type { ToolKind } from "../../schemas/agent.ts";
import type { EventBody, EventOf } from "../../schemas/event.ts";
import { liveOf } from "./answer.ts";
import { decisionIdOf } from "./settle.ts";
import { shortened } from "./shortened.ts";
import { stopOf } from "./stop-reason.ts";
import { stepNamed, type ExecutionState, type LiveAttempt, type OpenDecision } from "./state.ts";

/** What follows when an agent asks: an event to record, and the answer; a null answer is for a person to give. */
export interface PermissionWord {
  readonly event: EventBody | null;
  readonly answer: PermissionChoice | "cancelled" | null;
}

export const PERMISSION_CHOICES: readonly PermissionChoice[] = [
  "allow_once",
  "allow_session",
  "allow_always",
  "reject",
];

/**
 * Turns what a running attempt asks into its event (catalogue F1). What a person has allowed until the execution ends is not asked
 * again; who is being stopped may do nothing more; what comes after an attempt's end is fenced off.
 */
export function askPermission(
  state: ExecutionState,
  { stepId, attempt, attemptId }: EventOf<"attempt.started">,
  request: PermissionRequest,
): PermissionWord {
  const running = liveOf(state, stepId, attemptId);
  if (!running) {
    const message = `late question of an attempt that is over: ${request.title}`;
    return { event: { type: "attempt.fenced", stepId, attemptId, attempt, message }, answer: "cancelled" };
  }
  const { live, step } = running;
  const isStopped = live.stopping !== null || live.isStale || stopOf(state) !== null;
  if (isStopped) return { event: null, answer: "cancelled" };
  if (state.sessions.has(permissionKey(request))) return { event: null, answer: "allow_session" };
  const { title } = step.definition;
  const event: EventBody = {
    type: "decision.asked",
    decisionId: decisionIdOf(state, state.asked + 1),
    stepId,
    title,
    kind: "permission",
    message: questionOf(request, title),
    choices: [...PERMISSION_CHOICES],
    amount: null,
    limit: null,
    request: { ...request, attemptId },
    conflict: null,
  };
  return { event, answer: null };
}

/** What an answer holds for: the same agent, the same kind of deed, the same subject. Without a subject its words stand for it. */
export function permissionKey({ agent, tool, subject, title }: PermissionRequest): string {
  return JSON.stringify([agent, tool, subject ?? title]);
}

/** The other open questions that an answer answers, too, because it holds for more than once. */
export function alike(state: ExecutionState, { decisionId, request }: OpenDecision): OpenDecision[] {
  if (request === null) return [];
  const key = permissionKey(request);
  return [...state.decisions.values()].filter(
    (other) => other.decisionId !== decisionId && other.request !== null && permissionKey(other.request) === key,
  );
}

/** The attempt that waits for this answer; null: another kind of question, or it is over. */
export function askerOf(
  state: ExecutionState,
  { stepId, request }: Pick<OpenDecision, "stepId" | "request">,
): LiveAttempt | null {
  if (request === null || !state.indexOf.has(stepId)) return null;
  const { phase } = stepNamed(state, stepId);
  return phase.kind === "running" && phase.live.attemptId === request.attemptId ? phase.live : null;
}

/** Questions of agents that nobody waits for any more: their attempt has ended, or is being stopped. */
export function* pointless(state: ExecutionState): Generator<EventBody, void> {
  for (const decision of state.decisions.values()) {
    if (decision.kind !== "permission") continue;
    const asker = askerOf(state, decision);
    if (asker !== null && asker.stopping === null && !asker.isStale) continue;
    yield { type: "decision.withdrawn", decisionId: decision.decisionId, stepId: decision.stepId };
  }
}

const SHOWN = 300;

function questionOf({ agent, tool, title, subject }: PermissionRequest, step: string): string {
  const isSaid = subject === null || subject === "" || title.includes(subject);
  const what = isSaid ? title : `${title} (${subject})`;
  return `agent ${agent} asks at "${step}" whether it may ${DEEDS[tool]}: ${shortened(what, SHOWN)}`;
}

const DEEDS: Readonly<Record<ToolKind, string>> = {
  read: "read",
  edit: "change",
  delete: "delete",
  move: "move",
  search: "search",
  execute: "run",
  think: "think",
  fetch: "fetch",
  switch_mode: "change its mode",
  other: "do this",
};
