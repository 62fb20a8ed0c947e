import type { Hook, HookPayload } from "../../schemas/hook.ts";
import { VERSION } from "../../schemas/version.ts";
import { ATTEMPT_VARIABLE, programEnvironment, WORKER_VARIABLE } from "../agents/environment.ts";
import { exchange } from "../agents/http/exchange.ts";
import { retryAfter } from "../agents/http/retry-after.ts";
import { LastBytes } from "../agents/last-bytes.ts";
import { endFailure } from "../agents/process-failure.ts";
import { runProcess } from "../agents/run-process.ts";
import type { Redactor } from "../logs/redactor.ts";
import type { Clock } from "../run/ports.ts";
import type { TryEnd } from "../workflow/hooks/delivery-rules.ts";
import { webhookHeaders } from "../workflow/hooks/signature.ts";
import type { Sending } from "./hooks-sender.ts";

export interface HookSurroundings {
  readonly clock: Clock;
  /** What the environment of programs is chosen from, and where secrets are. */
  readonly environment: NodeJS.ProcessEnv;
  /** Real path of the workspace folder. */
  readonly folder: string;
  readonly workerMark: string;
  readonly redactor: Redactor;
}

/** Of an answer. */
const MOST_BYTES = 256 * 1024;
const LONGEST_TEXT = 4_000;
/** Between being asked to end and being killed. */
const GRACE_MS = 1_000;

/** Tries to deliver once: by a POST, or by a program that reads the payload from its standard input. */
export function sendToHook(hook: Hook, payload: HookPayload, around: HookSurroundings): Sending {
  const { url, command } = hook;
  if (url !== undefined) return post(url, hook, payload, around);
  if (command !== undefined) return run(command, hook, payload, around);
  throw new Error(`hook ${hook.id} has neither an address nor a program`);
}

function post(url: string, hook: Hook, payload: HookPayload, around: HookSurroundings): Sending {
  const { clock, environment, redactor } = around;
  const secret = hook.secretEnv === undefined ? null : (environment[hook.secretEnv] ?? "");
  if (secret === "") {
    const problem = `the variable ${hook.secretEnv ?? ""}, which holds its secret, is not set where the worker was started`;
    return over(failed(problem));
  }
  const body = JSON.stringify(payload);
  const handle = exchange(
    {
      url,
      method: "POST",
      headers: { "user-agent": `planwright/${VERSION}`, ...webhookHeaders(payload.key, body, clock.wall(), secret) },
      credentials: {},
      body,
      redirects: 0,
      allowPrivate: hook.allowPrivate,
      maxBytes: MOST_BYTES,
      isCut: true,
    },
    clock,
  );
  let isLate = false;
  const deadline = clock.after(hook.timeout, () => {
    isLate = true;
    handle.stop(0);
  });
  const ended = async (): Promise<TryEnd> => {
    const received = await handle.result;
    deadline.cancel();
    if (received.kind === "stopped") return failed(isLate ? `no answer within ${hook.timeout} ms` : "it was stopped");
    if (received.kind === "failed") {
      // An address that may not be used stays so.
      const isFinal = received.code === "agent_unavailable";
      return { ...failed(redactor.text(received.message)), final: isFinal };
    }
    const { status, headers } = received;
    if (status >= 200 && status < 300) return { kind: "delivered", answer: answerOf(received.body, redactor) };
    const problem = `it answered with status ${status}`;
    // Gone: the receiver says that it wants nothing more.
    if (status === 410) return { ...failed(problem), final: true };
    return { ...failed(problem), after: retryAfter(headers["retry-after"], clock.wall()) };
  };
  return { result: ended(), stop: () => handle.stop(0) };
}

function run(argv: readonly string[], hook: Hook, payload: HookPayload, around: HookSurroundings): Sending {
  const { clock, environment, folder, workerMark, redactor } = around;
  const printed = new LastBytes(MOST_BYTES);
  const attemptId = `hook ${payload.key}`;
  const env = {
    ...programEnvironment(environment),
    PLANWRIGHT_EXECUTION_ID: payload.executionId,
    PLANWRIGHT_HOOK_ID: hook.id,
    PLANWRIGHT_HOOK_EVENT: payload.event,
    PLANWRIGHT_HOOK_KEY: payload.key,
    [ATTEMPT_VARIABLE]: attemptId,
    [WORKER_VARIABLE]: workerMark,
  };
  const handle = runProcess(
    { argv, cwd: folder, env, input: `${JSON.stringify(payload)}\n`, attemptId, redactor },
    {
      output: (stream, chunk) => {
        if (stream === "stdout") printed.push(chunk);
      },
      log: () => undefined,
    },
  );
  let isLate = false;
  const deadline = clock.after(hook.timeout, () => {
    isLate = true;
    handle.stop(GRACE_MS);
  });
  const ended = async (): Promise<TryEnd> => {
    const end = await handle.result;
    deadline.cancel();
    if (isLate) return failed(`it did not end within ${hook.timeout} ms`);
    const problem = end.wasStopped ? null : endFailure("its program", end, false);
    if (end.wasStopped) return failed("it was stopped");
    return problem === null
      ? { kind: "delivered", answer: answerOf(printed.bytes(), redactor) }
      : failed(redactor.text(problem.message));
  };
  return { result: ended(), stop: () => handle.stop(0) };
}

function failed(problem: string): TryEnd & { kind: "failed" } {
  return { kind: "failed", problem, after: null, final: false };
}

function over(end: TryEnd): Sending {
  return { result: Promise.resolve(end), stop: () => undefined };
}

/** What a hook said: JSON, or else a text; null when it said nothing. */
function answerOf(bytes: Buffer, redactor: Redactor): unknown {
  const text = bytes.toString("utf8").trim();
  if (text === "") return null;
  try {
    const value: unknown = JSON.parse(text);
    return redactor.json(value);
  } catch {
    // Cut afterwards: half a secret would not be found.
    return redactor.text(text).slice(0, LONGEST_TEXT).toWellFormed();
  }
}
