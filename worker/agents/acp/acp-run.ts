import type * as Sdk from "@agentclientprotocol/sdk";
import { formatDuration } from "../../../schemas/duration.ts";
import { failure, type Failure } from "../../../schemas/failure.ts";
import type { AdapterEnd, AgentClock, AttemptContext, AttemptHandle, AttemptSink } from "../adapter.ts";
import type { Channel, ProcessEnd } from "../process-request.ts";
import { runProcess } from "../run-process.ts";
import { AcpSession } from "./acp-session.ts";
import { clientApp } from "./client-app.ts";
import { ClientTerminals } from "./client-terminals.ts";
import type { KnownAgent } from "./known-agents.ts";
import type { AcpAgent } from "./launch.ts";
import { Pace } from "./pace.ts";
import { PermissionDesk } from "./permission-desk.ts";
import type { PromptAnswer } from "./session-answers.ts";
import { answerFailure, errorFailure, deathFailure, overspentFailure, type EndTerms } from "./run-end.ts";
import { Transcript } from "./transcript.ts";
import { TurnGuard } from "./turn-guard.ts";
import { UsageMeter } from "./usage-meter.ts";
import { readUpdate } from "./updates.ts";
import { Wire } from "./wire.ts";

export interface AcpRunOptions {
  readonly sdk: typeof Sdk;
  readonly context: AttemptContext;
  readonly agent: AcpAgent;
  /** Null: an agent that nothing is known of. */
  readonly known: KnownAgent | null;
  readonly sink: AttemptSink;
  readonly clock: AgentClock;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Until it has answered for the first time; programs from packages start slowly on a busy machine. */
const START_MS = 60_000;
/** An agent that is to stop its turn gets this long. */
const CANCEL_MS = 5_000;
/** An agent that is done gets this long to leave by itself, and then to be ended. */
const LEAVE_MS = 500;
const END_MS = 2_500;
/** An agent that goes on spending when it was told to stop has so long. */
const SPENDER_MS = 500;

type Settled =
  { readonly kind: "answered"; readonly answer: PromptAnswer } | { readonly kind: "failed"; readonly error: unknown };

/**
 * One attempt over the Agent Client Protocol: a process, a session, a turn. Whatever goes wrong, its result comes only when the whole
 * tree is gone.
 */
export class AcpRun implements AttemptHandle<AdapterEnd> {
  readonly result: Promise<AdapterEnd>;
  readonly #options: AcpRunOptions;
  readonly #handle: AttemptHandle<ProcessEnd>;
  readonly #transcript: Transcript;
  readonly #meter: UsageMeter;
  readonly #guard: TurnGuard;
  readonly #desk: PermissionDesk;
  readonly #terminals: ClientTerminals;
  readonly #pace: Pace;
  readonly #opened = Promise.withResolvers<AcpSession>();
  readonly #aborted = Promise.withResolvers<"aborted">();
  #channel: Channel | null = null;
  #wire: Wire | null = null;
  #connection: Sdk.ClientConnection | null = null;
  #session: AcpSession | null = null;
  /** Why we ended it. */
  #reason: Failure | null = null;
  #isStopped = false;
  #isReminded = false;
  #hasAnswered = false;
  readonly #timers = new Set<{ cancel(): void }>();

  constructor(options: AcpRunOptions) {
    this.#options = options;
    const { context, agent, known, sink, clock, argv, cwd, env } = options;
    const { attemptId, folder, redactor } = context;
    const { price, model, stall, loopLimit } = agent.adapter;
    this.#transcript = new Transcript(sink, folder, () => clock.monotonic());
    this.#meter = new UsageMeter({ context, sink, known, price, model, overspent: (spent) => this.#overspent(spent) });
    const isAtWork = (): boolean => this.#transcript.calls.isAtWork;
    this.#guard = new TurnGuard({ clock, stall, loopLimit, isAtWork, alarm: (why) => this.#alarm(why) });
    const waits = (): (() => void) => this.#guard.waits();
    this.#desk = new PermissionDesk({ agent, context, sink, transcript: this.#transcript, waits });
    this.#terminals = new ClientTerminals({ attemptId, redactor, sink });
    this.#pace = new Pace(clock, { pause: () => this.#channel?.pause(), resume: () => this.#channel?.resume() });
    const talk = {
      transport: "lines" as const,
      opened: (channel: Channel) => this.#open(channel),
      heard: (chunk: Buffer) => this.#wire?.push(chunk),
    };
    this.#handle = runProcess({ argv, cwd, env, input: null, talk, attemptId, redactor }, sink);
    this.result = this.#run();
  }

  stop(graceMs: number): void {
    const isFirst = !this.#isStopped;
    this.#isStopped = true;
    this.#desk.close();
    if (graceMs === 0 || !isFirst || !this.#hasAnswered) {
      this.#handle.stop(graceMs);
      return;
    }
    this.#session?.cancel();
    this.#after(graceMs / 2, () => this.#leave(0, graceMs / 2));
  }

  #open(channel: Channel): void {
    this.#channel = channel;
    const { sdk, context, agent, known, sink, cwd, env } = this.#options;
    const wire = new Wire((text) => channel.write(text), {
      update: (params) => this.#update(params),
      heard: () => {
        this.#guard.heard();
        this.#pace.message();
      },
      noise: (bytes) => sink.output("stderr", Buffer.concat([bytes, Buffer.from("\n")])),
      odd: (text) => this.#transcript.odd(text),
      broken: (text) => this.#abort(failure("protocol_error", `agent ${agent.id} cannot be understood: ${text}`)),
    });
    this.#wire = wire;
    const desk = this.#desk;
    const [transcript, terminals] = [this.#transcript, this.#terminals];
    const asked = (): void => this.#pace.request();
    const app = clientApp({ sdk, context, cwd, env, desk, transcript, terminals, asked });
    this.#connection = app.connect(wire.stream);
    const meter = this.#meter;
    this.#opened.resolve(
      new AcpSession({ connection: this.#connection, agent, known, context, cwd, env, meter, sink }),
    );
  }

  async #run(): Promise<AdapterEnd> {
    const death = this.#handle.result;
    const work = this.#work().then(
      (answer): Settled => ({ kind: "answered", answer }),
      (error: unknown): Settled => ({ kind: "failed", error }),
    );
    const first = await Promise.race([work, this.#aborted.promise, death.then(() => "died" as const)]);
    const wasStopped = this.#isStopped;
    this.#guard.end();
    this.#desk.close();
    if (first === "aborted") await this.#endTurn(work);
    if (first !== "died") this.#leave(LEAVE_MS, END_MS);
    const ended = await death;
    // What it said last has been read by now. Without a connection nothing of the work goes on.
    this.#wire?.end();
    const settled = first === "died" && this.#wire !== null ? await work : first;
    this.#close();
    await this.#terminals.close(END_MS);
    this.#transcript.end();
    const reason = this.#reasonOf(settled, ended);
    const costs = await this.#meter.end();
    const { argv, sink } = this.#options;
    const stopReason = typeof settled === "object" && settled.kind === "answered" ? settled.answer.stopReason : null;
    const end = {
      end: ended.end,
      costs,
      ran: argv,
      ...(stopReason === null ? {} : { stopReason: stopReason.slice(0, 200) }),
    };
    if (wasStopped && this.#reason === null) return { ...end, outcome: "cancelled", failure: null };
    if (reason !== null) sink.log("error", reason.message);
    return { ...end, outcome: reason === null ? "succeeded" : "failed", failure: reason };
  }

  #close(): void {
    this.#connection?.close();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#pace.end();
  }

  #reasonOf(settled: Settled | "aborted" | "died", ended: ProcessEnd): Failure | null {
    if (this.#reason !== null) return this.#reason;
    const { agent, known, clock } = this.#options;
    const terms: EndTerms = {
      agent: agent.id,
      login: known?.login ?? "log in to it",
      now: clock.wall(),
      lastWords: this.#transcript.lastWords,
      hasAnswered: this.#hasAnswered,
      isKnown: known !== null,
    };
    if (settled === "aborted" || settled === "died") return deathFailure(ended, terms);
    if (settled.kind === "answered") return answerFailure(settled.answer, terms);
    return errorFailure(settled.error, ended, terms);
  }

  async #work(): Promise<PromptAnswer> {
    const { context, agent } = this.#options;
    const start = this.#after(START_MS, () => {
      this.#abort(
        failure("timeout", `agent ${agent.id} was started and did not answer within ${formatDuration(START_MS)}`),
      );
    });
    const session = await this.#opened.promise;
    await session.initialize();
    this.#hasAnswered = true;
    start.cancel();
    this.#session = session;
    await session.open();
    let prompt = context.prompt;
    for (;;) {
      if (this.#isStopped) return { stopReason: "cancelled", usage: null, _meta: null };
      const answer = await this.#turn(session, prompt);
      if (!this.#isReminded || this.#isStopped || this.#reason !== null || prompt !== context.prompt) return answer;
      prompt = REMINDER;
    }
  }

  async #turn(session: AcpSession, prompt: string): Promise<PromptAnswer> {
    this.#transcript.begin();
    this.#meter.begin();
    this.#guard.begin();
    try {
      const answer = await session.prompt(prompt);
      this.#meter.answer(answer);
      return answer;
    } finally {
      this.#guard.end();
    }
  }

  #update(params: unknown): void {
    const read = readUpdate(params);
    if (read.kind === "wrong") this.#transcript.odd(read.why);
    if (read.kind !== "update") return;
    if (this.#session?.id !== read.sessionId) {
      this.#transcript.odd("an update of another session was ignored");
      return;
    }
    const { update } = read;
    const news = this.#transcript.take(update);
    if (update.sessionUpdate === "usage_update" && update.cost) this.#meter.costs(update.cost);
    if (update.sessionUpdate === "agent_message_chunk") this.#meter.chunk(update._meta);
    if (news?.hasEnded === true) this.#guard.called(news.call);
  }

  /** It is silent or goes round in circles: reminded once, then stopped (catalogue C7). */
  #alarm(why: string): void {
    const { agent, sink } = this.#options;
    if (this.#isStopped || this.#reason !== null) return;
    const stalled = failure(
      "stalled",
      `agent ${agent.id} ${why}${this.#isReminded ? " after a reminder" : ""}, so it was stopped`,
    );
    if (this.#isReminded) {
      this.#abort(stalled);
      return;
    }
    this.#isReminded = true;
    sink.log("warn", `it ${why}: it is reminded once`, { type: "reminder" });
    this.#session?.cancel();
    const patience = Math.min(CANCEL_MS, agent.adapter.stall);
    const answered = this.#session?.turns ?? 0;
    this.#after(patience, () => {
      if (this.#session?.turns === answered) this.#abort(stalled);
    });
  }

  #overspent(spent: number): void {
    if (this.#isStopped || this.#reason !== null) {
      this.#handle.stop(SPENDER_MS);
      return;
    }
    this.#abort(overspentFailure(spent, this.#options.context));
  }

  #abort(reason: Failure): void {
    if (this.#reason !== null || this.#isStopped) return;
    this.#reason = reason;
    this.#aborted.resolve("aborted");
  }

  /** Asks it to end its turn and waits for that a moment. */
  async #endTurn(work: Promise<Settled>): Promise<void> {
    if (!this.#hasAnswered || this.#reason?.code === "protocol_error") return;
    this.#session?.cancel();
    const late = new Promise<void>((resolve) => {
      this.#after(CANCEL_MS, resolve);
    });
    await Promise.race([work, late, this.#handle.result]);
  }

  /** Lets it leave by itself for a while, then ends its tree. */
  #leave(waitMs: number, endMs: number): void {
    this.#channel?.end();
    if (waitMs === 0) this.#handle.stop(endMs);
    else this.#after(waitMs, () => this.#handle.stop(endMs));
  }

  #after(delay: number, act: () => void): { cancel(): void } {
    const timer = this.#options.clock.after(delay, () => {
      this.#timers.delete(timer);
      act();
    });
    this.#timers.add(timer);
    return timer;
  }
}

const REMINDER =
  "You were interrupted, because you gave no sign of life for a long time or repeated yourself. Go on with the task where you were. " +
  "If you cannot finish it, say why and end.";
