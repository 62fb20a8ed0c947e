import type { Plan, PlanStep } from "../../schemas/plan.ts";
import { canonicalJson } from "./canonical-json.ts";
import { agentPrompt } from "./prompt.ts";

interface Planned {
  readonly plan: Plan;
  readonly step: PlanStep;
}

/**
 * What changed in what a step runs, one clause each; empty when it would run the same. What changes no result is not looked at:
 * retries, timeout, priority, failure policy, locks, estimates, place in the file.
 */
export function stepChanges(before: Planned, after: Planned): string[] {
  const doer = doerChange(before, after);
  // Where nothing runs, only that it does is of interest.
  if (before.step.decision === "skip" && after.step.decision === "skip") return doer;
  const named = ASPECTS.filter(({ of }) => canonicalJson(of(before.step)) !== canonicalJson(of(after.step)));
  const changes = [
    ...doer,
    ...(named.some(({ name }) => name === "instructions") ? [instructionsChange(before, after)] : []),
    ...named.filter(({ name }) => name !== "instructions").map(({ name }) => `its ${name} changed`),
  ];
  return changes.length > 0 || !readsPrompt(after) ? changes : promptChange(before, after);
}

/** Aspects with the names that people know them by. */
const ASPECTS: readonly { readonly name: string; readonly of: (step: PlanStep) => unknown }[] = [
  { name: "instructions", of: (step) => step.parameters.instructions },
  { name: "command", of: (step) => step.parameters.command },
  { name: "check", of: (step) => step.check },
  { name: "parameters", of: (step) => step.parameters.extra },
  { name: "folder", of: (step) => step.parameters.cwd },
  { name: "environment", of: (step) => step.parameters.env },
  { name: "files", of: (step) => [...step.files].sort() },
  { name: "outputs", of: (step) => [...step.outputs].sort() },
  { name: "named outputs", of: (step) => step.extract },
  { name: "role", of: (step) => step.role },
  { name: "demand for a change", of: (step) => step.change },
  { name: "subject of review", of: (step) => step.reviews },
];

function doerChange(before: Planned, after: Planned): string[] {
  const [was, is] = [doerOf(before.step), doerOf(after.step)];
  if (was !== is) return [`${is} now, was ${was.replace(/^its agent is /, "")}`];
  const { agent, decision } = after.step;
  const hashes = [before.plan.agentHashes, after.plan.agentHashes].map((all) => (agent === null ? null : all[agent]));
  return decision === "skip" || hashes[0] === hashes[1] ? [] : [`the definition of its agent ${agent ?? ""} changed`];
}

function doerOf({ decision, agent, simulated }: PlanStep): string {
  switch (decision) {
    case "skip":
      return "skipped";
    case "undecided":
      return "without an agent";
    case "simulate":
      return "simulated";
    case "agent":
      return `its agent is ${agent ?? "none"}${simulated ? " (simulated)" : ""}`;
  }
}

function instructionsChange(before: Planned, after: Planned): string {
  const [was, is] = [commentsOn(before), commentsOn(after)];
  if (canonicalJson(was) === canonicalJson(is)) return "its instructions changed";
  return was.every((comment) => is.includes(comment)) ? "it has a new comment" : "its comments changed";
}

function commentsOn({ plan, step }: Planned): string[] {
  return plan.modifications.flatMap(({ stepId, comment }) =>
    stepId === step.id && comment !== undefined ? [comment] : [],
  );
}

/** Agents with a program of their own are handed the prompt; the others run the step's command and nothing else. */
function readsPrompt({ plan, step }: Planned): boolean {
  if (step.decision === "skip") return false;
  return step.parameters.command === null || (step.agent !== null && Object.hasOwn(plan.agentCommands, step.agent));
}

function promptChange(before: Planned, after: Planned): string[] {
  const { role } = after.step;
  if (role !== null && before.plan.roleHashes[role] !== after.plan.roleHashes[role])
    return ["the prompt template of its role changed"];
  if (agentPrompt(before.plan, before.step) === agentPrompt(after.plan, after.step)) return [];
  if (before.step.title !== after.step.title) return [`its title was "${before.step.title}"`];
  return ["what its agent is told of the whole changed"];
}
