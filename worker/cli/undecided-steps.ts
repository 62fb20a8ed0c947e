import type { Plan, StepModification } from "../../schemas/plan.ts";
import { throwFailure } from "../../schemas/failure.ts";

/** Stands for all steps that have no agent. */
const ALL = "*";

/**
 * The changes with `*` written out: one for each step that has no agent under the other changes. `plan` makes the plan with those, and
 * keeps nothing.
 */
export async function writtenOut(
  modifications: readonly StepModification[],
  plan: (modifications: StepModification[]) => Promise<Plan>,
): Promise<StepModification[]> {
  const forAll = modifications.filter(({ stepId }) => stepId === ALL);
  const others = modifications.filter(({ stepId }) => stepId !== ALL);
  if (forAll.length === 0) return others;
  if (!forAll.some(({ agent, skip, simulate }) => agent !== undefined || skip === true || simulate === true)) {
    throwFailure("bad_request", "* means the steps without an agent: give them one, simulate them or skip them, too");
  }
  const { steps } = await plan(others);
  const undecided = steps.filter(({ decision }) => decision === "undecided");
  return [...undecided.flatMap(({ id }) => forAll.map((change) => ({ ...change, stepId: id }))), ...others];
}
