import type { AttemptSink, JsonValue } from "../adapter.ts";
import { MessageAllowance } from "../process/message-allowance.ts";
import { workspacePath } from "../workspace-path.ts";
import { ToolCalls, type CallNews, type KnownCall } from "./tool-calls.ts";
import type { FileDiff, SessionUpdate, ToolCallUpdate } from "./updates.ts";
import { isAbsolute } from "node:path";

/** Of each side of a change that is kept with a log entry, in UTF-16 code units. */
const MAX_DIFF_SIDE = 10_000;
const MAX_DIFFS = 10;
const MAX_LOCATIONS = 20;
const MAX_ENTRIES = 50;
/** A thought is told when it is this long or over. */
const MAX_THOUGHT = 4_000;
/** What was said last, for whoever looks why a turn ended. */
const LAST_WORDS = 2_000;
/** Odd things are told this often, and then counted. */
const TOLD_ODDITIES = 20;

/**
 * What an agent tells of its work, as the attempt's output and log entries (catalogue D4, K4): its messages are its output; its thoughts,
 * tool calls and plans are entries whose `metadata.type` says which. A flood is cut and counted.
 */
export class Transcript {
  readonly #sink: AttemptSink;
  readonly #folder: string;
  readonly #now: () => number;
  readonly #allowance: MessageAllowance;
  readonly #calls = new ToolCalls();
  readonly #told = new Set<string>();
  #oddities = 0;
  #isInLine = false;
  #thought = "";
  #lastWords = "";
  #plan = "";

  constructor(sink: AttemptSink, folder: string, now: () => number) {
    this.#sink = sink;
    this.#folder = folder;
    this.#now = now;
    this.#allowance = new MessageAllowance(now());
  }

  /** The end of what it has said to people since the last prompt. */
  get lastWords(): string {
    return this.#lastWords;
  }

  get calls(): ToolCalls {
    return this.#calls;
  }

  /** A prompt is sent: what was said before is no answer to it. */
  begin(): void {
    this.#endLine();
    this.#lastWords = "";
  }

  /** Takes an update; of a tool call, what is new about it. */
  take(update: SessionUpdate): CallNews | null {
    if (update.sessionUpdate !== "agent_thought_chunk") this.#endThought();
    switch (update.sessionUpdate) {
      case "agent_message_chunk":
        this.#say(wordsOf(update.content));
        return null;
      case "agent_thought_chunk":
        this.#think(wordsOf(update.content));
        return null;
      case "tool_call":
      case "tool_call_update":
        return this.#call(update);
      case "plan":
        this.#showPlan(update.entries);
        return null;
      case "usage_update":
        return null;
    }
  }

  /** Something that does no harm: told once, and not too much of it. */
  odd(text: string): void {
    if (this.#told.has(text)) return;
    this.#oddities += 1;
    if (this.#oddities > TOLD_ODDITIES) return;
    this.#told.add(text);
    const more = this.#oddities === TOLD_ODDITIES ? "; more of the kind is not told" : "";
    this.#sink.log("warn", `the agent's protocol: ${text}${more}`, { type: "protocol" });
  }

  /** An entry, unless there are too many. */
  note(level: "debug" | "info" | "warn", text: string, metadata: Record<string, JsonValue>): void {
    if (!this.#allowance.take(this.#now())) return;
    this.#tellCut();
    this.#sink.log(level, text, metadata);
  }

  /** Nothing more follows. */
  end(): void {
    this.#endThought();
    this.#endLine();
    this.#tellCut();
  }

  #say(words: string): void {
    if (words === "") return;
    this.#sink.output("stdout", Buffer.from(words, "utf8"));
    this.#isInLine = !words.endsWith("\n");
    this.#lastWords = (this.#lastWords + words).slice(-LAST_WORDS);
  }

  #endLine(): void {
    if (this.#isInLine) this.#sink.output("stdout", Buffer.from("\n"));
    this.#isInLine = false;
  }

  #think(words: string): void {
    this.#thought += words;
    if (this.#thought.length >= MAX_THOUGHT) this.#endThought();
  }

  #endThought(): void {
    const thought = this.#thought.trim();
    this.#thought = "";
    if (thought !== "") this.note("debug", `thought: ${thought.toWellFormed()}`, { type: "thought" });
  }

  #call(update: ToolCallUpdate): CallNews {
    const news = this.#calls.take(update);
    this.#endLine();
    const { call, isNew, hasEnded } = news;
    if (hasEnded) {
      const level = call.status === "failed" ? "warn" : "info";
      this.note(level, `${call.kind}: ${this.#titleOf(call)} (${call.status})`, this.#metadataOf(call, true));
    } else if (isNew) this.note("info", `${call.kind}: ${this.#titleOf(call)}`, this.#metadataOf(call, false));
    return news;
  }

  #titleOf({ title, locations, id }: KnownCall): string {
    return title !== "" ? title : (locations.map(({ path }) => this.#shown(path))[0] ?? id.slice(0, 100));
  }

  #metadataOf({ id, title, kind, status, locations, diffs }: KnownCall, isWhole: boolean): Record<string, JsonValue> {
    return {
      type: "tool_call",
      id: id.slice(0, 200),
      title,
      kind,
      status,
      locations: locations.slice(0, MAX_LOCATIONS).map(({ path, line }) => ({ path: this.#shown(path), line })),
      ...(isWhole && diffs.length > 0 ? { diffs: diffs.slice(0, MAX_DIFFS).map((diff) => this.#diff(diff)) } : {}),
      ...(isWhole && diffs.length > MAX_DIFFS ? { moreDiffs: diffs.length - MAX_DIFFS } : {}),
    };
  }

  #diff({ path, oldText, newText }: FileDiff): JsonValue {
    return { path: this.#shown(path), oldText: oldText === null ? null : cut(oldText), newText: cut(newText) };
  }

  #shown(path: string): string {
    return isAbsolute(path) ? workspacePath(this.#folder, path) : path;
  }

  #showPlan(entries: readonly { readonly content: string; readonly status: string }[]): void {
    const shown = entries
      .slice(0, MAX_ENTRIES)
      .map(({ content, status }) => ({ content: content.slice(0, 500), status }));
    const text = JSON.stringify(shown);
    if (text === this.#plan) return;
    this.#plan = text;
    const done = entries.filter(({ status }) => status === "completed").length;
    const now = shown.find(({ status }) => status === "in_progress")?.content;
    const current = now === undefined ? "" : `: ${now}`;
    this.note("info", `plan: ${done} of ${entries.length} done${current}`, { type: "plan", entries: shown });
  }

  #tellCut(): void {
    const cutOnes = this.#allowance.takeCut();
    if (cutOnes > 0)
      this.#sink.log("warn", `the agent said too much at once: ${cutOnes} entries are not kept`, { cut: cutOnes });
  }
}

function wordsOf(content: {
  readonly type: string;
  readonly text?: string | undefined;
  readonly uri?: string | undefined;
}): string {
  if (content.type === "text") return (content.text ?? "").toWellFormed();
  return content.uri === undefined ? `[${content.type}]` : `[${content.type}: ${content.uri}]`;
}

function cut(text: string): string {
  return text.length <= MAX_DIFF_SIDE ? text : `${text.slice(0, MAX_DIFF_SIDE - 1).toWellFormed()}…`;
}
