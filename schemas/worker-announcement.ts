import { z } from "zod";
import { Failure } from "./failure.ts";

/** The one line that a starting worker writes to the pipe of the client that started it. */
export const WorkerAnnouncement = z.discriminatedUnion("kind", [
  /** It serves, and its record is written. */
  z.object({ kind: z.literal("ready"), port: z.int().min(1), epoch: z.int().min(0) }),
  /** Another worker owns the folder; this one leaves. `pid` is the owner's, null when the owner did not say. */
  z.object({ kind: z.literal("owned"), pid: z.int().nullable() }),
  z.object({ kind: z.literal("failed"), failure: Failure }),
]);
export type WorkerAnnouncement = z.infer<typeof WorkerAnnouncement>;
