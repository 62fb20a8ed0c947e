import { z } from "zod";

/**
 * How a client finds the worker of a folder: `worker.json` in the person's state folder (design, section 5).
 * It holds the token, so the file is the person's alone (0600 in 0700).
 */
export const WorkerRecord = z.object({
  pid: z.int().min(1),
  /** Tells a reused pid from the worker: the kernel's start time of the process, null where there is none to read. */
  processStart: z.string().nullable(),
  port: z.int().min(1).max(65_535),
  /** 256 random bits in base64url. */
  token: z.string().min(43).max(100),
  protocol: z.int(),
  version: z.string(),
  /** The real path of the workspace folder. */
  folder: z.string(),
  /** The fencing number of the owner lock. */
  epoch: z.int().min(0),
  startedAt: z.iso.datetime(),
});
export type WorkerRecord = z.infer<typeof WorkerRecord>;
