import { closeSync, writeSync } from "node:fs";
import type { WorkerAnnouncement } from "../../schemas/worker-announcement.ts";

/** Tells the client that started this worker, once, through the pipe it left open; does nothing without one. */
export class Announcer {
  #descriptor: number | null;

  constructor(descriptor: number | null) {
    this.#descriptor = descriptor;
  }

  announce(announcement: WorkerAnnouncement): void {
    const descriptor = this.#descriptor;
    if (descriptor === null) return;
    this.#descriptor = null;
    try {
      writeSync(descriptor, `${JSON.stringify(announcement)}\n`);
      closeSync(descriptor);
    } catch {
      // The client is gone; the worker is of use to the next one all the same.
    }
  }
}
