import { StepModification, type PlanStep } from "../../schemas/plan.ts";

/** A part of a step that a person can change, and take back. `choice`: who runs it, or that it is simulated or skipped. */
export type DraftField = "choice" | "timeout" | "retries" | "locks" | "comment" | ParameterField;
type ParameterField = `parameters.${string}`;

type Draft = readonly StepModification[];

const CHOICE_KEYS: ReadonlySet<string> = new Set(["agent", "skip", "simulate"]);

/** What is changed of a step in the draft; null when nothing is. */
export function changeOf(draft: Draft, stepId: string): StepModification | null {
  return draft.find((change) => change.stepId === stepId) ?? null;
}

/** The draft with a change on top; parameters join those that are changed already. Skipping, simulating and an agent exclude one another. */
export function withChange(draft: Draft, change: StepModification): StepModification[] {
  const before = changeOf(draft, change.stepId);
  const isChoice = Object.keys(change).some((key) => CHOICE_KEYS.has(key));
  const kept = before === null ? {} : isChoice ? without(before, (key) => CHOICE_KEYS.has(key)) : before;
  const parameters = { ...before?.parameters, ...change.parameters };
  const merged = { ...kept, ...change, ...(Object.keys(parameters).length > 0 ? { parameters } : {}) };
  return [...draft.filter(({ stepId }) => stepId !== change.stepId), merged];
}

/** The draft as it was before a field was changed. */
export function withoutField(draft: Draft, stepId: string, field: DraftField): StepModification[] {
  const before = changeOf(draft, stepId);
  if (before === null) return [...draft];
  const after = withoutFieldOf(before, field);
  const others = draft.filter((change) => change.stepId !== stepId);
  return Object.keys(after).length > 1 ? [...others, after] : others;
}

export function withoutStep(draft: Draft, stepId: string): StepModification[] {
  return draft.filter((change) => change.stepId !== stepId);
}

/** What is changed of a step, in the order in which it is shown. */
export function changedFields(change: StepModification | null): DraftField[] {
  if (change === null) return [];
  const fields: DraftField[] = [];
  if (change.agent !== undefined || change.skip !== undefined || change.simulate !== undefined) fields.push("choice");
  if (change.timeout !== undefined) fields.push("timeout");
  if (change.retries !== undefined) fields.push("retries");
  if (change.locks !== undefined) fields.push("locks");
  for (const key of Object.keys(change.parameters ?? {})) fields.push(`parameters.${key}`);
  if (change.comment !== undefined) fields.push("comment");
  return fields;
}

/** How many fields the draft changes, over all steps. */
export function countChanges(draft: Draft): number {
  return draft.reduce((sum, change) => sum + changedFields(change).length, 0);
}

/** The draft for another plan: what it changes of steps that are no longer there is left out, and told. */
export function fitDraft(
  changes: Draft,
  steps: readonly Pick<PlanStep, "id">[],
): { fitting: StepModification[]; leftOut: string[] } {
  const known = new Set(steps.map(({ id }) => id));
  return {
    fitting: changes.filter(({ stepId }) => known.has(stepId)),
    leftOut: [...new Set(changes.filter(({ stepId }) => !known.has(stepId)).map(({ stepId }) => stepId))],
  };
}

function withoutFieldOf(change: StepModification, field: DraftField): StepModification {
  if (field === "choice") return without(change, (key) => CHOICE_KEYS.has(key));
  if (!isParameter(field)) return without(change, (key) => key === field);
  const name = field.slice("parameters.".length);
  const parameters = Object.fromEntries(Object.entries(change.parameters ?? {}).filter(([key]) => key !== name));
  const rest = without(change, (key) => key === "parameters");
  return Object.keys(parameters).length > 0 ? { ...rest, parameters } : rest;
}

function isParameter(field: DraftField): field is ParameterField {
  return field.startsWith("parameters.");
}

function without(change: StepModification, leaves: (key: string) => boolean): StepModification {
  return StepModification.parse(Object.fromEntries(Object.entries(change).filter(([key]) => !leaves(key))));
}
