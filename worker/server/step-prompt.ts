import type { Plan, PlanStep } from "../../schemas/plan.ts";
import { agentPrompt } from "../plan/prompt.ts";
import type { EarlierResult, ReviewedWork } from "../plan/prompt-situation.ts";
import { FIXED_BY } from "../plan/roles/built-in.ts";
import { GENERAL_TEMPLATE } from "../plan/roles/general.ts";
import type { RoleTemplate } from "../plan/roles/role.ts";
import { readRules } from "./workspace-rules.ts";

export interface PromptRequest {
  readonly plan: Plan;
  readonly step: PlanStep;
  /** As they were approved, by role. */
  readonly templates: ReadonlyMap<string, RoleTemplate>;
  /** Where the step works: its rules are those of that state of the repository. */
  readonly folder: string;
  readonly results: readonly EarlierResult[];
  readonly missing: readonly string[];
  readonly findings: string | null;
  readonly reviewed: ReviewedWork | null;
}

/** What the agent of a step is told, at the beginning of an attempt. Does not reject. */
export async function stepPrompt({ plan, step, templates, folder, ...situation }: PromptRequest): Promise<string> {
  const { cwd, command } = step.parameters;
  // What runs a command of its own is not told anything.
  const rules = step.role === null && command !== null ? [] : await readRules(folder, { cwd, files: step.files });
  const template = templateOf(step, situation.findings, templates);
  const { results, reviewed } = situation;
  // What a review looks at is told in full already.
  const others = reviewed === null ? results : results.filter(({ stepId }) => stepId !== reviewed.stepId);
  return agentPrompt(plan, step, { ...situation, results: others, rules, template });
}

/** What is sent back to a coder is for the one who puts right what was found. */
function templateOf({ role }: PlanStep, findings: string | null, templates: PromptRequest["templates"]): string {
  if (role === null) return GENERAL_TEMPLATE;
  const fixer = findings === null ? undefined : FIXED_BY.get(role);
  const template = (fixer === undefined ? undefined : templates.get(fixer)) ?? templates.get(role);
  return template?.text ?? GENERAL_TEMPLATE;
}
