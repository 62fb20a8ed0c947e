import type { HealthState, Supervision } from "../../../schemas/agent-health.ts";
import type { FromAgent, ToAgent } from "../../../schemas/agent-protocol.ts";
import type { AgentAdapter, AgentCapability, AgentDefinition } from "../../../schemas/agent.ts";
import { formatDuration } from "../../../schemas/duration.ts";
import { failure, type Failure } from "../../../schemas/failure.ts";
import type { Redactor } from "../../logs/redactor.ts";
import type { AgentClock, AttemptHandle } from "../adapter.ts";
import type { Channel, ProcessEnd } from "../process-request.ts";
import { runProcess } from "../run-process.ts";
import type { AgentTask } from "./agent-task.ts";
import { BeatWatch } from "./beat-watch.ts";
import { MessageReader } from "./message-reader.ts";

export type ProcessAdapter = Extract<AgentAdapter, { kind: "process" }>;
export type ProcessAgent = AgentDefinition & { readonly adapter: ProcessAdapter };

/** As much as a pipe holds: who says more between two looks is held up by its reader. */
const FLOOD_BYTES = 64 * 1024;

/** What it wrongly said is told this often, and then counted. */
const TOLD_PROBLEMS = 20;

export interface AgentProcessOptions {
  readonly agent: ProcessAgent;
  /** Stands in its environment as the id of an attempt, and finds what belongs to it. */
  readonly id: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: AgentClock;
  /** Takes secrets out of what it said last, which is told of its end. */
  readonly redactor: Redactor;
  readonly events: AgentProcessEvents;
}

/** Must not throw. */
export interface AgentProcessEvents {
  started(pid: number): void;
  /** It takes work, and can do this besides what its definition says. */
  ready(capabilities: readonly AgentCapability[]): void;
  /** It has a fault and goes on, or said something wrong while it works on nothing. */
  complained(text: string): void;
  unhealthy(detail: string): void;
  /** It has less to do than before. */
  freed(): void;
  /** Its whole tree is gone, and so is what it worked on. */
  ended(death: ProcessDeath): void;
}

/** Why a process is gone: null when it was asked to leave. */
export interface ProcessDeath {
  readonly failure: Failure | null;
  readonly wasReady: boolean;
  readonly end: ProcessEnd["end"];
}

/**
 * One process of an agent: talks to it, watches its heartbeat, and knows what it works on. When it ends, everything that it was given
 * ends with it, and nothing else.
 */
export class AgentProcess {
  /** Resolves when its whole tree is gone. */
  readonly done: Promise<ProcessDeath>;
  readonly startedAt: Date;
  readonly #options: AgentProcessOptions;
  readonly #handle: AttemptHandle<ProcessEnd>;
  readonly #reader: MessageReader;
  readonly #watch: BeatWatch;
  readonly #given = new Map<string, AgentTask>();
  /** What it gets when it is ready, with the folder to work in. */
  readonly #unsent = new Map<AgentTask, string>();
  /** Tasks that were not waited for any longer, by id; their answers come too late. */
  readonly #abandoned = new Set<string>();
  #channel: Channel | null = null;
  #state: HealthState = "starting";
  #lastBeat: Date | null = null;
  #isLeaving = false;
  #isOver = false;
  /** Why we ended it. */
  #reason: Failure | null = null;
  #problems = 0;
  /** Bytes since the last look at its heartbeat. */
  #heard = 0;
  #wasReady = false;
  #hasAnswered = false;
  #looking: { cancel(): void } | null = null;
  #leaving: { cancel(): void } | null = null;

  constructor(options: AgentProcessOptions) {
    const { agent, id, cwd, env, clock, redactor } = options;
    this.#options = options;
    this.startedAt = clock.wall();
    this.#watch = new BeatWatch(agent.adapter.supervision, clock.monotonic());
    const isChannel = agent.adapter.transport === "ipc";
    this.#reader = new MessageReader(
      {
        message: (message) => this.#hear(message),
        output: (bytes) => this.#oldest?.sink.output("stdout", bytes),
        problem: (text, task) => {
          this.#problem(text);
          if (task !== null) this.#refuse(task, text);
        },
      },
      isChannel,
    );
    const talk = {
      transport: agent.adapter.transport,
      opened: (channel: Channel) => this.#opened(channel),
      heard: (chunk: Buffer) => {
        this.#heard += chunk.length;
        this.#reader.push(chunk);
      },
    };
    this.#handle = runProcess(
      { argv: agent.adapter.argv, cwd, env, input: null, talk, attemptId: id, redactor },
      {
        output: (stream, chunk) => this.#oldest?.sink.output(stream, chunk),
        log: (level, message) => this.#oldest?.sink.log(level, message),
      },
    );
    this.done = this.#handle.result.then((end) => this.#ended(end));
  }

  get pid(): number | null {
    return this.#channel?.pid ?? null;
  }

  get state(): HealthState {
    return this.#state;
  }

  get lastBeat(): Date | null {
    return this.#lastBeat;
  }

  /** Tasks that it may still work on. */
  get load(): number {
    return this.#given.size + this.#abandoned.size;
  }

  /** Whether it takes a task now. */
  get isReady(): boolean {
    return this.#state === "healthy" && !this.#isLeaving && !this.#isOver;
  }

  /** Hands it a task: at once, or when it is ready. `cwd` is the folder to work in. */
  give(task: AgentTask, cwd: string): void {
    if (this.#isOver) {
      task.fail(this.#reason ?? failure("crash", `agent ${this.#options.agent.id} has ended`));
      return;
    }
    this.#given.set(task.id, task);
    if (this.#state === "starting") this.#unsent.set(task, cwd);
    else this.#say(task.request(cwd));
  }

  /** Asks it to stop working on a task. Who has no answer by then calls `abandon`. */
  cancel(task: AgentTask): void {
    task.cancel();
    if (this.#unsent.has(task)) this.abandon(task);
    else this.#say({ type: "cancel", task: task.id });
  }

  /** Waits no longer for a task. When nothing else is left to do, the process is ended, because nobody knows what it still does. */
  abandon(task: AgentTask): void {
    task.giveUp();
    if (this.#isOver || !this.#given.delete(task.id) || this.#unsent.delete(task)) return;
    this.#abandoned.add(task.id);
    this.#review();
  }

  /** Asks it to leave, and ends its tree after `graceMs`: politely for half of that time. */
  leave(graceMs: number): void {
    if (this.#isOver) return;
    const isFirst = !this.#isLeaving;
    this.#isLeaving = true;
    if (isFirst) this.#say({ type: "shutdown" });
    if (graceMs === 0) this.#handle.stop(0);
    else if (isFirst) {
      this.#channel?.end();
      this.#leaving = this.#options.clock.after(graceMs / 2, () => this.#handle.stop(graceMs / 2));
    } else this.#handle.stop(graceMs);
  }

  /** Ends its tree at once, because of a fault. */
  kill(reason: Failure): void {
    if (this.#isOver || this.#reason !== null) return;
    this.#reason = reason;
    this.#state = "unhealthy";
    this.#handle.stop(0);
  }

  /** Whose log gets what belongs to no task: that of the task it has worked on longest. */
  get #oldest(): AgentTask | null {
    for (const task of this.#given.values()) return task;
    return null;
  }

  #opened(channel: Channel): void {
    this.#channel = channel;
    const { agent, events } = this.#options;
    events.started(channel.pid);
    this.#say({ type: "hello", protocol: 1, agent: agent.id, heartbeat: agent.adapter.supervision.heartbeat });
    this.#look();
  }

  #say(message: ToAgent): void {
    this.#channel?.write(`${JSON.stringify(message)}\n`);
  }

  #look(): void {
    this.#looking = this.#options.clock.after(this.#watch.interval, () => {
      if (this.#isOver) return;
      // A heartbeat may wait behind what else it says.
      if (this.#heard > FLOOD_BYTES) this.#watch.sign(this.#options.clock.monotonic());
      this.#heard = 0;
      if (this.#watch.look(this.#options.clock.monotonic()) && !this.#isLeaving) this.#silent();
      this.#look();
    });
  }

  #silent(): void {
    if (this.#reason !== null) return;
    const { agent, events } = this.#options;
    const detail = silence(this.#state, agent.adapter.supervision);
    events.unhealthy(detail);
    this.kill(failure("unhealthy", `agent ${agent.id} ${detail}, so it was ended`));
  }

  #hear(message: FromAgent): void {
    const now = this.#options.clock.monotonic();
    this.#watch.sign(now);
    if (this.#reason !== null) return;
    this.#lastBeat = this.#options.clock.wall();
    if (message.type === "heartbeat") return;
    if (message.type === "ready") {
      if (this.#state !== "starting") return;
      this.#state = "healthy";
      this.#wasReady = true;
      for (const [task, cwd] of this.#unsent) this.#say(task.request(cwd));
      this.#unsent.clear();
      this.#options.events.ready(message.capabilities ?? []);
      return;
    }
    if (message.task === null) {
      if (message.type === "error") this.#problem(`it reports: ${message.message}`);
      else if (message.type === "log") this.#oldest?.sink.log(message.level, message.message);
      return;
    }
    const task = this.#given.get(message.task);
    if (task === undefined) {
      this.#stray(message.type, message.task);
      return;
    }
    const wait = task.hear(message, now);
    if (wait > 0) this.#slowDown(wait);
    if (task.isOver) this.#answered(task);
  }

  /** What was meant as an answer cannot be read: no other follows, so that nobody has to wait until the time is over. */
  #refuse(id: string, why: string): void {
    const task = this.#given.get(id);
    if (task === undefined || this.#reason !== null) return;
    task.fail(failure("protocol_error", `the answer of agent ${this.#options.agent.id} was refused: ${why}`));
    this.#answered(task);
  }

  #answered(task: AgentTask): void {
    this.#hasAnswered = true;
    this.#given.delete(task.id);
    this.#review();
    this.#options.events.freed();
  }

  #stray(type: string, id: string): void {
    const isAnswer = type === "result" || type === "error";
    if (this.#abandoned.has(id)) {
      if (!isAnswer) return;
      this.#abandoned.delete(id);
      this.#options.events.complained(`its ${type} for the attempt ${id} came after the end and does not count`);
      this.#options.events.freed();
    } else this.#problem(`it sent a ${type} for ${JSON.stringify(id.slice(0, 100))}, which it does not work on`);
  }

  /** Costs and answers may not be lost, so an agent that sends too many of them has to wait until they are read. */
  #slowDown(ms: number): void {
    const channel = this.#channel;
    if (channel === null || this.#isOver) return;
    channel.pause();
    this.#options.clock.after(ms, () => {
      // It could not say anything meanwhile.
      this.#watch.sign(this.#options.clock.monotonic());
      channel.resume();
    });
  }

  #problem(text: string): void {
    this.#problems += 1;
    if (this.#problems > TOLD_PROBLEMS) return;
    const more = this.#problems === TOLD_PROBLEMS ? "; more of the kind is not told" : "";
    const task = this.#oldest;
    if (task === null) this.#options.events.complained(`${text}${more}`);
    else task.sink.log("warn", `agent ${this.#options.agent.id}: ${text}${more}`);
  }

  #review(): void {
    if (this.#abandoned.size === 0 || this.#given.size > 0 || this.#isLeaving || this.#reason !== null) return;
    const { agent, events } = this.#options;
    const detail = "did not stop working on what was cancelled";
    events.unhealthy(detail);
    this.kill(failure("unhealthy", `agent ${agent.id} ${detail}, so it was ended`));
  }

  #ended(end: ProcessEnd): ProcessDeath {
    this.#reader.end();
    this.#isOver = true;
    this.#looking?.cancel();
    this.#leaving?.cancel();
    const death = this.#deathOf(end);
    const tasks = [...this.#given.values()];
    this.#given.clear();
    const gone = failure("crash", `agent ${this.#options.agent.id} was ended before it answered`);
    for (const task of tasks) task.fail(death.failure ?? gone);
    this.#options.events.ended(death);
    return death;
  }

  #deathOf({ end, hasStarted, failure: reason, lastError }: ProcessEnd): ProcessDeath {
    const { id } = this.#options.agent;
    const wasReady = this.#wasReady;
    if (!hasStarted) {
      const why = reason === null ? "" : `: ${reason.message}`;
      const isBusy = reason?.code === "crash";
      const code = isBusy ? "crash" : "agent_unavailable";
      return { failure: failure(code, `agent ${id} could not be started${why}`), wasReady, end: null };
    }
    if (this.#reason !== null) return { failure: this.#reason, wasReady, end };
    const isDone = this.#hasAnswered && this.#options.agent.adapter.lifetime === "attempt";
    if (this.#isLeaving || isDone) return { failure: null, wasReady, end };
    const how =
      end === null
        ? "could not be ended"
        : end.signal === null
          ? `ended with exit code ${end.exitCode}`
          : `was ended by ${end.signal}`;
    const said = lastError === "" ? "" : `: ${lastError}`;
    const details = { exitCode: end?.exitCode ?? null, signal: end?.signal ?? null };
    return { failure: failure("crash", `agent ${id} ${how} by itself${said}`, { details }), wasReady, end };
  }
}

function silence(state: HealthState, { timeout, grace }: Supervision): string {
  return state === "starting"
    ? `was not ready and gave no sign of life within ${formatDuration(Math.max(grace, timeout))}`
    : `gave no sign of life for ${formatDuration(timeout)}`;
}
