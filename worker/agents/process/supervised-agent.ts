import type { AgentHealth } from "../../../schemas/agent-health.ts";
import type { AgentCapability } from "../../../schemas/agent.ts";
import { formatDuration } from "../../../schemas/duration.ts";
import { failure, failed, success, type Outcome } from "../../../schemas/failure.ts";
import type { AgentClock } from "../adapter.ts";
import type { Lifecycle } from "../lifecycle.ts";
import {
  AgentProcess,
  type AgentProcessEvents,
  type AgentProcessOptions,
  type ProcessAgent,
  type ProcessDeath,
} from "./agent-process.ts";
import { RestartLimit } from "./restart-limit.ts";
import type { StartQueue } from "./start-queue.ts";

export interface SupervisorPorts {
  readonly clock: AgentClock;
  readonly lifecycle: Lifecycle;
  /** What the environment of processes is chosen from. */
  readonly environment: NodeJS.ProcessEnv;
}

export type Launch = Pick<AgentProcessOptions, "id" | "cwd" | "env" | "redactor"> & {
  /** Whoever gives it work. Hears of an end after the agent's restarts are counted. */
  readonly listener?: Partial<Pick<AgentProcessEvents, "freed" | "ended">>;
};

/**
 * One agent, by its definition: starts its processes, staggered and not too often, tells what happens to them, and knows how it is
 * (catalogue C7, C8, D5).
 */
export class SupervisedAgent {
  readonly agent: ProcessAgent;
  readonly #ports: SupervisorPorts;
  readonly #starts: StartQueue;
  readonly #limit: RestartLimit;
  readonly #processes = new Set<AgentProcess>();
  /** What is wrong until one of its processes is ready again. */
  #fault: string | null = null;
  #lastSeen: Date | null = null;
  #capabilities: readonly AgentCapability[] = [];
  #isClosed = false;

  constructor(agent: ProcessAgent, starts: StartQueue, ports: SupervisorPorts) {
    this.agent = agent;
    this.#ports = ports;
    this.#starts = starts;
    this.#limit = new RestartLimit(agent.adapter.supervision);
  }

  /** Starts a process when it is its turn; fails when the agent is given up by then, or the signal says that nobody waits for it. */
  async launch(what: Launch, signal: AbortSignal): Promise<Outcome<AgentProcess>> {
    const before = this.#refusal(signal);
    if (before !== null) return before;
    await new Promise<void>((resolve) => {
      let leave = (): void => {};
      const stop = (): void => {
        leave();
        resolve();
      };
      signal.addEventListener("abort", stop, { once: true });
      leave = this.#starts.enter(this.agent.adapter.supervision.stagger, () => {
        signal.removeEventListener("abort", stop);
        resolve();
      });
    });
    return this.#refusal(signal) ?? success(this.#start(what));
  }

  /** Whether it was restarted as often as it may be. */
  get hasFailed(): boolean {
    return this.#limit.hasFailed(this.#ports.clock.monotonic());
  }

  /** What it said last that it can do, besides what its definition says. */
  get capabilities(): readonly AgentCapability[] {
    return this.#capabilities;
  }

  health(): AgentHealth {
    const processes = [...this.#processes];
    const has = (state: AgentProcess["state"]): boolean => processes.some((one) => one.state === state);
    const state = this.hasFailed
      ? "failed"
      : has("unhealthy") || this.#fault !== null
        ? "unhealthy"
        : has("starting")
          ? "starting"
          : has("healthy")
            ? "healthy"
            : "unknown";
    const beats = processes.flatMap(({ lastBeat }) => lastBeat ?? []);
    const seen = [...beats, ...(this.#lastSeen === null ? [] : [this.#lastSeen])].sort(
      (a, b) => Number(b) - Number(a),
    )[0];
    return {
      state,
      detail: this.#fault,
      lastSeen: seen?.toISOString() ?? null,
      restarts: this.#limit.total,
      processes: processes.flatMap(({ pid, state: one, startedAt, lastBeat, load }) =>
        pid === null
          ? []
          : [{ pid, state: one, startedAt: startedAt.toISOString(), lastBeat: lastBeat?.toISOString() ?? null, load }],
      ),
    };
  }

  /** Ends its processes: each is asked first. Resolves when they are gone; nothing is started any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const processes = [...this.#processes];
    for (const one of processes) one.leave(this.agent.adapter.supervision.stopGrace);
    await Promise.all(processes.map(({ done }) => done));
  }

  #refusal(signal: AbortSignal): Outcome<never> | null {
    const { id } = this.agent;
    if (this.#isClosed) return failed(failure("interrupted", `agent ${id} was not started: the worker is leaving`));
    if (signal.aborted) return failed(failure("cancelled", `agent ${id} is no longer needed`));
    if (!this.hasFailed) return null;
    const { maxRestarts, window } = this.agent.adapter.supervision;
    const often = `${maxRestarts} ${maxRestarts === 1 ? "restart" : "restarts"} within ${formatDuration(window)}`;
    const message = `agent ${id} is given up after ${often} (${this.#fault ?? "it ended each time"}): repair it, or try again later`;
    return failed(failure("agent_unavailable", message));
  }

  #start({ listener = {}, ...what }: Launch): AgentProcess {
    const { clock, lifecycle } = this.#ports;
    const { id } = this.agent;
    this.#limit.start(clock.monotonic());
    const one: AgentProcess = new AgentProcess({
      ...what,
      agent: this.agent,
      clock,
      events: {
        started: (pid) => lifecycle.tell("agent:started", id, pid, this.agent.adapter.argv.join(" ")),
        ready: (capabilities) => {
          this.#capabilities = capabilities;
          if (this.#fault !== null)
            lifecycle.tell("agent:recovered", id, one.pid, `it works again after: ${this.#fault}`);
          this.#fault = null;
          listener.freed?.();
        },
        complained: (text) => lifecycle.tell("agent:error", id, one.pid, text),
        unhealthy: (detail) => {
          this.#fault = detail;
          lifecycle.tell("agent:unhealthy", id, one.pid, detail);
        },
        freed: () => listener.freed?.(),
        ended: (death) => {
          this.#onDeath(one, death);
          listener.ended?.(death);
        },
      },
    });
    this.#processes.add(one);
    return one;
  }

  #onDeath(one: AgentProcess, { failure: reason }: ProcessDeath): void {
    const { clock, lifecycle } = this.#ports;
    const { id, adapter } = this.agent;
    this.#processes.delete(one);
    this.#lastSeen = one.lastBeat ?? this.#lastSeen;
    if (reason === null) {
      lifecycle.tell("agent:stopped", id, one.pid, "it was asked to leave");
      return;
    }
    this.#fault = reason.message;
    if (reason.code !== "unhealthy") lifecycle.tell("agent:error", id, one.pid, reason.message);
    if (this.#isClosed || !this.#limit.fault(clock.monotonic())) return;
    const { maxRestarts, window } = adapter.supervision;
    const detail = `it was restarted ${maxRestarts} times within ${formatDuration(window)} and is given up for that long: ${reason.message}`;
    lifecycle.tell("agent:restart_failed", id, one.pid, detail);
  }
}
