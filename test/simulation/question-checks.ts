import type { PermissionRequest } from "../../schemas/decision.ts";
import type { EventBody } from "../../schemas/event.ts";
import type { PermissionWord } from "../../worker/engine/permission.ts";
import { requestKey, type JournalModel } from "./journal-model.ts";
import { hold } from "./violation.ts";

const CHOICES = "allow_once,allow_session,allow_always,reject";

/** What an agent asks reaches a person, unless it is over, being stopped, or was answered for all of the execution. */
export function checkQuestion(
  model: JournalModel,
  attemptId: string,
  request: PermissionRequest,
  { event, answer }: PermissionWord,
): string {
  const live = [...model.running].find((step) => step.live?.id === attemptId)?.live ?? null;
  const said = `${event?.type ?? "nothing"} ${answer}`;
  const [kind, expected] =
    live === null
      ? ["too late", "attempt.fenced cancelled"]
      : live.stopping !== null || live.isStale || model.stop !== null
        ? ["of one who is being stopped", "nothing cancelled"]
        : model.sessions.has(requestKey(request))
          ? ["that was answered before", "nothing allow_session"]
          : ["for a person", "decision.asked null"];
  hold("decisions", said === expected, () => `a question ${kind} of ${attemptId} means ${said}, not ${expected}`);
  if (event?.type === "decision.asked") checkAskedFor(request, attemptId, event);
  return kind;
}

function checkAskedFor(
  request: PermissionRequest,
  attemptId: string,
  { choices, kind, request: asked, message }: Extract<EventBody, { type: "decision.asked" }>,
): void {
  const isWhole = asked?.attemptId === attemptId && asked.subject === request.subject && asked.agent === request.agent;
  hold("decisions", kind === "permission" && isWhole, () => `${attemptId} asks for ${request.subject}: ${kind}`);
  hold("decisions", choices.join() === CHOICES, () => `offered: ${choices.join()}`);
  hold("view", message.includes(request.subject ?? ""), () => `${message} hides what it is about`);
}
