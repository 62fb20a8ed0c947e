import type { ToolKind } from "../../../schemas/agent.ts";
import { diffsOf, type FileDiff, type ToolCallUpdate } from "./updates.ts";

/** Calls that are remembered: what is told of an older one begins a new one. */
const REMEMBERED = 1_000;
const MAX_TITLE = 500;
const MAX_INPUT = 20_000;

/** A tool call of an agent, by all that it has told so far. */
export interface KnownCall {
  readonly id: string;
  readonly title: string;
  readonly kind: ToolKind;
  readonly status: "pending" | "in_progress" | "completed" | "failed";
  readonly locations: readonly { readonly path: string; readonly line: number | null }[];
  readonly diffs: readonly FileDiff[];
  readonly rawInput: unknown;
}

/** What an update has brought. */
export interface CallNews {
  readonly call: KnownCall;
  readonly isNew: boolean;
  /** It has just ended, one way or the other. */
  readonly hasEnded: boolean;
}

/** The tool calls of a session. Updates of calls that were never announced begin them, because some agents never announce any. */
export class ToolCalls {
  readonly #calls = new Map<string, KnownCall>();

  take(update: ToolCallUpdate): CallNews {
    const before = this.#calls.get(update.toolCallId);
    // What is told of its end often has its output only.
    const told = diffsOf(update.content);
    const call: KnownCall = {
      id: update.toolCallId,
      title: (update.title ?? before?.title ?? "").slice(0, MAX_TITLE).toWellFormed(),
      kind: update.kind ?? before?.kind ?? "other",
      status: update.status ?? before?.status ?? "pending",
      locations: update.locations?.map(({ path, line }) => ({ path, line: line ?? null })) ?? before?.locations ?? [],
      diffs: told.length > 0 ? told : (before?.diffs ?? []),
      rawInput: isEmpty(update.rawInput) ? before?.rawInput : update.rawInput,
    };
    this.#calls.delete(call.id);
    this.#calls.set(call.id, call);
    for (const [id] of this.#calls) {
      if (this.#calls.size <= REMEMBERED) break;
      this.#calls.delete(id);
    }
    const isOver = (status: KnownCall["status"] | undefined): boolean => status === "completed" || status === "failed";
    return { call, isNew: before === undefined, hasEnded: isOver(call.status) && !isOver(before?.status) };
  }

  /** All that is known of a call; null: nothing. */
  get(id: string): KnownCall | null {
    return this.#calls.get(id) ?? null;
  }

  /** Whether a tool is at work, which may take its time without a word. */
  get isAtWork(): boolean {
    for (const { status } of this.#calls.values()) if (status === "in_progress") return true;
    return false;
  }
}

/** By which two calls are the same; null: too little is told of it to say so. */
export function signatureOf({ kind, title, locations, diffs, rawInput }: KnownCall): string | null {
  if (isEmpty(rawInput) && locations.length === 0 && diffs.length === 0) return null;
  return JSON.stringify([kind, title, locations, diffs, rawInput ?? null]).slice(0, MAX_INPUT);
}

function isEmpty(input: unknown): boolean {
  return (
    input === undefined ||
    input === null ||
    (typeof input === "object" && !Array.isArray(input) && Object.keys(input).length === 0)
  );
}
