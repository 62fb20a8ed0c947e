import type { Plan, PlanStep } from "../../schemas/plan.ts";
import type { Extractor } from "../../schemas/spec.ts";

/** The text that an agent gets for a step: what to do, what to know, and what done means. Pure; the same plan gives the same text. */
export function agentPrompt(
  plan: Pick<Plan, "title" | "context" | "specPath">,
  step: Pick<PlanStep, "title" | "parameters" | "files" | "outputs" | "extract" | "check" | "section">,
): string {
  const { context } = plan;
  const { parameters } = step;
  const parts = [
    `# Task: ${step.title}`,
    `Part of "${plan.title}" (${plan.specPath}${step.section.length > 0 ? `, section ${step.section.join(" / ")}` : ""}).`,
    parameters.instructions,
    section("Context", [
      context.text,
      context.environment === null ? null : `Target environment: ${context.environment}`,
    ]),
    list("Read these files first", context.files),
    list("This task concerns these files", step.files),
    parameters.command === null ? "" : section("The task's command", [commandText(parameters.command)]),
    Object.keys(parameters.extra).length === 0
      ? ""
      : section("Parameters", [JSON.stringify(parameters.extra, null, 2)]),
    doneMeans(step),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function doneMeans(step: Pick<PlanStep, "outputs" | "extract" | "check">): string {
  const conditions = [
    ...step.outputs.map((output) => `- the file ${output} exists`),
    ...step.extract.map((extractor) => `- ${extractorText(extractor)}`),
  ];
  if (step.check !== null) conditions.push(`- this command succeeds: ${step.check}`);
  if (conditions.length === 0) return "";
  const subject = conditions.length === 1 ? "This is" : "These are";
  return `## Done means\n\n${conditions.join("\n")}\n\n${subject} checked after you end; what you say about it is not relied on.`;
}

const SOURCES = { output: "what you print", result: "the result that you answer with", file: "the file" } as const;

function extractorText({ name, from, path, pattern, pointer, type }: Extractor): string {
  const where = `${SOURCES[from]}${path === null ? "" : ` ${path}`}`;
  const what = type === "text" ? "" : type === "url" ? " (a URL)" : " (a number)";
  if (pattern !== null) return `a line of ${where} matches /${pattern}/, which tells "${name}"${what}`;
  return pointer === null ? `${where} is "${name}"${what}` : `${where} is JSON with "${name}"${what} at ${pointer}`;
}

function list(title: string, entries: readonly string[]): string {
  return entries.length === 0 ? "" : `## ${title}\n\n${entries.map((entry) => `- ${entry}`).join("\n")}`;
}

function section(title: string, texts: readonly (string | null)[]): string {
  const present = texts.filter((text) => text !== null && text.trim() !== "");
  return present.length === 0 ? "" : `## ${title}\n\n${present.join("\n\n")}`;
}

function commandText(command: NonNullable<PlanStep["parameters"]["command"]>): string {
  return command.kind === "shell" ? command.script : command.argv.map((part) => JSON.stringify(part)).join(" ");
}
