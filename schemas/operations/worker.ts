import { z } from "zod";
import { Milliseconds } from "../duration.ts";
import { operation } from "../operation.ts";

/** Raised when an old client could misunderstand a new worker. Hello, status, cancel and drain never change shape (semantics, Worker). */
export const PROTOCOL_VERSION = 2;

export const workerHello = operation({
  name: "worker.hello",
  summary: "First call of every client: who are you, who am I.",
  params: z.object({ protocol: z.int(), client: z.string(), version: z.string() }),
  result: z.object({ protocol: z.int(), version: z.string(), pid: z.int(), folder: z.string(), epoch: z.int() }),
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "POST", path: "/api/v1/hello" },
});

export const workerStatus = operation({
  name: "worker.status",
  summary: "What the worker is doing.",
  params: z.object({}),
  result: z.object({
    version: z.string(),
    pid: z.int(),
    folder: z.string(),
    uptime: Milliseconds,
    clients: z.int(),
    running: z.array(z.string()),
    draining: z.boolean(),
  }),
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/status" },
});

export const workerDrain = operation({
  name: "worker.drain",
  summary: "Take no new work, let running attempts finish, then leave.",
  params: z.object({}),
  result: z.object({ running: z.int() }),
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/drain" },
});

export const workerDoctor = operation({
  name: "worker.doctor",
  summary: "Check what Planwright needs on this machine and say what is missing.",
  params: z.strictObject({}),
  result: z.object({
    /** `info`: something to know, neither good nor bad. */
    checks: z.array(
      z.object({ name: z.string(), status: z.enum(["ok", "info", "warning", "error"]), message: z.string() }),
    ),
  }),
  effect: "read",
  audience: ["person"],
  http: { method: "GET", path: "/api/v1/doctor" },
});
