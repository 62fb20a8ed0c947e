import { FromAgent } from "../../../schemas/agent-protocol.ts";
import { isTooDeep } from "../json-depth.ts";
import { parsedJson } from "../parsed-json.ts";

/** Longest message, in bytes. What is longer is output: a large result belongs into a file. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

/** Where a message that is too long says what it is. */
const HEAD_BYTES = 1_000;

const NEWLINE = 0x0a;
const BRACE = 0x7b;
const MESSAGE_BEGINS = "\n{";
const TYPES: ReadonlySet<string> = new Set(FromAgent.options.map(({ shape }) => shape.type.value));

export interface MessageListener {
  message(message: FromAgent): void;
  /** Bytes that are no message, in their order; the whole chunk where it holds none. */
  output(bytes: Buffer): void;
  /**
   * A message that is not what was agreed: what is wrong with it, for people. `task`: the id in what was meant as the answer to it;
   * null for everything else.
   */
  problem(text: string, task: string | null): void;
}

/**
 * Finds the messages of an agent among what it prints (catalogue D4): lines that are a JSON object with the `type` of a message. What
 * else it prints is output and goes on as it came, without being copied. On a `channel` that carries nothing but messages anything
 * else is a mistake. However the bytes are cut into chunks, the messages are the same. Keeps at most one message.
 */
export class MessageReader {
  readonly #listener: MessageListener;
  readonly #isChannel: boolean;
  /** The beginning of a line that may become a message. */
  #pending: Buffer[] = [];
  #length = 0;
  /** The line that goes on is output, or is too long. */
  #isSkipping = false;

  constructor(listener: MessageListener, isChannel: boolean) {
    this.#listener = listener;
    this.#isChannel = isChannel;
  }

  push(chunk: Buffer): void {
    let start = 0;
    /** Where the output begins that has not been passed on. */
    let from = 0;
    while (start < chunk.length) {
      if (this.#length === 0 && (this.#isSkipping || !(this.#isChannel || chunk[start] === BRACE))) {
        start = this.#nextLine(chunk, start);
        continue;
      }
      const found = chunk.indexOf(NEWLINE, start);
      const end = found === -1 ? chunk.length : found + 1;
      this.#output(chunk.subarray(from, start));
      this.#take(chunk.subarray(start, end), found !== -1);
      from = start = end;
    }
    this.#output(chunk.subarray(from));
  }

  /** Where the next line begins that may be a message: searched at once, because a flood of short lines must not hold the worker. */
  #nextLine(chunk: Buffer, start: number): number {
    const found = this.#isChannel ? chunk.indexOf(NEWLINE, start) : chunk.indexOf(MESSAGE_BEGINS, start);
    this.#isSkipping = found === -1 && chunk.at(-1) !== NEWLINE;
    return found === -1 ? chunk.length : found + 1;
  }

  /** Nothing more comes: a line without an end is one, too. */
  end(): void {
    if (this.#length > 0) this.#line(this.#takePending());
    this.#isSkipping = false;
  }

  #take(piece: Buffer, isWhole: boolean): void {
    if (this.#length + piece.length > MAX_MESSAGE_BYTES) {
      const beginning = this.#takePending();
      const task = answeredIn(Buffer.concat([beginning.subarray(0, HEAD_BYTES), piece.subarray(0, HEAD_BYTES)]));
      this.#output(beginning);
      this.#output(piece);
      this.#listener.problem(
        `a line of more than ${MAX_MESSAGE_BYTES} bytes is no message: give large results as files`,
        task,
      );
      this.#isSkipping = !isWhole;
      return;
    }
    if (isWhole && this.#length === 0) {
      this.#line(piece);
      return;
    }
    // Copied, because a view would keep the whole chunk alive.
    this.#pending.push(Buffer.from(piece));
    this.#length += piece.length;
    if (this.#pending.length > 64) this.#pending = [Buffer.concat(this.#pending)];
    if (isWhole) this.#line(this.#takePending());
  }

  #takePending(): Buffer {
    const line = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#length = 0;
    return line;
  }

  #line(line: Buffer): void {
    const value = parsed(line);
    const type = typeOf(value);
    if (type === null || !TYPES.has(type)) {
      if (!this.#isChannel) this.#output(line);
      else if (!isOwnOfNode(value) && line.toString("utf8").trim() !== "")
        this.#listener.problem(`what it sent is no message: ${excerpt(line)}`, null);
      return;
    }
    const read = understood(value);
    if (read.success) this.#listener.message(read.data);
    else {
      const [issue] = read.error.issues;
      const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
      const isAnswer = type === "result" || type === "error";
      const task = isAnswer ? taskOf(value) : null;
      this.#listener.problem(`a wrong message of type ${type}${where}: ${issue?.message ?? "not understood"}`, task);
    }
  }

  #output(bytes: Buffer): void {
    if (bytes.length > 0) this.#listener.output(bytes);
  }
}

/** A cost that is written wrongly must not take the rest of its message with it: it arrives as an amount that is none. */
function understood(value: unknown): ReturnType<typeof FromAgent.safeParse> {
  const read = FromAgent.safeParse(value);
  if (read.success || typeof value !== "object" || value === null || !("cost" in value)) return read;
  const again = FromAgent.safeParse({ ...value, cost: { amount: value.cost } });
  return again.success ? again : read;
}

/** Undefined for what is no JSON or nested too deep. */
function parsed(line: Buffer): unknown {
  if (isTooDeep(line)) return undefined;
  return parsedJson(line.toString("utf8"));
}

function typeOf(value: unknown): string | null {
  if (typeof value !== "object" || value === null || !("type" in value)) return null;
  return typeof value.type === "string" ? value.type : null;
}

function taskOf(value: unknown): string | null {
  if (typeof value !== "object" || value === null || !("task" in value)) return null;
  return typeof value.task === "string" ? value.task : null;
}

/** The task that a line too long to be read answers, if its beginning says so: nobody has to wait for another answer. */
function answeredIn(line: Buffer): string | null {
  const head = line.toString("utf8", 0, HEAD_BYTES);
  if (!/"type"\s{0,9}:\s{0,9}"(?:result|error)"/.test(head)) return null;
  return /"task"\s{0,9}:\s{0,9}"([^"\\]+)"/.exec(head)?.[1] ?? null;
}

/** Node's own words on its channel, such as when a program listens for the first time. */
function isOwnOfNode(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "cmd" in value &&
    typeof value.cmd === "string" &&
    value.cmd.startsWith("NODE_")
  );
}

function excerpt(line: Buffer): string {
  const text = line.toString("utf8", 0, 200).trim();
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
