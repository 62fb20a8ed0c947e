/**
 * Everything that a program needs to be a process agent of Planwright, in one file without dependencies: copy it beside your agent.
 *
 *     import { serve } from "./planwright-agent.mjs";
 *
 *     serve(async (task) => {
 *       task.progress(0.5, "half way");
 *       return { said: task.prompt };
 *     });
 *
 * It beats, takes tasks one by one or side by side, answers with what the function returns or throws, passes cancelling on, and leaves
 * when it is asked to or when nobody is there any more. The protocol is described in Planwright's documentation, "Agents".
 */
import { createInterface } from "node:readline";

const PROTOCOL = 1;
/** Planwright takes no longer message. */
const MOST_BYTES = 1024 * 1024;

/** Throw it to say more than a message about why a task failed. */
export class TaskError extends Error {
  /**
   * @param {string} message
   * @param {{ code?: string, retryable?: boolean }} [more] `retryable`: another try may help.
   */
  constructor(message, { code = "error", retryable = false } = {}) {
    super(message);
    this.name = "TaskError";
    this.code = code;
    this.retryable = retryable;
  }
}

/**
 * What an agent is asked to do, and what it can say while it does it.
 *
 * @typedef {object} Task
 * @property {string} id Of this attempt.
 * @property {string} capability What it is asked for, such as `code_review`.
 * @property {string} prompt Everything about the task as one text.
 * @property {Record<string, any>} parameters The same in parts.
 * @property {string} folder Where to work.
 * @property {number} attempt Counts from 1.
 * @property {string} idempotencyKey The same for all attempts: what was done under it must not be done twice.
 * @property {number | null} timeout In ms.
 * @property {AbortSignal} signal Aborts when nobody wants the result any more.
 * @property {(fraction: number | null, message?: string) => void} progress
 * @property {(message: string, metrics?: Record<string, unknown>) => void} decision
 * @property {(name: string, amount?: number | null, result?: unknown) => void} action
 * @property {(call: { model: string, cached?: boolean, duration?: number, cost?: object }) => void} llmCall
 * @property {(amount: number, more?: { currency?: string, service?: string, certainty?: string, tokens?: object }) => void} cost
 * @property {(message: string, level?: "debug" | "info" | "success" | "warn" | "error" | "critical") => void} log
 */

/**
 * Runs the agent until it is asked to leave.
 *
 * @param {(task: Task) => unknown} work Returns the result, or a promise of it. What it throws makes the attempt fail.
 * @param {{ warmUp?: () => unknown, capabilities?: object[] }} [options] `warmUp` runs before the first task.
 */
export function serve(work, { warmUp = () => {}, capabilities } = {}) {
  const send = openChannel(hear);
  /** @type {Map<string, AbortController>} */
  const running = new Map();
  let heart = setInterval(beat, 10_000);
  let isLeaving = false;

  function beat() {
    send({ type: "heartbeat" });
  }

  function hear(message) {
    if (message === null) leave(0);
    else if (message.type === "hello") greet(message).catch(onStray);
    else if (message.type === "task") start(message).catch(onStray);
    else if (message.type === "cancel")
      running.get(message.task)?.abort(new TaskError("cancelled", { code: "cancelled" }));
    else if (message.type === "shutdown") {
      isLeaving = true;
      if (running.size === 0) leave(0);
    }
  }

  async function greet({ protocol, heartbeat }) {
    if (protocol !== PROTOCOL)
      process.stderr.write(`Planwright speaks protocol ${protocol}; this agent knows ${PROTOCOL}\n`);
    clearInterval(heart);
    heart = setInterval(beat, heartbeat);
    beat();
    try {
      await warmUp();
      send({ type: "ready", ...(capabilities === undefined ? {} : { capabilities }) });
    } catch (error) {
      process.stderr.write(`the agent could not warm up: ${textOf(error)}\n`);
      leave(1);
    }
  }

  async function start(message) {
    const controller = new AbortController();
    running.set(message.task, controller);
    const say = (said) => running.has(message.task) && send({ task: message.task, ...said });
    try {
      const result = await work(taskOf(message, controller.signal, say));
      say({ type: "result", result: result === undefined ? null : result });
    } catch (error) {
      const { code = "error", retryable = false } = error instanceof TaskError ? error : {};
      say({ type: "error", code: controller.signal.aborted ? "cancelled" : code, message: textOf(error), retryable });
    }
    running.delete(message.task);
    if (isLeaving && running.size === 0) leave(0);
  }

  /** What no task has caught. With one task alone it is that task's; otherwise the agent's own. */
  function onStray(error) {
    const [task = null] = running.size === 1 ? running.keys() : [];
    send({ type: "error", task, message: `uncaught: ${textOf(error)}` });
    if (task !== null) running.delete(task);
  }

  function leave(code) {
    clearInterval(heart);
    for (const controller of running.values()) controller.abort();
    // What was said is written before the process ends.
    send(null, () => process.exit(code));
  }

  process.on("uncaughtException", onStray);
  process.on("unhandledRejection", onStray);
}

/** @returns {Task} */
function taskOf({ task: id, capability, prompt, parameters, folder, attempt, idempotencyKey, timeout }, signal, say) {
  return {
    ...{ id, capability, prompt, parameters, folder, attempt, idempotencyKey, timeout, signal },
    progress: (fraction, message = "") => say({ type: "progress", fraction, message }),
    decision: (message, metrics = {}) => say({ type: "decision", message, metrics }),
    action: (name, amount = null, result = null) => say({ type: "action", name, amount, result }),
    llmCall: (call) => say({ type: "llm_call", ...call }),
    // JSON has no NaN: as a text it is refused and recorded, as it should be.
    cost: (amount, more = {}) =>
      say({ type: "cost", cost: { ...more, amount: Number.isFinite(amount) ? amount : String(amount) } }),
    log: (message, level = "info") => say({ type: "log", level, message }),
  };
}

/**
 * The way to Planwright: Node's own channel when there is one, else lines of standard input and output. `hear` gets each message, and
 * null when nobody is there any more.
 */
function openChannel(hear) {
  if (process.send) {
    process.on("message", hear);
    process.on("disconnect", () => hear(null));
    return (message, written = () => {}) => {
      if (message === null || !process.connected) written();
      else process.send(sendable(message), () => written());
    };
  }
  const write = process.stdout.write.bind(process.stdout);
  // What a task prints must not come between the messages.
  process.stdout.write = process.stderr.write.bind(process.stderr);
  process.stdout.on("error", () => process.exit(0));
  createInterface({ input: process.stdin })
    .on("line", (line) => hear(JSON.parse(line)))
    .on("close", () => hear(null));
  return (message, written = () => {}) => {
    if (message === null) write("", () => written());
    else write(`${JSON.stringify(sendable(message))}\n`, () => written());
  };
}

/** What cannot be sent makes its task fail; everything else stays as it is. */
function sendable(message) {
  try {
    if (Buffer.byteLength(JSON.stringify(message)) < MOST_BYTES) return message;
    if (message.type !== "result") return { ...message, message: "too long to be sent" };
    return { type: "error", task: message.task, message: "the result is above 1 MB: write it into a file" };
  } catch (error) {
    const { type, task = null } = message;
    const failed = { type: "error", task, message: `a ${type} that is no JSON: ${textOf(error)}` };
    return type === "result" ? failed : { type: "log", task, level: "error", message: failed.message };
  }
}

function textOf(error) {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, 10_000) || "no reason was given";
}
