import { z } from "zod";
import { Milliseconds } from "./duration.ts";

/**
 * How an agent is (catalogue D5). `unknown`: nothing of it runs and nobody has asked it. `starting`: it has not said that it is ready.
 * `unhealthy`: its heartbeat or its health check is missing. `failed`: it was restarted as often as it may be and is given up.
 */
export const HealthState = z.enum(["unknown", "starting", "healthy", "unhealthy", "failed"]);
export type HealthState = z.infer<typeof HealthState>;

export const AgentHealth = z.object({
  state: HealthState,
  /** Why it is not healthy, for people; null: nothing to say. */
  detail: z.string().nullable(),
  /** Of its last sign of life. */
  lastSeen: z.iso.datetime().nullable(),
  /** Restarts since the worker began. */
  restarts: z.int().min(0),
  /** Processes of it that run now. */
  processes: z.array(
    z.object({
      pid: z.int(),
      state: HealthState,
      startedAt: z.iso.datetime(),
      lastBeat: z.iso.datetime().nullable(),
      /** Attempts that it works on. */
      load: z.int().min(0),
    }),
  ),
});
export type AgentHealth = z.infer<typeof AgentHealth>;

/** Of an agent of which nothing is known. */
export const UNKNOWN_HEALTH: AgentHealth = {
  state: "unknown",
  detail: null,
  lastSeen: null,
  restarts: 0,
  processes: [],
};

/** All agents together. */
export const AggregatedHealth = z.object({
  healthy: z.int().min(0),
  unhealthy: z.int().min(0),
  total: z.int().min(0),
});
export type AggregatedHealth = z.infer<typeof AggregatedHealth>;

/** What happens to agents and to what runs them, in the order of `seq` since the worker began. */
export const LifecycleEvent = z.object({
  seq: z.int().min(1),
  at: z.iso.datetime(),
  type: z.enum([
    "orchestrator:started",
    "orchestrator:stopped",
    "agent:started",
    "agent:stopped",
    "agent:error",
    "agent:unhealthy",
    "agent:recovered",
    "agent:restart_failed",
  ]),
  /** Null for the orchestrator. */
  agent: z.string().nullable(),
  pid: z.int().nullable(),
  detail: z.string(),
});
export type LifecycleEvent = z.infer<typeof LifecycleEvent>;

/** How a process agent is watched and kept alive (catalogue C7, C8); in milliseconds. */
export const Supervision = z.strictObject({
  /** How often it must beat; it is told so when it starts. */
  heartbeat: Milliseconds.min(100).default(10_000),
  /** Silence after which it is unhealthy. */
  timeout: Milliseconds.min(200).default(30_000),
  /** Time to start up, in which silence is no fault. */
  grace: Milliseconds.default(30_000),
  /** Restarts within `window`; one more and it is given up. */
  maxRestarts: z.int().min(0).max(100).default(3),
  window: Milliseconds.min(1_000).default(300_000),
  /** Between the starts of two process agents. */
  stagger: Milliseconds.default(2_000),
  /** Between being asked to stop and being killed. */
  stopGrace: Milliseconds.max(60_000).default(5_000),
});
export type Supervision = z.infer<typeof Supervision>;
