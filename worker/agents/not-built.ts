import { failure } from "../../schemas/failure.ts";
import type { Adapter } from "./adapter.ts";

/** In the place of an adapter that is being written. */
export function notBuilt(kind: string): Adapter {
  const reason = failure("agent_unavailable", `agents of the kind ${kind} cannot be used yet`);
  const end = { outcome: "failed" as const, failure: reason, end: null, costs: [] };
  return { start: () => ({ result: Promise.resolve(end), stop: () => undefined }) };
}
