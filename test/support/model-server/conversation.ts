/** The dialects that services of language models speak, by the path of their requests. */
export type DialectName = "chat" | "responses" | "messages" | "gemini";

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export interface ToolResult {
  /** Of the call that it belongs to; null in dialects that pair them by order. */
  readonly id: string | null;
  readonly text: string;
}

export interface Message {
  readonly role: "user" | "assistant";
  readonly text: string;
  readonly calls: readonly ToolCall[];
  readonly results: readonly ToolResult[];
}

/** What a client asked of the model, the same for every dialect. */
export interface ModelRequest {
  readonly dialect: DialectName;
  readonly model: string;
  readonly stream: boolean;
  /** All instructions that stand above the conversation. */
  readonly system: string;
  readonly messages: readonly Message[];
  /** Names of the tools that are offered. */
  readonly tools: readonly string[];
}

export interface Usage {
  /** All tokens of the request, cached ones among them. */
  readonly input: number;
  readonly output: number;
  /** Those of the input that were read from the service's cache. */
  readonly cached: number;
}

/** What the model says. A speech may be cut: so many pieces are sent, then the line goes dead or is closed. */
export interface Speech {
  readonly kind: "speech";
  readonly text: string;
  readonly thought: string;
  readonly calls: readonly Omit<ToolCall, "id">[];
  readonly usage: Usage | null;
  readonly finish: "stop" | "length" | "refusal";
  readonly cut: { readonly after: number; readonly by: "hang" | "drop" } | null;
}

/** An error of the service. */
export interface Refusal {
  readonly kind: "refusal";
  readonly status: number;
  readonly message: string;
  /** Seconds until it is worth trying again, told in all the ways in which the service tells it; null: it does not say. */
  readonly retryAfter: number | null;
}

export type Answer = Speech | Refusal;

const USAGE: Usage = { input: 1_000, output: 100, cached: 0 };

/** The model says a text and ends its turn. */
export function say(text: string, more: Partial<Speech> = {}): Speech {
  return { kind: "speech", text, thought: "", calls: [], usage: USAGE, finish: "stop", cut: null, ...more };
}

/** The model calls a tool. */
export function call(name: string, values: ToolCall["arguments"], more: Partial<Speech> = {}): Speech {
  return say("", { calls: [{ name, arguments: values }], ...more });
}

/** Nothing more comes after so many pieces; the connection stays open until the client gives up. */
export function hang(after = 0): Speech {
  return say("This is never said to the end.", { cut: { after, by: "hang" } });
}

/** The connection breaks after so many pieces. */
export function drop(after = 0): Speech {
  return say("This is never said to the end.", { cut: { after, by: "drop" } });
}

export function refuse(status: number, message: string, retryAfter: number | null = null): Refusal {
  return { kind: "refusal", status, message, retryAfter };
}

/** A quota that is used up and comes back after so many seconds. */
export function quota(seconds: number): Refusal {
  return refuse(429, `Rate limit reached. Please try again in ${seconds}s.`, seconds);
}

export function overloaded(): Refusal {
  return refuse(529, "Overloaded");
}

/** How many tool results the conversation holds: the number of the turn within it, from 0. */
export function resultsIn({ messages }: ModelRequest): number {
  return messages.reduce((count, { results }) => count + results.length, 0);
}

/** Everything that the person or the program before it has said. */
export function promptOf({ messages }: ModelRequest): string {
  return messages
    .filter(({ role }) => role === "user")
    .map(({ text }) => text)
    .join("\n");
}

/** What came back from the last tool call; empty when there was none. */
export function lastResult({ messages }: ModelRequest): string {
  return messages.flatMap(({ results }) => results).at(-1)?.text ?? "";
}
