import type { Socket } from "node:net";
import { Readable } from "node:stream";

/** What a program prints. It comes over a connection that is there only when the program has something to say. */
export class LateOutput extends Readable {
  #connection: Socket | null = null;
  #hasEnded = false;

  /** Whether it is known where it comes from, or that nothing comes. */
  get isSettled(): boolean {
    return this.#connection !== null || this.#hasEnded;
  }

  /** It comes from here. Of a stream that is settled, closes the connection. */
  connect(connection: Socket): void {
    if (this.isSettled || this.destroyed) {
      connection.destroy();
      return;
    }
    this.#connection = connection;
    connection.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) connection.pause();
    });
    connection.once("end", () => this.finish());
    connection.once("close", () => this.finish());
  }

  /** Nothing more comes. */
  finish(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.push(null);
  }

  override _read(): void {
    this.#connection?.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#hasEnded = true;
    this.#connection?.destroy();
    done(error);
  }
}
