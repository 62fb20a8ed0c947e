import type { Socket } from "node:net";
import type { CommandEnd } from "../../../schemas/event.ts";
import type { Start } from "./started-process.ts";

/** One program that a spawner was asked to start: what it said of it, and the connections that came, in whatever order. */
export class SpawnRun {
  readonly #answer = Promise.withResolvers<Start | null>();
  readonly #ended = Promise.withResolvers<CommandEnd | null>();
  /** By the number of the standard stream; false where none will come. */
  readonly #sockets: (Socket | null | false)[];
  #process: { readonly pid: number; readonly start: number | null } | null = null;
  #isAnswered = false;
  #hasEnded = false;

  constructor(hasInput: boolean) {
    this.#sockets = [hasInput ? null : false, null, null];
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
    return this.#isAnswered && (this.#process === null || this.#hasEnded);
  }

  connected(stream: number, socket: Socket): void {
    if (this.#isAnswered || this.#sockets[stream] !== null) {
      socket.destroy();
      return;
    }
    this.#sockets[stream] = socket;
    this.#answerStarted();
  }

  started(pid: number, start: number | null): void {
    this.#process = { pid, start };
    this.#answerStarted();
  }

  notStarted(error: Error | null): void {
    this.#settle(error && { kind: "failed", error });
    this.#close();
  }

  ended(end: CommandEnd): void {
    this.#hasEnded = true;
    this.#ended.resolve(end);
  }

  /** Who could say more of it is gone. */
  lost(): void {
    this.#ended.resolve(null);
    if (this.#isAnswered) return;
    this.#settle({ kind: "lost" });
    this.#close();
  }

  #answerStarted(): void {
    const [stdin = false, stdout = null, stderr = null] = this.#sockets;
    if (!this.#process || this.#isAnswered || stdin === null || !stdout || !stderr) return;
    const { pid, start } = this.#process;
    const ended = this.#ended.promise;
    const process = { pid, start, stdin: stdin === false ? null : stdin, stdout, stderr, socket: null, ended };
    this.#settle({ kind: "started", process });
  }

  #settle(answer: Start | null): void {
    this.#isAnswered = true;
    this.#answer.resolve(answer);
  }

  #close(): void {
    for (const socket of this.#sockets) if (socket) socket.destroy();
  }
}
