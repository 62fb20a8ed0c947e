import { throwFailure } from "../../schemas/failure.ts";
import type { StepModification } from "../../schemas/plan.ts";
import type { Command, SpecTask } from "../../schemas/spec.ts";
import { readCommand as readWrittenCommand, readEnvironment, readPath } from "../spec/attribute-values.ts";
import { isLockName } from "../spec/attempt-values.ts";
import { nearestName } from "../spec/nearest-name.ts";

/** What a person decided for one step; all modifications of the step together. */
export interface Decision {
  readonly agent: string | null;
  readonly skip: boolean;
  readonly simulate: boolean;
  readonly timeout: number | "none" | null;
  readonly retries: number | null;
  readonly parameters: StepModification["parameters"] & {};
  /** In the order in which they were made. */
  readonly comments: readonly string[];
  readonly locks: readonly string[] | null;
}

/**
 * Collects modifications by step (catalogue B2); of two for the same thing the later one holds, and comments add up. Throws FailureError
 * `bad_request` for a step or an agent that does not exist.
 */
export function collectDecisions(
  modifications: readonly StepModification[],
  stepIds: readonly string[],
  agentIds: readonly string[],
): Map<string, Decision> {
  const decisions = new Map<string, Decision>();
  const known = new Set(stepIds);
  for (const change of modifications) {
    const { stepId } = change;
    if (!known.has(stepId)) refuseName("step", stepId, stepIds);
    if (change.agent !== undefined && !agentIds.includes(change.agent)) refuseName("agent", change.agent, agentIds);
    const before = decisions.get(stepId) ?? NOTHING;
    decisions.set(stepId, {
      ...chosen(change, before),
      timeout: change.timeout ?? before.timeout,
      retries: change.retries ?? before.retries,
      parameters: { ...before.parameters, ...change.parameters },
      comments:
        change.comment === undefined || before.comments.includes(change.comment)
          ? before.comments
          : [...before.comments, change.comment],
      locks: change.locks === undefined ? before.locks : lockNames(stepId, change.locks),
    });
  }
  return decisions;
}

/**
 * Earlier and later changes as one list: one change a step, in which the later one holds key by key, then the comments in order,
 * each once.
 */
export function mergeModifications(
  before: readonly StepModification[],
  after: readonly StepModification[],
): StepModification[] {
  const byStep = new Map<string, StepModification>();
  const comments = new Map<string, StepModification>();
  for (const { comment, ...change } of [...before, ...after]) {
    const { stepId } = change;
    if (comment !== undefined) comments.set(JSON.stringify([stepId, comment]), { stepId, comment });
    if (Object.keys(change).length > 1 || comment === undefined) {
      const earlier = byStep.get(stepId);
      byStep.set(stepId, {
        ...earlier,
        ...change,
        ...(earlier ? decided(change) : {}),
        ...(change.parameters ? { parameters: { ...earlier?.parameters, ...change.parameters } } : {}),
      });
    }
  }
  return [...byStep.values(), ...comments.values()];
}

/** Of agent, skip and simulate the last one said holds. */
function decided({ agent, skip, simulate }: StepModification): Pick<StepModification, "skip" | "simulate"> {
  return agent !== undefined || skip === true || simulate === true
    ? { skip: skip ?? false, simulate: simulate ?? false }
    : {};
}

/** Skipping, simulating and an agent exclude one another: the later one holds, and within one change skipping, then simulating. */
function chosen(change: StepModification, before: Decision): Pick<Decision, "agent" | "skip" | "simulate"> {
  if (change.skip === true) return { agent: null, skip: true, simulate: false };
  if (change.simulate === true) return { agent: null, skip: false, simulate: true };
  if (change.agent !== undefined) return { agent: change.agent, skip: false, simulate: false };
  return { agent: before.agent, skip: change.skip ?? before.skip, simulate: change.simulate ?? before.simulate };
}

const NOTHING: Decision = {
  agent: null,
  skip: false,
  simulate: false,
  timeout: null,
  retries: null,
  parameters: {},
  comments: [],
  locks: null,
};

function lockNames(stepId: string, locks: readonly string[]): string[] {
  const names = [...new Set(locks.map((name) => name.trim().replace(/\s+/g, " ")))];
  const wrong = names.find((name) => !isLockName(name) || name === "none");
  if (wrong === undefined) return names;
  return throwFailure(
    "bad_request",
    `locks of step ${stepId} has "${wrong}": write names such as db, or no name at all`,
    {
      stepId,
    },
  );
}

function refuseName(what: "step" | "agent", name: string, names: readonly string[]): never {
  const near = nearestName(name, names, 3) ?? names.find((known) => known.startsWith(name)) ?? null;
  const some = names.slice(0, 10).join(", ");
  const advice = near === null ? `known are ${some}${names.length > 10 ? ", …" : ""}` : `did you mean ${near}?`;
  return throwFailure("bad_request", `there is no ${what} ${name}: ${advice}`);
}

type Extra = Record<string, NonNullable<Decision["parameters"]>[string]>;

/**
 * A task as a person changed it, and the parameters that go to its agent as they are. Of the parameters, `instructions`,
 * `command`, `cwd` and `env` replace what the spec says. Comments join the instructions (catalogue B3).
 */
export function changeTask(task: SpecTask, decision: Decision | undefined): { task: SpecTask; extra: Extra } {
  if (!decision) return { task, extra: {} };
  const { instructions, command, cwd, env, ...extra } = decision.parameters;
  const attributes = { ...task.attributes };
  if (command !== undefined) attributes.command = readCommand(task.id, command);
  if (cwd !== undefined) attributes.cwd = readFolder(task.id, cwd);
  if (env !== undefined) attributes.env = { ...attributes.env, ...readVariables(task.id, env) };
  attributes.timeout = decision.timeout ?? attributes.timeout;
  attributes.retries = decision.retries ?? attributes.retries;
  if (decision.locks !== null) attributes.locks = [...decision.locks];
  const text = instructions === undefined ? task.instructions : readText(task.id, "instructions", instructions);
  return { task: { ...task, instructions: withComments(text, decision.comments), attributes }, extra };
}

function withComments(instructions: string, comments: readonly string[]): string {
  if (comments.length === 0) return instructions;
  const all = `Comments by a person:\n\n${comments.map((comment) => comment.trim()).join("\n\n")}`;
  return instructions === "" ? all : `${instructions}\n\n${all}`;
}

function readText(stepId: string, key: string, value: unknown): string {
  return typeof value === "string"
    ? value
    : throwFailure("bad_request", `the parameter ${key} of step ${stepId} must be a text`, { stepId });
}

/** As in a spec: `[program, argument]` or shell text; from an interface also a list. */
function readCommand(stepId: string, value: unknown): Command | null {
  if (value === null) return null;
  if (Array.isArray(value)) {
    const argv = value.filter((part) => typeof part === "string");
    if (argv.length > 0 && argv.length === value.length) return { kind: "argv", argv };
  }
  const command = typeof value === "string" ? readWrittenCommand({ text: value, bullets: [], code: null }) : null;
  if (command?.ok === true) return command.value;
  return throwFailure(
    "bad_request",
    `the command of step ${stepId} must be shell text, or a list such as [npm, test]`,
    { stepId },
  );
}

/** As in a spec: `A=1, B=2`; from an interface also names with texts. */
function readVariables(stepId: string, value: unknown): Record<string, string> {
  if (typeof value === "string") {
    const variables = readEnvironment({ text: value, bullets: [], code: null });
    if (variables.ok) return variables.value;
    return throwFailure("bad_request", `env of step ${stepId} must be ${variables.expected}`, { stepId });
  }
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.map(([name, text]) => [name, readText(stepId, `env.${name}`, text)]));
}

function readFolder(stepId: string, value: unknown): string | null {
  if (value === null) return null;
  const path = readPath(readText(stepId, "cwd", value));
  return path.ok
    ? path.value
    : throwFailure("bad_request", `cwd of step ${stepId} must be ${path.expected}`, { stepId });
}
