import type { Plan, PlanStep } from "../../schemas/plan.ts";
import { canonicalJson } from "./canonical-json.ts";

const SHOWN = 30;

/** What differs between two plans of a spec in what would run, one sentence each (semantics, Approval). Empty: nothing does. */
export function planDifference(before: Plan, after: Plan): string[] {
  const old = new Map(before.steps.map((step) => [step.id, step]));
  const present = new Set(after.steps.map(({ id }) => id));
  const settled = new Map(after.settled.map(({ id, state }) => [id, state]));
  const sentences = [
    ...settingsDifference(before, after),
    ...after.steps.flatMap((step) => {
      const earlier = old.get(step.id);
      return earlier ? stepDifference(earlier, step) : [`new step "${step.title}"`];
    }),
    ...before.steps
      .filter(({ id }) => !present.has(id))
      .map(
        ({ id, title }) =>
          `"${title}" is no longer run${settled.has(id) ? `: its box says ${settled.get(id) ?? ""}` : ""}`,
      ),
  ];
  const rest = sentences.length - SHOWN;
  return rest > 0 ? [...sentences.slice(0, SHOWN), `and ${rest} more`] : sentences;
}

function settingsDifference(before: Plan, after: Plan): string[] {
  const keys = [
    "title",
    "budget",
    "policies",
    "rates",
    "hooks",
    "maxConcurrent",
    "onFailure",
    "timeout",
    "pools",
    "context",
  ] as const;
  const changed = keys
    .filter((key) => canonicalJson(before[key]) !== canonicalJson(after[key]))
    .map((key) => `${key} was ${canonicalJson(before[key])}, is ${canonicalJson(after[key])}`);
  const agents = Object.keys(after.agentHashes)
    .filter((id) => Object.hasOwn(before.agentHashes, id) && before.agentHashes[id] !== after.agentHashes[id])
    .map((id) => `the definition of agent ${id} has changed`);
  const roles = Object.keys(after.roleHashes)
    .filter((id) => Object.hasOwn(before.roleHashes, id) && before.roleHashes[id] !== after.roleHashes[id])
    .map((id) => `the prompt template of the role ${id} has changed`);
  return [...changed, ...agents, ...roles];
}

/** What a person would look at first comes with its old and new value; the rest is named. */
function stepDifference(before: PlanStep, after: PlanStep): string[] {
  const shown = (what: string, a: string | null, b: string | null): string[] =>
    a === b ? [] : [`"${after.title}": ${what} was ${a ?? "none"}, is ${b ?? "none"}`];
  const named = (
    ["dependencies", "fallbacks", "retry", "timeout", "onFailure", "priority", "files", "outputs", "extract"] as const
  )
    .filter((key) => canonicalJson(before[key]) !== canonicalJson(after[key]))
    .map((key) => `"${after.title}": ${key} changed`);
  return [
    ...shown("title", before.title, after.title),
    ...shown("agent", agentOf(before), agentOf(after)),
    ...shown("command", commandOf(before), commandOf(after)),
    ...shown("check", before.check, after.check),
    ...shown("instructions", before.parameters.instructions, after.parameters.instructions),
    ...shown("folder", before.parameters.cwd, after.parameters.cwd),
    ...shown("environment", canonicalJson(before.parameters.env), canonicalJson(after.parameters.env)),
    ...shown("cost", declaredCost(before), declaredCost(after)),
    ...shown("locks", lockNames(before), lockNames(after)),
    ...shown("role", before.role, after.role),
    ...shown("change", before.change, after.change),
    ...shown("reviews", before.reviews, after.reviews),
    ...shown("idempotent", String(before.idempotent), String(after.idempotent)),
    ...named,
  ];
}

function agentOf({ agent, decision }: PlanStep): string {
  return decision === "agent" ? (agent ?? "none") : decision;
}

function commandOf({ parameters: { command } }: PlanStep): string | null {
  if (command === null) return null;
  return command.kind === "shell" ? command.script : JSON.stringify(command.argv);
}

function lockNames({ locks }: PlanStep): string | null {
  const names = locks.map(({ name }) => name).sort();
  return names.length === 0 ? null : names.join(", ");
}

function declaredCost(step: PlanStep): string | null {
  return step.estimateSource.cost === "declared" && step.estimatedCost !== null ? String(step.estimatedCost) : null;
}
