import { deflateRawSync, inflateRawSync } from "node:zlib";
import { z } from "zod";
import { CostEntry, EnginePlan } from "../../schemas/event.ts";
import { FailureCode } from "../../schemas/failure.ts";

/** An amount as an agent reports it; what JSON cannot hold has a name. */
const Reported = CostEntry.extend({
  amount: z.union([z.number(), z.enum(["nan", "infinite", "-infinite"]), z.null()]),
});
export type Reported = z.infer<typeof Reported>;

/** What an agent does in one attempt. */
export const Deed = z.object({
  /** In ms; null: it hangs. */
  duration: z.number().nullable(),
  outcome: z.enum(["succeeded", "failed", "cancelled"]),
  /** Why it fails; null: it gives no reason. */
  code: FailureCode.nullable(),
  costs: z.array(Reported),
  /** What it says of its costs while it runs, so many ms after its start. `refused`: how many of them are no money at all. */
  reports: z.array(z.object({ after: z.number(), costs: z.array(Reported), refused: z.number() })),
  /** When its quota comes back, in ms after it fails; null: it says nothing of it. */
  retryAfter: z.number().nullable(),
  /** What it asks a person, so many ms after its start; equal numbers mean the same deed. */
  asks: z.array(z.object({ after: z.number(), subject: z.number() })),
  /** Whether it waits for the answers. */
  waits: z.boolean(),
  /** What it finds, where its step is a review; null: it says nothing of it. */
  verdict: z.enum(["approved", "changes_requested"]).nullable(),
  /** How long it takes to end after being asked to. */
  stopsIn: z.number(),
  whenStopped: z.enum(["succeeded", "failed", "cancelled"]),
  /** Its answer comes a second time, so many ms later; null: once. */
  again: z.number().nullable(),
});
export type Deed = z.infer<typeof Deed>;

/** Something that people or the machine do at a moment of the world's clock. `step` counts in plan order, around the end. */
export const Happening = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("pause"), at: z.number(), forMs: z.number() }),
  z.object({ kind: z.literal("resume"), at: z.number() }),
  z.object({ kind: z.literal("cancel"), at: z.number(), force: z.boolean(), againAfter: z.number() }),
  z.object({ kind: z.literal("kill"), at: z.number(), step: z.number() }),
  z.object({ kind: z.literal("retry"), at: z.number(), step: z.number().nullable() }),
  z.object({ kind: z.literal("rerun"), at: z.number(), step: z.number(), only: z.boolean() }),
  z.object({ kind: z.literal("revise"), at: z.number(), plan: EnginePlan, stale: z.array(z.string()) }),
  /** The machine slept: everything that was due meanwhile is due at once. */
  z.object({ kind: z.literal("jump"), at: z.number(), by: z.number() }),
  /** Somebody sets the clock on the wall. */
  z.object({ kind: z.literal("wall"), at: z.number(), by: z.number() }),
  /** An answer of an attempt that may never have been. */
  z.object({ kind: z.literal("stray"), at: z.number(), step: z.number(), attempt: z.number() }),
  /** Commands that name nothing that there is. */
  z.object({ kind: z.literal("nonsense"), at: z.number() }),
]);
export type Happening = z.infer<typeof Happening>;

/** The worker dies right after it has recorded its n-th event, counting also what was lost. */
export const Crash = z.object({
  event: z.number(),
  /** Share of the events not yet acknowledged that had become durable. */
  survives: z.number(),
  downtime: z.number(),
  /** The answers of the attempts that ran come so late, to the next worker; null: never. */
  late: z.number().nullable(),
});
export type Crash = z.infer<typeof Crash>;

/** How people answer decisions, in turn. */
export const Reply = z.object({
  /** Null: nobody answers what an agent asks; other questions are answered at once. */
  after: z.number().nullable(),
  choice: z.number(),
  amount: z.number().nullable(),
  /** A second person answers, too, or the first one chooses what is not offered. */
  twice: z.boolean(),
  /** A retry comes with changes of its step. */
  edited: z.boolean(),
});
export type Reply = z.infer<typeof Reply>;

/**
 * What other executions of the folder hold for a while. `spent`: what they have spent of a limit, until that falls out of its window;
 * `reserved` and `allowed` likewise. `name` is that of the agent or the lock, or the key of the limit.
 */
export const Holding = z.object({
  of: z.enum(["agent", "lock", "spent", "reserved", "allowed"]),
  name: z.string(),
  count: z.number(),
  from: z.number(),
  to: z.number(),
});
export type Holding = z.infer<typeof Holding>;

/** Everything that is to happen to one execution. The engine under test adds only its decisions. */
export const World = z.object({
  seed: z.number(),
  plan: EnginePlan,
  /** By step id; attempt n does the n-th deed, around the end. */
  agents: z.record(z.string(), z.array(Deed)),
  happenings: z.array(Happening),
  crashes: z.array(Crash),
  replies: z.array(Reply),
  others: z.array(Holding),
  /** Time until events are durable, in ms. */
  latency: z.number(),
});
export type World = z.infer<typeof World>;

/** A world as one word that can be pasted behind `--replay`. */
export function encodeWorld(world: World): string {
  return `w${deflateRawSync(JSON.stringify(world)).toString("base64url")}`;
}

export function decodeWorld(word: string): World {
  const text = inflateRawSync(Buffer.from(word.slice(1), "base64url")).toString();
  return World.parse(JSON.parse(text));
}
