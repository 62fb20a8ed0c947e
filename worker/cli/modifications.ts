import { parseDuration } from "../../schemas/duration.ts";
import { throwFailure } from "../../schemas/failure.ts";
import type { StepModification } from "../../schemas/plan.ts";

/** What `--set`, `--skip`, `--simulate` and `--comment` collected. */
export interface StepOptions {
  readonly set: readonly string[];
  readonly skip: readonly string[];
  readonly simulate: readonly string[];
  readonly comment: readonly string[];
}

/**
 * One modification a step (catalogue B2), and one more for each further comment. `--set STEP.agent=X`, `.timeout=5m|none`,
 * `.retries=2`, `.locks=a,b|none`, `.parameters.NAME=VALUE`; `--comment STEP=TEXT`.
 */
export function modificationsOf(options: StepOptions): StepModification[] {
  const byStep = new Map<string, StepModification>();
  const of = (stepId: string): StepModification => {
    const present = byStep.get(stepId) ?? { stepId };
    byStep.set(stepId, present);
    return present;
  };
  for (const text of options.set) applySetting(text, of);
  for (const stepId of options.skip) of(stepId).skip = true;
  for (const stepId of options.simulate) of(stepId).simulate = true;
  return [...byStep.values(), ...options.comment.map(commentOf)];
}

function commentOf(text: string): StepModification {
  const [, stepId = "", comment = ""] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (comment.trim() === "" || comment.length > 10_000) {
    throwFailure("bad_request", `--comment ${text}: expected STEP=TEXT, with at most 10000 characters`);
  }
  return { stepId, comment };
}

function applySetting(text: string, of: (stepId: string) => StepModification): void {
  const match = /^(.+?)\.(agent|timeout|retries|locks|parameters\.[A-Za-z_][\w-]*)=(.*)$/s.exec(text);
  if (!match) {
    throwFailure(
      "bad_request",
      `--set ${text}: expected STEP.agent=NAME, STEP.timeout=5m, STEP.retries=2, STEP.locks=a,b or STEP.parameters.NAME=VALUE`,
    );
  }
  const [, stepId = "", key = "", value = ""] = match;
  const step = of(stepId);
  if (key === "agent") step.agent = value;
  else if (key === "timeout") step.timeout = value === "none" ? "none" : milliseconds(text, value);
  else if (key === "retries") step.retries = wholeNumber(text, value);
  else if (key === "locks") step.locks = lockNames(text, value);
  else step.parameters = { ...step.parameters, [key.slice("parameters.".length)]: value };
}

function lockNames(text: string, value: string): string[] {
  if (value.trim() === "none") return [];
  const names = value.split(",").map((name) => name.trim());
  if (names.some((name) => name === "" || name === "none")) {
    throwFailure("bad_request", `--set ${text}: locks are names separated by commas, or none`);
  }
  return names;
}

function milliseconds(text: string, value: string): number {
  return (
    parseDuration(value) ??
    throwFailure("bad_request", `--set ${text}: a timeout is a duration such as 90s, 5m or 1h30m, or none`)
  );
}

function wholeNumber(text: string, value: string): number {
  const retries = Number(value);
  if (value.trim() === "" || !Number.isInteger(retries) || retries < 0 || retries > 100) {
    throwFailure("bad_request", `--set ${text}: retries is a whole number from 0 to 100`);
  }
  return retries;
}
