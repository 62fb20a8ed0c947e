import type { Socket } from "node:net";
import { LateOutput } from "./late-output.ts";
import type { ProcessExit, Start } from "./started-process.ts";

const LATEST_LOOKS = 2;

/** One program that a spawner was asked to start: what it said of it, and the connections that came, in whatever order. */
export class SpawnRun {
  readonly #answer = Promise.withResolvers<Start | null>();
  readonly #ended = Promise.withResolvers<ProcessExit | null>();
  readonly #outputs = [new LateOutput(), new LateOutput()] as const;
  /** False where none will come. */
  #input: Socket | null | false;
  #process: { readonly pid: number; readonly start: number | null } | null = null;
  #isAnswered = false;
  #exit: ProcessExit | null = null;
  #looks = 0;

  constructor(hasInput: boolean) {
    this.#input = hasInput ? null : false;
  }

  /** Null: nothing was started. */
  get answer(): Promise<Start | null> {
    return this.#answer.promise;
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Nothing more is to come. */
  get isOver(): boolean {
    return this.#isAnswered && (this.#process === null || (this.#exit !== null && this.#isSettled));
  }

  connected(stream: number, socket: Socket): void {
    const output = this.#outputs[stream - 1];
    if (output) output.connect(socket);
    else if (this.#isAnswered || this.#input !== null) socket.destroy();
    else this.#input = socket;
    this.#look();
  }

  started(pid: number, start: number | null): void {
    this.#process = { pid, start };
    this.#look();
  }

  failed(error: Error): void {
    this.#settle({ kind: "failed", error });
    this.#close();
  }

  /** `silent`: the standard streams of which no connection comes. */
  ended(exit: ProcessExit, silent: readonly number[]): void {
    this.#exit = exit;
    for (const stream of silent) this.#outputs[stream - 1]?.finish();
    this.#look();
  }

  /** Somebody looks now and then. A connection that has not come some looks after the end does not come any more. */
  looked(): void {
    if (this.#exit && !this.#isSettled) this.#looks += 1;
    if (this.#looks > LATEST_LOOKS) this.#finish();
    this.#look();
  }

  /** Who could say more of it is gone. */
  lost(): void {
    this.#finish();
    this.#ended.resolve(this.#exit);
    if (this.#isAnswered) return;
    this.#settle({ kind: "lost" });
    this.#close();
  }

  #finish(): void {
    for (const output of this.#outputs) if (!output.isSettled) output.finish();
  }

  get #isSettled(): boolean {
    return this.#outputs.every(({ isSettled }) => isSettled);
  }

  /** Its end is told when its last words are on their way: whoever hears of it waits for them only a moment. */
  #look(): void {
    if (this.#process && !this.#isAnswered && this.#input !== null) {
      const { pid, start } = this.#process;
      const [stdout, stderr] = this.#outputs;
      const stdin = this.#input === false ? null : this.#input;
      const process = { pid, start, stdin, stdout, stderr, socket: null, ended: this.#ended.promise };
      this.#settle({ kind: "started", process });
    }
    if (this.#exit && this.#isSettled) this.#ended.resolve(this.#exit);
  }

  #settle(answer: Start): void {
    this.#isAnswered = true;
    this.#answer.resolve(answer);
  }

  #close(): void {
    if (this.#input) this.#input.destroy();
    for (const output of this.#outputs) output.destroy();
  }
}
