import { createInterface } from "node:readline/promises";
import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** The two streams of a command and what they can show. Everything that the command line prints goes through here. */
export class Terminal {
  readonly #output: NodeJS.WriteStream;
  readonly #errors: NodeJS.WriteStream;
  readonly #input: NodeJS.ReadStream;

  constructor(output: NodeJS.WriteStream, errors: NodeJS.WriteStream, input: NodeJS.ReadStream) {
    this.#output = output;
    this.#errors = errors;
    this.#input = input;
    // A reader that goes away (`planwright logs | head`) is no error of ours.
    for (const stream of [output, errors]) stream.on("error", () => undefined);
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
    return this.#input.isTTY && this.#output.isTTY;
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
    const lines = createInterface({ input: this.#input, output: this.#output });
    try {
      return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "AbortError") throw error;
      this.print("");
      return false;
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

/** Resolves when everything that was written has left the process. */
export async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    stream.write("", () => resolve());
  });
}
