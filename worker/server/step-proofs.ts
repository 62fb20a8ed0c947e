import type { Artifact, AttemptResult, EventOf, ExecutionEvent, StepProof } from "../../schemas/event.ts";
import type { Completion } from "./box-ticker.ts";

/** What shows that steps are done, from the events of their attempts. */
export class Proofs {
  readonly #last = new Map<string, EventOf<"attempt.finished">>();

  take(event: ExecutionEvent): void {
    if (event.type === "attempt.finished") this.#last.set(event.stepId, event);
  }

  /** Of a step that has just completed. What it leaves behind is forgotten with it. */
  of({ stepId, at }: EventOf<"step.finished">): Completion {
    const last = this.#last.get(stepId);
    this.#last.delete(stepId);
    return { attempt: last?.attempt ?? 1, at, proof: proofOf(last?.result ?? null, last?.artifacts ?? []) };
  }
}

export function proofOf(result: AttemptResult | null, artifacts: readonly Artifact[]): StepProof {
  const check = result?.check ?? null;
  return {
    exitCode: result?.end?.exitCode ?? null,
    check: check?.end.exitCode === 0 ? check.command : null,
    outputs: artifacts.map(({ path }) => path),
  };
}
