import { failure, type Failure } from "../../../schemas/failure.ts";
import type { AdapterEnd, AgentClock, AttemptContext, AttemptHandle, AttemptSink } from "../adapter.ts";
import { isTooDeep } from "../json-depth.ts";
import { parsedJson } from "../parsed-json.ts";
import type { ProcessEnd } from "../process-request.ts";
import { runProcess } from "../run-process.ts";
import type { KnownAgent, StreamDialect } from "./known-agents.ts";
import type { AcpAgent } from "./launch.ts";
import { LongLines } from "./long-lines.ts";
import { deathFailure, overspentFailure, type EndTerms } from "./run-end.ts";
import { STREAM_DIALECTS, type StreamNews } from "./stream-dialects.ts";
import { Transcript } from "./transcript.ts";
import { complaintFailure } from "./turn-failure.ts";
import { TurnGuard } from "./turn-guard.ts";
import { UsageMeter } from "./usage-meter.ts";

export interface StreamRunOptions {
  readonly context: AttemptContext;
  readonly agent: AcpAgent;
  readonly known: KnownAgent | null;
  readonly sink: AttemptSink;
  readonly clock: AgentClock;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly dialect: StreamDialect;
  readonly program: string;
}

/** An agent that is stopped because of a fault gets this long. */
const END_MS = 2_500;

/** One attempt by the agent's own streaming command line: it gets the prompt on standard input, prints what it does, and ends. */
export class StreamRun implements AttemptHandle<AdapterEnd> {
  readonly result: Promise<AdapterEnd>;
  readonly #options: StreamRunOptions;
  readonly #handle: AttemptHandle<ProcessEnd>;
  readonly #transcript: Transcript;
  readonly #meter: UsageMeter;
  readonly #guard: TurnGuard;
  readonly #argv: readonly string[];
  #isStopped = false;
  /** Why we ended it. */
  #reason: Failure | null = null;
  #end: Extract<StreamNews, { kind: "end" | "failed" }> | null = null;

  constructor(options: StreamRunOptions) {
    this.#options = options;
    const { context, agent, known, sink, clock, cwd, env, dialect, program } = options;
    const { price, model, stall, loopLimit, tools } = agent.adapter;
    this.#transcript = new Transcript(sink, context.folder, () => clock.monotonic());
    this.#meter = new UsageMeter({ context, sink, known, price, model, overspent: (spent) => this.#overspent(spent) });
    const isAtWork = (): boolean => this.#transcript.calls.isAtWork;
    const alarm = (why: string): void => this.#abort(failure("stalled", `agent ${agent.id} ${why}, so it was stopped`));
    this.#guard = new TurnGuard({ clock, stall, loopLimit, isAtWork, alarm });
    const usd = context.currency === "USD" ? context.allowance : null;
    const argv = STREAM_DIALECTS[dialect].argv(program, { permissions: agent.permissions, tools, model, usd });
    this.#argv = argv;
    const lines = new LongLines({
      line: (bytes) => this.#line(bytes),
      tooLong: () => this.#transcript.odd("a line that is too long was ignored"),
    });
    const asks = `it is used by its own command line, which cannot ask: what its permissions (${agent.permissions}) do not allow is refused`;
    sink.log("info", asks, { type: "protocol" });
    sink.message("request", { prompt: context.prompt });
    this.#meter.begin();
    this.#guard.begin();
    const { attemptId, redactor } = context;
    this.#handle = runProcess(
      { argv, cwd, env, input: context.prompt, attemptId, redactor },
      {
        output: (stream, chunk) => {
          if (stream === "stdout") lines.push(Buffer.from(chunk));
          else sink.output(stream, chunk);
        },
        log: (level, message) => sink.log(level, message),
      },
    );
    this.result = this.#run(lines);
  }

  stop(graceMs: number): void {
    this.#isStopped = true;
    this.#handle.stop(graceMs);
  }

  async #run(lines: LongLines): Promise<AdapterEnd> {
    const ended = await this.#handle.result;
    lines.end();
    this.#guard.end();
    this.#transcript.end();
    const costs = await this.#meter.end();
    const end = { end: ended.end, costs, ran: this.#argv };
    if (this.#isStopped && this.#reason === null) return { ...end, outcome: "cancelled", failure: null };
    const reason = this.#reason ?? this.#reasonOf(ended);
    if (reason !== null) this.#options.sink.log("error", reason.message);
    return { ...end, outcome: reason === null ? "succeeded" : "failed", failure: reason };
  }

  #reasonOf(ended: ProcessEnd): Failure | null {
    const { agent, known, clock } = this.#options;
    const terms: EndTerms = {
      agent: agent.id,
      login: known?.login ?? "log in to it",
      now: clock.wall(),
      lastWords: this.#transcript.lastWords,
      hasAnswered: true,
      isKnown: known !== null,
    };
    const end = this.#end;
    if (end?.kind === "failed") {
      const text = `${end.text} ${terms.lastWords}`.trim();
      return complaintFailure({ text, code: null }, terms);
    }
    const isGood = ended.end?.exitCode === 0 && ended.failure === null;
    return end !== null && isGood ? null : deathFailure(ended, terms);
  }

  #line(bytes: Buffer): void {
    const value = isTooDeep(bytes) ? undefined : parsedJson(bytes.toString("utf8"));
    if (typeof value !== "object" || value === null) {
      if (bytes.length > 0) this.#options.sink.output("stderr", Buffer.concat([bytes, Buffer.from("\n")]));
      return;
    }
    this.#guard.heard();
    for (const news of STREAM_DIALECTS[this.#options.dialect].read(value)) this.#take(news);
  }

  #take(news: StreamNews): void {
    switch (news.kind) {
      case "update": {
        const told = this.#transcript.take(news.update);
        if (told?.hasEnded === true) this.#guard.called(told.call);
        return;
      }
      case "model":
        this.#meter.uses(news.model);
        return;
      case "cost":
        this.#meter.costs({ amount: news.amount, currency: "USD" });
        return;
      case "tokens":
        this.#meter.answer({ usage: news.usage });
        return;
      case "end":
      case "failed":
        this.#end = news;
    }
  }

  #overspent(spent: number): void {
    this.#abort(overspentFailure(spent, this.#options.context));
  }

  #abort(reason: Failure): void {
    if (this.#reason !== null || this.#isStopped) return;
    this.#reason = reason;
    this.#handle.stop(END_MS);
  }
}
