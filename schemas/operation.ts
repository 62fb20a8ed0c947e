import type { z } from "zod";

/** Who may call: a person's client, an agent with a token of its own, or both (semantics, Worker). */
export type Audience = "person" | "agent";

/** One operation of the product. The table of all of them is `operations/table.ts`; transports are derived from it. */
export interface Operation<Params extends z.ZodType = z.ZodType, Result extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly summary: string;
  readonly params: Params;
  readonly result: Result;
  /** A `change` carries a `commandId` in its params: sending it twice is harmless. */
  readonly effect: "read" | "change";
  readonly audience: readonly Audience[];
  readonly http: { readonly method: "GET" | "POST"; readonly path: string };
}

export function operation<Params extends z.ZodType, Result extends z.ZodType>(
  entry: Operation<Params, Result>,
): Operation<Params, Result> {
  return entry;
}
