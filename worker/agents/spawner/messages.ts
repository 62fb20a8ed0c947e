import { z } from "zod";

/**
 * What a worker and its spawner say to one another, over the channel that Node gives to a forked program, several at a time. The
 * spawner reads orders without zod, which would make it large, and large is slow to fork.
 */
export type Order =
  /** The first one. Whoever connects to `path` says `token` first. */
  | { readonly kind: "serve"; readonly path: string; readonly token: string }
  /** `id` is a positive number that none before had. */
  | ({ readonly kind: "start"; readonly id: number } & StartRequest)
  /** Are you there? */
  | { readonly kind: "ping" };

/** A program to be started in a session of its own, with nothing but this environment. */
export interface StartRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether something is written to its standard input, which is empty otherwise. */
  readonly hasInput: boolean;
}

const Id = z.int().positive();

/** What the spawner says, in this order for one id: one of `failed` and `started`; after `started` one `ended`. */
const SpawnerMessage = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready") }),
  z.object({ kind: z.literal("pong") }),
  /** The system does not start it. */
  z.object({ kind: z.literal("failed"), id: Id, code: z.string().nullable(), message: z.string() }),
  /** `start` as in ProcessInfo, taken before anyone could have waited for it. */
  z.object({ kind: z.literal("started"), id: Id, pid: Id, start: z.number().nullable() }),
  z.object({
    kind: z.literal("ended"),
    id: Id,
    exitCode: z.int().nullable(),
    signal: z.string().nullable(),
    isAlone: z.boolean(),
    /** Its standard streams that were closed without a word. Of the others there is a connection, or will be. */
    silent: z.array(z.int()),
  }),
]);
export type SpawnerMessage = z.infer<typeof SpawnerMessage>;

/** What it says together. */
export const SpawnerMessages = z.array(SpawnerMessage);
