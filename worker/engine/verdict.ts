import { failure, type Failure } from "../../schemas/failure.ts";
import type { ExecutionState } from "./state.ts";
import { stopOf } from "./stop-reason.ts";

/**
 * How the execution ends. The budget is named before other failures: the person has to do something else about it, unless it was
 * their decision. A failure that is tolerated does not make the whole fail.
 */
export function verdict(state: ExecutionState): {
  status: "completed" | "failed" | "cancelled";
  failure: Failure | null;
} {
  if (state.cancel) return { status: "cancelled", failure: stopOf(state)?.why ?? null };
  const failed: { title: string; reason: Failure }[] = [];
  const unpaid: string[] = [];
  const decided: string[] = [];
  for (const { phase, definition } of state.steps) {
    if (phase.kind !== "ended" || phase.failure === null) continue;
    if (phase.failure.code === "budget_exceeded")
      (isDecided(state, phase.failure) ? decided : unpaid).push(definition.title);
    else if (phase.status === "failed" && definition.onFailure !== "tolerate")
      failed.push({ title: definition.title, reason: phase.failure });
  }
  if (unpaid.length > 0) {
    return { status: "failed", failure: failure("budget_exceeded", `the budget's limit stopped ${listed(unpaid)}`) };
  }
  if (decided.length > 0) {
    const why = `${listed(decided)} did not fit the budget and was left out, as decided`;
    return { status: "failed", failure: failure("cancelled", why) };
  }
  const [first] = failed;
  if (first) {
    const names = listed(failed.map(({ title }) => title));
    return { status: "failed", failure: { ...first.reason, message: `${names} failed: ${first.reason.message}` } };
  }
  const stop = stopOf(state);
  return stop ? { status: "failed", failure: stop.why } : { status: "completed", failure: null };
}

/** The reason of a step that a person has left out because it did not fit a limit. */
export function leftOutBy(by: string, why: string): Failure {
  return failure("budget_exceeded", why, { details: { leftOutBy: by } });
}

/** Where nothing is enforced, only people leave out what does not fit; earlier journals do not say so of each step. */
function isDecided({ limits }: ExecutionState, { details }: Failure): boolean {
  return details?.["leftOutBy"] !== undefined || !limits.some(({ mode }) => mode === "enforce");
}

function listed(titles: readonly string[]): string {
  const shown = titles
    .slice(0, 3)
    .map((title) => `"${title}"`)
    .join(", ");
  return titles.length > 3 ? `${shown} and ${titles.length - 3} more` : shown;
}
