import { randomUUID } from "node:crypto";
import { failure, type Failure } from "../../../schemas/failure.ts";
import type { AgentClock, AttemptHandle } from "../adapter.ts";
import type { AgentProcess, ProcessDeath } from "./agent-process.ts";
import type { AgentTask, TaskEnd } from "./agent-task.ts";
import type { Launch, SupervisedAgent } from "./supervised-agent.ts";

/** A process that has had nothing to do for this long is asked to leave. */
const IDLE_MS = 300_000;

interface Waiting {
  readonly task: AgentTask;
  readonly cwd: string;
}

/**
 * The one process that serves the attempts of an agent: started with the first of them, started again after a fault, ended when it has
 * long had nothing to do.
 */
export class SharedProcess {
  readonly #agent: SupervisedAgent;
  readonly #clock: AgentClock;
  readonly #placeOf: (id: string) => Pick<Launch, "cwd" | "env" | "redactor">;
  readonly #closing = new AbortController();
  #waiting: Waiting[] = [];
  #process: AgentProcess | null = null;
  #isStarting = false;
  #idle: { cancel(): void } | null = null;

  constructor(
    agent: SupervisedAgent,
    clock: AgentClock,
    placeOf: (id: string) => Pick<Launch, "cwd" | "env" | "redactor">,
  ) {
    this.#agent = agent;
    this.#clock = clock;
    this.#placeOf = placeOf;
  }

  /** Hands over a task, now or when there is room for it. `stop` of what it returns gives it up after so many ms. */
  take(task: AgentTask, cwd: string): AttemptHandle<TaskEnd> {
    if (this.#closing.signal.aborted) task.fail(this.#leavingFailure());
    else this.#waiting.push({ task, cwd });
    this.#serve();
    let isAsked = false;
    let until = Infinity;
    return {
      result: task.end,
      stop: (graceMs) => {
        if (task.isOver) return;
        if (this.#leaveQueue(task)) return;
        if (!isAsked) this.#process?.cancel(task);
        isAsked = true;
        const deadline = this.#clock.monotonic() + graceMs;
        if (deadline >= until) return;
        until = deadline;
        const timer = this.#clock.after(graceMs, () => {
          if (this.#process) this.#process.abandon(task);
          else task.giveUp();
        });
        task.until(timer);
      },
    };
  }

  /** Takes no more tasks. The process is ended by whoever supervises it. */
  close(): void {
    this.#closing.abort();
    this.#idle?.cancel();
    this.#failWaiting(this.#leavingFailure());
  }

  #leavingFailure(): Failure {
    return failure("interrupted", `agent ${this.#agent.agent.id} stops: the worker is leaving`);
  }

  #leaveQueue(task: AgentTask): boolean {
    const left = this.#waiting.filter((one) => one.task !== task);
    if (left.length === this.#waiting.length) return false;
    this.#waiting = left;
    task.giveUp();
    return true;
  }

  #serve(): void {
    this.#idle?.cancel();
    this.#idle = null;
    const one = this.#process;
    if (one === null) {
      if (this.#waiting.length > 0) this.#start();
      return;
    }
    while (one.isReady && one.load < this.#agent.agent.maxLoad) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      one.give(next.task, next.cwd);
    }
    if (one.load === 0 && this.#waiting.length === 0)
      this.#idle = this.#clock.after(IDLE_MS, () => one.leave(this.#agent.agent.adapter.supervision.stopGrace));
  }

  #start(): void {
    if (this.#isStarting || this.#closing.signal.aborted) return;
    this.#isStarting = true;
    const id = `agent-${randomUUID()}`;
    let hasEnded = false;
    const listener = {
      freed: () => this.#serve(),
      ended: (death: ProcessDeath) => {
        hasEnded = true;
        this.#onDeath(death);
      },
    };
    this.#agent.launch({ id, ...this.#placeOf(id), listener }, this.#closing.signal).then(
      (launched) => {
        this.#isStarting = false;
        if (launched.ok && !hasEnded) this.#process = launched.value;
        else if (!launched.ok) this.#failWaiting(launched.failure);
      },
      (bug: unknown) => {
        this.#isStarting = false;
        this.#failWaiting(failure("internal", `agent ${this.#agent.agent.id} could not be started: ${String(bug)}`));
      },
    );
  }

  /**
   * What it worked on has ended with it; what waits is served by the next one. That is started at once, so that nobody has to wait for
   * its warm-up, unless this one was never ready: then whoever waited has failed with it, and the next attempt tries again.
   */
  #onDeath({ failure: reason, wasReady }: ProcessDeath): void {
    this.#process = null;
    this.#idle?.cancel();
    if (reason !== null && !wasReady) this.#failWaiting(reason);
    if ((reason !== null && wasReady && !this.#agent.hasFailed) || this.#waiting.length > 0) this.#start();
  }

  #failWaiting(reason: Failure): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { task } of waiting) task.fail(reason);
  }
}
