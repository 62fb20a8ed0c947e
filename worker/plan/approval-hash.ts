import type { ApprovedContent } from "../../schemas/operations/plan.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import type { Extractor } from "../../schemas/spec.ts";
import { canonicalJson } from "./canonical-json.ts";

/**
 * What an approval binds to (semantics, Approval): everything that decides what runs, and nothing that only tells about it.
 * States, estimates, reasons, lines and diagnostics are left out. A declared cost is in it because it is the step's cap.
 */
export function approvalHash(plan: Omit<Plan, "hash">, sha256: (lines: Iterable<string>) => string): string {
  return sha256(approvedLines(plan));
}

function* approvedLines(plan: Omit<Plan, "hash">): Generator<string> {
  yield wholeText(plan);
  yield canonicalJson(plan.agentHashes);
  // Left out where there are none, as in approvals that were given before they existed.
  if (Object.keys(plan.roleHashes).length > 0) yield canonicalJson(plan.roleHashes);
  for (const step of plan.steps)
    yield `${stepText(step, plan)}${JSON.stringify([[...step.dependencies].sort(), lockNames(step)])}`;
}

/** The same content piece by piece. */
export function approvedContent(plan: Plan, sha256: (text: string) => string): ApprovedContent {
  const steps = plan.steps.map(
    (step) =>
      [
        step.id,
        { hash: sha256(stepText(step, plan)), dependencies: step.dependencies, locks: lockNames(step) },
      ] as const,
  );
  return {
    whole: sha256(wholeText(plan)),
    agents: plan.agentHashes,
    roles: plan.roleHashes,
    steps: Object.fromEntries(steps),
  };
}

/**
 * Whether an approval covers a plan: the same content, but for tasks that are done by now. An approval binds without states
 * (semantics, Approval), so what is left of a half-done spec needs no new one; anything else that is gone or changed does.
 */
export function covers(approved: ApprovedContent, plan: Plan, sha256: (text: string) => string): boolean {
  const { whole, agents, roles, steps } = approvedContent(plan, sha256);
  const left = holdersOf(
    Object.entries(approved.steps).map(([id, { locks }]) => ({ locks: Object.hasOwn(steps, id) ? locks : [] })),
  );
  const done = new Set(plan.settled.flatMap(({ id, state }) => (state === "done" ? [id] : [])));
  // Nobody waits for a review any more that cannot send back what is done.
  const idle = new Set(plan.steps.flatMap(({ id, reviews }) => (reviews !== null && done.has(reviews) ? [id] : [])));
  return (
    whole === approved.whole &&
    Object.entries(agents).every(([id, hash]) => approved.agents[id] === hash) &&
    Object.entries(roles).every(([id, hash]) => approved.roles[id] === hash) &&
    Object.keys(approved.steps).every((id) => Object.hasOwn(steps, id) || done.has(id)) &&
    Object.entries(steps).every(([id, { hash, dependencies, locks }]) => {
      const before = Object.hasOwn(approved.steps, id) ? approved.steps[id] : undefined;
      const same =
        before?.hash === hash &&
        dependencies.every((dependency) => before.dependencies.includes(dependency)) &&
        locks.every((name) => before.locks.includes(name));
      return (
        same &&
        before.dependencies.every(
          (dependency) => dependencies.includes(dependency) || done.has(dependency) || idle.has(dependency),
        ) &&
        // A lock that was there for the sake of steps that are done goes with them.
        before.locks.every((name) => locks.includes(name) || left.get(name) === 1)
      );
    })
  );
}

function lockNames({ locks }: PlanStep): string[] {
  return locks.length === 0 ? [] : locks.map(({ name }) => name).sort();
}

/** How many steps hold each lock. */
function holdersOf(steps: readonly { readonly locks: readonly string[] }[]): ReadonlyMap<string, number> {
  const holders = new Map<string, number>();
  for (const { locks } of steps) for (const name of locks) holders.set(name, (holders.get(name) ?? 0) + 1);
  return holders;
}

function wholeText({
  title,
  specPath,
  budget,
  currency,
  maxConcurrent,
  onFailure,
  timeout,
  pools,
  context,
  policies,
  rates,
  hooks,
}: Omit<Plan, "hash">): string {
  return canonicalJson({
    version: 2,
    title,
    specPath,
    budget,
    currency,
    maxConcurrent,
    onFailure,
    timeout,
    pools,
    context,
    // Left out where there are none, as in approvals that were given before they existed.
    ...(policies.length > 0 ? { policies, rates } : {}),
    ...(hooks.length > 0 ? { hooks } : {}),
  });
}

/** One line of JSON. Lists in a fixed order stand for objects, because sorting the keys of every step would take long. */
function stepText(step: PlanStep, { isolation }: Pick<Plan, "isolation">): string {
  const { parameters, retry } = step;
  return JSON.stringify([
    step.id,
    step.title,
    step.agent,
    step.capability,
    step.decision,
    step.simulated,
    parameters.instructions,
    parameters.command?.kind === "shell" ? parameters.command.script : (parameters.command?.argv ?? null),
    parameters.cwd,
    sortedJson(parameters.env),
    sortedJson(parameters.extra),
    step.estimateSource.cost === "declared" ? step.estimatedCost : null,
    step.service,
    step.priority,
    [retry.maxAttempts, retry.base, retry.factor, retry.cap, retry.jitter, retry.retryOn],
    step.timeout,
    step.onFailure,
    step.idempotent,
    step.locks.flatMap(({ name, reason }) => (reason === null ? [name] : [])),
    step.files,
    step.outputs,
    step.check,
    step.checkpoint,
    step.section,
    ...(step.fallbacks.length + step.extract.length > 0 ? [step.fallbacks, step.extract.map(extractorParts)] : []),
    ...rolePart(step),
    // With the step, because what is left of a plan whose coding steps are done has no isolation.
    ...(step.place === "worktree" && isolation ? [[isolation.merge, isolation.setup, isolation.bring]] : []),
  ]);
}

/** Nothing for steps without a role, as in approvals that were given before there were any. */
function rolePart({ role, change, reviews, rounds }: PlanStep): object[] {
  if (role === null && change === "optional" && reviews === null) return [];
  return [reviews === null ? { role, change } : { role, change, reviews, rounds }];
}

function extractorParts({ name, from, path, pattern, pointer, type }: Extractor): unknown[] {
  return [name, from, path, pattern, pointer, type];
}

function sortedJson(record: Readonly<Record<string, unknown>>): string | null {
  for (const _ in record) return canonicalJson(record);
  return null;
}
