import { createInterface } from "node:readline/promises";
import { styleText } from "node:util";
import { throwFailure } from "../../schemas/failure.ts";

type Format = Parameters<typeof styleText>[0];

/** The two streams of a command and what they can show. Everything that the command line prints goes through here. */
export class Terminal {
  readonly #output: NodeJS.WriteStream;
  readonly #errors: NodeJS.WriteStream;
  readonly #input: NodeJS.ReadStream;
  #isRead = false;
  #lost: string | null = null;

  constructor(output: NodeJS.WriteStream, errors: NodeJS.WriteStream, input: NodeJS.ReadStream) {
    this.#output = output;
    this.#errors = errors;
    this.#input = input;
    // A reader that goes away (`planwright logs | head`) is no error of ours.
    output.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") this.#lost ??= error.code ?? error.message;
    });
    errors.on("error", () => undefined);
  }

  /** Why not all of the output has reached the file that it goes to; null: all of it has, or nobody reads it any more. */
  get lost(): string | null {
    return this.#lost;
  }

  get stream(): NodeJS.WriteStream {
    return this.#output;
  }

  /** True when a person sees the output as it comes. */
  get isLive(): boolean {
    return this.#output.isTTY;
  }

  /** True when a person can be asked. */
  get canAsk(): boolean {
    return this.#input.isTTY && this.#output.isTTY && !this.#isRead;
  }

  /**
   * The whole standard input, for a command that is given `-`. Nobody can be asked afterwards. Throws FailureError for more than `limit`
   * characters, and for what is no text.
   */
  async readInput(limit: number): Promise<string> {
    this.#isRead = true;
    if (this.#input.isTTY) this.error("planwright: type what is to be done, and end with Ctrl-D on a line of its own");
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.#input) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      size += bytes.length;
      // A character has four bytes at most.
      if (size > limit * 4) break;
      chunks.push(bytes);
    }
    if (size > limit * 4) {
      throwFailure("bad_spec", "the standard input is too long for a spec: write it into a file and name that");
    }
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
    } catch {
      throwFailure("bad_spec", "the standard input is not in UTF-8: a spec is a text in UTF-8");
    }
  }

  get columns(): number {
    return this.#output.isTTY ? Math.max(40, this.#output.columns) : 100;
  }

  print(text: string): void {
    this.#output.write(text.endsWith("\n") ? text : `${text}\n`);
  }

  json(value: unknown): void {
    this.#output.write(`${JSON.stringify(value)}\n`);
  }

  error(text: string): void {
    this.#errors.write(`${text}\n`);
  }

  /** Colours are left out where the stream, `NO_COLOR` or `TERM=dumb` says so. */
  style(format: Format, text: string): string {
    return styleText(format, text, { stream: this.#output });
  }

  /** Asks a yes-or-no question; anything but yes is no, also Ctrl-C and the end of the input. */
  async confirm(question: string): Promise<boolean> {
    return /^y(es)?$/i.test((await this.ask(`${question} [y/N] `)) ?? "");
  }

  /** Asks for a line of text. Null: Ctrl-C or the end of the input. */
  async ask(question: string): Promise<string | null> {
    const lines = createInterface({ input: this.#input, output: this.#output });
    const closed = new Promise<null>((resolve) => void lines.once("close", () => resolve(null)));
    try {
      const typed = await Promise.race([lines.question(question), closed]);
      if (typed === null) this.print("");
      return typed?.trim() ?? null;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "AbortError") throw error;
      this.print("");
      return null;
    } finally {
      lines.close();
    }
  }

  /** Asks for one of several words; beginnings will do. Null: Ctrl-C, the end of the input, or `signal`. */
  async choose<Choice extends string>(
    question: string,
    choices: readonly Choice[],
    signal: AbortSignal,
  ): Promise<Choice | null> {
    const lines = createInterface({ input: this.#input, output: this.#output });
    const closed = new Promise<null>((resolve) => void lines.once("close", () => resolve(null)));
    const short = choices.map((choice) => shortest(choice, choices)).join("/");
    try {
      for (;;) {
        const typed = await Promise.race([lines.question(`${question} [${short}] `, { signal }), closed]);
        if (typed === null) return null;
        const word = typed.trim().toLowerCase();
        const [choice, another] = word === "" ? [] : choices.filter((one) => one.startsWith(word));
        if (choice !== undefined && another === undefined) return choice;
        this.print(`Please type one of ${choices.join(", ")}.`);
      }
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "AbortError") throw error;
      this.print("");
      return null;
    } finally {
      lines.close();
    }
  }
}

/** The shortest beginning of a word that no other one has. */
function shortest(word: string, words: readonly string[]): string {
  for (let length = 1; length < word.length; length += 1) {
    const beginning = word.slice(0, length);
    if (words.filter((one) => one.startsWith(beginning)).length === 1) return beginning;
  }
  return word;
}

/** Resolves when everything that was written has left the process, and what went wrong with it is known. */
export async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength > 0) {
    await new Promise<void>((resolve) => {
      stream.write("", () => resolve());
    });
  }
  // Errors are told a moment after the write.
  await new Promise<void>((resolve) => setImmediate(resolve));
}
