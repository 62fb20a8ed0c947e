import { z } from "zod";
import type { FromAgent, ReportedCost, ToAgent } from "../../../schemas/agent-protocol.ts";
import { formatDuration } from "../../../schemas/duration.ts";
import { failure, type Failure } from "../../../schemas/failure.ts";
import type { AttemptContext, AttemptSink, JsonValue } from "../adapter.ts";
import { parametersOf } from "../agent-parameters.ts";
import { MessageAllowance } from "./message-allowance.ts";

/** A message that belongs to a task. */
export type AboutTask = Extract<FromAgent, { task: string | null }>;

export interface TaskEnd {
  readonly outcome: "succeeded" | "failed" | "cancelled";
  readonly failure: Failure | null;
  /** What it answered; absent: nothing. */
  readonly answer?: JsonValue;
  /** Whether it said anything of its costs, and be it nonsense. */
  readonly hasReported: boolean;
  /** Whether the agent ever got it. */
  readonly wasGiven: boolean;
}

/** After this much of an attempt's messages, in UTF-16 code units, the record keeps only its answer. */
const MAX_RECORDED = 1_000_000;

/** One attempt as the agent's process has it: what is said about it goes to the attempt's log, record and costs. */
export class AgentTask {
  readonly id: string;
  readonly end: Promise<TaskEnd>;
  readonly #context: AttemptContext;
  readonly #sink: AttemptSink;
  readonly #allowance: MessageAllowance;
  #settle: (end: TaskEnd) => void = () => {};
  #timers: { cancel(): void }[] = [];
  #isOver = false;
  #isCancelled = false;
  #hasReported = false;
  #wasGiven = false;
  #recorded = 0;

  constructor(context: AttemptContext, sink: AttemptSink, now: number) {
    this.id = context.attemptId;
    this.#context = context;
    this.#sink = sink;
    this.#allowance = new MessageAllowance(now);
    this.end = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get sink(): AttemptSink {
    return this.#sink;
  }

  /** What the agent is given. `cwd` is the folder to work in. Records it. */
  request(cwd: string): ToAgent {
    this.#wasGiven = true;
    const { executionId, stepId, attempt, idempotencyKey, step, prompt } = this.#context;
    const { capability, timeout } = step;
    const request: Extract<ToAgent, { type: "task" }> = {
      type: "task",
      task: this.id,
      executionId,
      stepId,
      attempt,
      idempotencyKey,
      capability: capability ?? "",
      prompt,
      parameters: parametersOf(this.#context),
      folder: cwd,
      timeout: timeout === "none" ? null : timeout,
    };
    this.#record("request", request, true);
    return request;
  }

  /** What the agent says about it. Returns how long to wait, in ms, before more is read from an agent that says too much. */
  hear(message: AboutTask, now: number): number {
    if (this.#isOver) return 0;
    let wait = 0;
    const cost = "cost" in message ? (message.cost ?? null) : null;
    const isKept = message.type === "result" || message.type === "error" || message.type === "cost" || cost !== null;
    if (isKept) wait = this.#allowance.owe(now);
    else if (!this.#allowance.take(now)) return 0;
    this.#tellCut();
    if (cost !== null) this.#cost(cost);
    if (message.type !== "log")
      this.#record("response", message, message.type === "result" || message.type === "error");
    this.#log(message);
    if (message.type === "result") this.#over({ outcome: "succeeded", failure: null, answer: message.result });
    if (message.type === "error") {
      const reason = failure("agent_error", `agent ${this.#context.agent.id}: ${message.message}`, {
        retryable: message.retryable,
        details: { code: message.code },
      });
      this.#over(this.#isCancelled ? CANCELLED : { outcome: "failed", failure: reason });
    }
    return wait;
  }

  /** It is asked to stop: an error is the answer to that from now on. */
  cancel(): void {
    this.#isCancelled = true;
  }

  /** A timer that its end makes needless. */
  until(timer: { cancel(): void }): void {
    if (this.#isOver) timer.cancel();
    else this.#timers.push(timer);
  }

  /** It is not waited for any longer. */
  giveUp(): void {
    this.#over(CANCELLED);
  }

  /** Its agent is lost. */
  fail(reason: Failure): void {
    this.#over(this.#isCancelled ? CANCELLED : { outcome: "failed", failure: reason });
  }

  #over(end: Pick<TaskEnd, "outcome" | "failure" | "answer">): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const timer of this.#timers) timer.cancel();
    this.#tellCut();
    this.#settle({ ...end, hasReported: this.#hasReported, wasGiven: this.#wasGiven });
  }

  #cost(report: ReportedCost): void {
    this.#hasReported = true;
    this.#sink.cost(report);
  }

  #tellCut(): void {
    const cut = this.#allowance.takeCut();
    if (cut > 0) this.#sink.log("warn", `the agent said too much at once: ${cut} messages are not kept`, { cut });
  }

  #record(direction: "request" | "response", message: FromAgent | ToAgent, isAlways: boolean): void {
    if (this.#recorded >= MAX_RECORDED && !isAlways) return;
    const text = JSON.stringify(message);
    this.#recorded += text.length;
    this.#sink.message(direction, z.json().parse(JSON.parse(text)));
  }

  #log(message: AboutTask): void {
    const { type } = message;
    switch (message.type) {
      case "progress": {
        const share = message.fraction === null ? "" : ` ${Math.round(message.fraction * 100)} %`;
        const said = message.message === "" ? "" : `: ${message.message}`;
        this.#sink.log("info", `progress${share}${said}`, { type, fraction: message.fraction });
        return;
      }
      case "decision":
        this.#sink.log("info", `decision: ${message.message}`, { type, metrics: message.metrics });
        return;
      case "action": {
        const { name, amount, result } = message;
        this.#sink.log("info", `action: ${name}${amount === null ? "" : ` (${amount})`}`, {
          type,
          name,
          amount,
          result,
        });
        return;
      }
      case "llm_call": {
        const { model, cached, duration } = message;
        const time = duration === null ? "" : `, ${formatDuration(duration)}`;
        this.#sink.log("info", `model call: ${model}${time}${cached ? ", from the cache" : ""}`, {
          type,
          model,
          cached,
          duration,
        });
        return;
      }
      case "log":
        this.#sink.log(message.level, message.message);
        return;
      case "error":
        this.#sink.log("error", message.message, { type, code: message.code, retryable: message.retryable });
        return;
      case "cost":
      case "result":
    }
  }
}

const CANCELLED = { outcome: "cancelled", failure: null } as const;
