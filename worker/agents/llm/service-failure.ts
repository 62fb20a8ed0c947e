import { z } from "zod";
import { failure, type Failure } from "../../../schemas/failure.ts";
import { howToSet, keyName } from "./model-keys.ts";
import type { ModelPiece, ModelSettings } from "./model-answer.ts";
import { resetTime } from "./reset-time.ts";

/** What the AI SDK throws for an answer that is none (`APICallError`), as far as it is used; other errors have less of it. */
const Thrown = z.object({
  message: z.string().default(""),
  statusCode: z.int().optional().catch(undefined),
  responseHeaders: z.record(z.string(), z.string()).optional().catch(undefined),
  responseBody: z.string().optional().catch(undefined),
  isRetryable: z.boolean().optional().catch(undefined),
  cause: z.unknown().optional(),
});
type Thrown = z.infer<typeof Thrown>;

type Failed = Extract<ModelPiece, { kind: "failed" }>;

/** The account has nothing left: waiting does not bring it back. */
const NO_CREDIT =
  /insufficient_quota|credit balance is too low|exceeded your current quota, please check your plan and billing/i;
const TOO_LONG =
  /context.{0,20}(length|window|limit)|prompt is too long|input token count|too many tokens|maximum.{0,20}tokens/i;

/** What an error of a service, or on the way to it, means for the attempt. `where` names the service for people. */
export function serviceFailure(error: unknown, settings: ModelSettings, where: string, now: Date): Failed {
  const parsed = Thrown.safeParse(error);
  const thrown: Thrown = parsed.success ? parsed.data : { message: String(error), cause: undefined };
  const status = thrown.statusCode ?? statusOf(error);
  const said = saidBy(thrown);
  // An answer that began well and cannot be read to its end.
  if (status === null || status < 300) return ofWay(thrown, where);
  const reason = statusFailure(status, thrown, { settings, where, said, now });
  return { kind: "failed", failure: reason, isOfPlace: status === 429 || status >= 500, isSent: status >= 500 };
}

interface Around {
  readonly settings: ModelSettings;
  readonly where: string;
  /** In the service's own words, with a colon before them, or nothing. */
  readonly said: string;
  readonly now: Date;
}

function statusFailure(status: number, thrown: Thrown, { settings, where, said, now }: Around): Failure {
  const details = { status };
  const body = `${thrown.responseBody ?? ""} ${thrown.message}`;
  if (status === 401 || status === 403)
    return notLetIn(settings, `${where} did not accept the key (status ${status}${said})`);
  if (status === 402 || NO_CREDIT.test(body)) {
    const message = `${where} has no credit left for this key${said}: top it up, or choose another agent`;
    return failure("agent_unavailable", message, { details });
  }
  if (status === 429 || (status === 503 && thrown.responseHeaders?.["retry-after"] !== undefined)) {
    const pause = resetTime(thrown.responseHeaders ?? {}, thrown.responseBody ?? "", now);
    const message = `${where} takes no more at present (status ${status}${said})`;
    return failure("rate_limit", message, { details, ...(pause === null ? {} : { retryAfter: pause }) });
  }
  if (status === 404) {
    const message = `${where} does not know the model ${settings.model}${said}: correct model or urls of the agent`;
    return failure("agent_unavailable", message, { details });
  }
  if (status >= 500 || status === 408)
    return failure("transport", `${where} has a fault (status ${status}${said})`, { details });
  if (status === 413 || TOO_LONG.test(body)) {
    const message = `the task is too long for ${settings.model}${said}: split it, or choose a model that reads more`;
    return failure("agent_error", message, { details });
  }
  return failure("agent_error", `${where} refused the question (status ${status}${said})`, { details });
}

export function notLetIn(settings: ModelSettings, message: string): Failure {
  const name = keyName(settings);
  const advice = name === null ? "name the variable that holds the key in key of the agent" : howToSet(name);
  return failure("needs_login", `${message}: ${advice}`);
}

/** No answer at all: nobody was reached, or the connection broke. */
function ofWay({ message, cause }: Thrown, where: string): Failed {
  const why = innermost(cause) ?? message;
  const text = `${where} could not be reached, or broke off (${shortened(why)})`;
  return { kind: "failed", failure: failure("transport", text), isOfPlace: true, isSent: !isUnsent(why) };
}

function isUnsent(why: string): boolean {
  return /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|redirect/i.test(why);
}

/** `fetch failed` says nothing; what lies below it does. */
function innermost(cause: unknown, depth = 0): string | null {
  if (!(cause instanceof Error) || depth > 5) return null;
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : null;
  return innermost(cause.cause, depth + 1) ?? (cause.message === "" ? code : cause.message);
}

/** Errors in the middle of a stream are bare values of the service: Anthropic's has a type, OpenAI's a code. */
function statusOf(error: unknown): number | null {
  const text = error instanceof Error ? error.message : safeJson(error);
  if (/overloaded/i.test(text)) return 529;
  if (/rate_limit/i.test(text)) return 429;
  return /api_error|server_error|internal/i.test(text) && !(error instanceof Error) ? 500 : null;
}

function safeJson(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function saidBy({ message, responseBody }: Thrown): string {
  const text = message.trim() === "" ? (responseBody ?? "") : message;
  return text.trim() === "" ? "" : `: ${shortened(text)}`;
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 299).toWellFormed()}…` : line;
}
