import { failure, FailureError, type Failure } from "../../../schemas/failure.ts";
import { formatAmount } from "../../../schemas/money.ts";
import type { AttemptContext } from "../adapter.ts";
import type { ProcessEnd } from "../process-request.ts";
import { codeOf, isUnknownMethod } from "./acp-session.ts";
import type { PromptAnswer } from "./session-answers.ts";
import { complaintFailure, isComplaint, type ComplaintTerms } from "./turn-failure.ts";

export interface EndTerms extends ComplaintTerms {
  /** What it said last to people. */
  readonly lastWords: string;
  /** It has answered at all, so it speaks the protocol. */
  readonly hasAnswered: boolean;
  /** Its program is one of the table. */
  readonly isKnown: boolean;
}

/** What a turn's end means; null: it says that it is done, which others verify (catalogue C13). */
export function answerFailure({ stopReason }: PromptAnswer, terms: EndTerms): Failure | null {
  const details = { stopReason: stopReason.slice(0, 200) };
  switch (stopReason) {
    case "end_turn":
      return isComplaint(terms.lastWords) ? complaintFailure({ text: terms.lastWords, code: null }, terms) : null;
    case "refusal":
      return failure("agent_error", `agent ${terms.agent} refused the task${quoted(terms.lastWords)}`, { details });
    case "max_tokens":
      return failure("agent_error", `agent ${terms.agent} came to the limit of its tokens before it was done`, {
        details,
      });
    case "max_turn_requests":
      return failure("agent_error", `agent ${terms.agent} came to the limit of its requests before it was done`, {
        details,
      });
    case "cancelled":
      return failure("agent_error", `agent ${terms.agent} says that its turn was cancelled, and nobody here did that`, {
        details,
      });
    default:
      return failure(
        "protocol_error",
        `agent ${terms.agent} ended its turn for a reason that is not known: ${JSON.stringify(details.stopReason)}`,
        { details },
      );
  }
}

/** What an error of the work means. */
export function errorFailure(error: unknown, ended: ProcessEnd, terms: EndTerms): Failure {
  if (error instanceof FailureError) return error.failure;
  const code = codeOf(error);
  if (code === null) return deathFailure(ended, terms);
  if (isUnknownMethod(error))
    return failure(
      "protocol_error",
      `agent ${terms.agent} does not know what every agent of the Agent Client Protocol must: ${messageOf(error)}`,
    );
  return complaintFailure({ text: messageOf(error), code }, terms);
}

/** It has cost more than its step may. */
export function overspentFailure(
  spent: number,
  { agent, allowance, currency }: Pick<AttemptContext, "agent" | "allowance" | "currency">,
): Failure {
  const limit = formatAmount(allowance, currency);
  const text = `agent ${agent.id} has cost ${formatAmount(spent, currency)} and was stopped, because the step may cost ${limit}`;
  return failure("budget_exceeded", text);
}

/** What it means that an agent ended before it answered. */
export function deathFailure({ end, hasStarted, failure: reason, lastError }: ProcessEnd, terms: EndTerms): Failure {
  const { agent, hasAnswered, isKnown } = terms;
  if (!hasStarted) {
    const code = reason?.code === "crash" ? "crash" : "agent_unavailable";
    return failure(code, `agent ${agent} could not be started${reason === null ? "" : `: ${reason.message}`}`);
  }
  if (reason !== null) return reason;
  const said = lastError === "" ? "" : `: ${lastError}`;
  const details = { exitCode: end?.exitCode ?? null, signal: end?.signal ?? null };
  if (end === null) return failure("crash", `agent ${agent} could not be ended${said}`, { details });
  if (end.signal !== null) return failure("crash", `agent ${agent} was ended by ${end.signal}${said}`, { details });
  if (lastError !== "") {
    const complaint = complaintFailure({ text: lastError, code: null }, terms);
    if (complaint.code !== "agent_error") return complaint;
  }
  const how = `ended with exit code ${end.exitCode} before it answered${said}`;
  // A known program that ends at once has stumbled, as over files that another of it holds; whether another one is an agent at all is not known.
  return hasAnswered || isKnown
    ? failure("crash", `agent ${agent} ${how}`, { details })
    : failure(
        "agent_unavailable",
        `agent ${agent} ${how}. Does it speak the Agent Client Protocol? Update it, or correct how it is started`,
        { details },
      );
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!("data" in error) || error.data === undefined || error.data === null) return error.message;
  const data = typeof error.data === "string" ? error.data : JSON.stringify(error.data);
  return `${error.message} ${data.slice(0, 5_000)}`;
}

function quoted(words: string): string {
  const text = words.trim().slice(-300).toWellFormed();
  return text === "" ? "" : `: ${text}`;
}
