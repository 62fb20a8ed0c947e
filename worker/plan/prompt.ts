import type { PromptPlan, PromptSituation, PromptStep } from "./prompt-situation.ts";
import {
  contextText,
  doneText,
  filesText,
  findingsText,
  missingText,
  parametersText,
  resultsText,
  rulesText,
  verdictText,
  workplaceText,
  workText,
} from "./prompt-texts.ts";
import { GENERAL_TEMPLATE } from "./roles/general.ts";
import { fillTemplate } from "./roles/template.ts";

const PLAIN: PromptSituation = {
  template: GENERAL_TEMPLATE,
  results: [],
  missing: [],
  findings: null,
  reviewed: null,
  rules: [],
};

/**
 * The text that an agent gets for a step: what to do, what to know, and what done means. Pure; the same plan and situation give the same
 * text. Everything that others have written, in results, findings and rules, is fenced as what it is.
 */
export function agentPrompt(plan: PromptPlan, step: PromptStep, situation: Partial<PromptSituation> = {}): string {
  const { template, results, missing, findings, reviewed, rules } = { ...PLAIN, ...situation };
  return fillTemplate(template, {
    title: step.title,
    origin: `Part of "${plan.title}" (${plan.specPath}${step.section.length > 0 ? `, section ${step.section.join(" / ")}` : ""}).`,
    // Under a heading of its own a task whose title says it all would say nothing.
    instructions: step.parameters.instructions || (template === GENERAL_TEMPLATE ? "" : step.title),
    context: contextText(plan),
    files: filesText(plan, step),
    parameters: parametersText(step),
    workplace: workplaceText(step),
    results: resultsText(results),
    missing: missingText(missing),
    findings: findingsText(findings),
    work: workText(reviewed),
    rules: rulesText(rules),
    verdict: step.reviews === null ? "" : verdictText(),
    done: doneText(step),
  });
}
