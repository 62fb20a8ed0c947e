import { DIALECT_NAMES } from "../../../schemas/dialect-names.ts";
import type { Diagnostic } from "../../../schemas/diagnostic.ts";
import { formatDuration } from "../../../schemas/duration.ts";
import { formatAmount } from "../../../schemas/money.ts";
import type { LimitStanding } from "../../../schemas/budget.ts";
import type { Plan, PlanStep } from "../../../schemas/plan.ts";
import { stepName } from "../../../schemas/step-name.ts";
import type { Terminal } from "../terminal.ts";
import { policiesText } from "./policies-text.ts";
import { servedLines } from "./requirements-text.ts";
import { clip, plain, table } from "./text.ts";
import { undecidedText } from "./undecided-text.ts";

/** The plan for people: steps with agent, cost and duration, what they wait for, totals, diagnostics, and where it stands. `limits` are the standings of the folder. */
export function planText(
  plan: Plan,
  standing: string,
  terminal: Terminal,
  limits: readonly LimitStanding[] = [],
): string {
  const dim = (text: string): string => terminal.style("dim", text);
  const numbers = new Map(plan.steps.map((step, index) => [step.id, index + 1]));
  const rows = plan.steps.map((step, index) => stepRow(step, index, numbers, plan));
  const undecided = undecidedText(plan, terminal);
  const told = undecided === null ? plan.diagnostics : plan.diagnostics.filter(({ code }) => code !== "no-agent");
  const blocks = [
    `${terminal.style("bold", plain(plan.title))}  ${dim(plan.planId)}${foreignDialect(plan, dim)}`,
    rows.length > 0 ? table([["#", "STEP", "AGENT", "COST", "TIME", "AFTER"], ...rows]) : "  nothing to run",
    totals(plan, numbers),
    policiesText(plan, limits),
    rules(plan, dim),
    commands(plan, dim),
    diagnosticsText(told, plan.specPath, terminal),
    undecided ?? "",
    dim(standing),
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

/** Where a plan stands; for one that is not approved also what differs from the one that was. */
export function standingText(approved: boolean, changes: readonly string[]): string {
  if (approved) return "Approved.";
  if (changes.length === 0) return "Not approved yet.";
  const lines = changes.map((change) => `  ${plain(change)}`).join("\n");
  return `Not approved yet. What differs from the plan that was approved:\n${lines}`;
}

function stepRow(step: PlanStep, index: number, numbers: ReadonlyMap<string, number>, plan: Plan): string[] {
  const after = step.dependencies.map((id) => String(numbers.get(id) ?? "?"));
  const shown = after.length > 6 ? `${after.slice(0, 5).join(", ")} and ${after.length - 5} more` : after.join(", ");
  return [
    String(index + 1),
    clip(plain(stepName(step)), 48),
    agentText(step),
    step.decision === "skip"
      ? "–"
      : formatAmount(step.estimatedCost, plan.currency) +
        highText(step.highCost, (high) => formatAmount(high, plan.currency)),
    step.decision === "skip" ? "–" : durationText(step.estimatedDuration) + highText(step.highDuration, formatDuration),
    shown || "–",
  ];
}

function agentText(step: PlanStep): string {
  switch (step.decision) {
    case "skip":
      return "skipped";
    case "simulate":
      return `${step.agent ?? "simulated"} (simulated)`;
    case "undecided":
      return `none for ${step.capability}`;
    case "agent":
      if (step.simulated) return `${step.agent ?? ""} (simulated)`;
      return [step.agent ?? "", ...step.fallbacks].join(", then ");
  }
}

function totals(plan: Plan, numbers: ReadonlyMap<string, number>): string {
  const cost =
    plan.unknownCosts === 0
      ? formatAmount(plan.knownCost, plan.currency)
      : `at least ${formatAmount(plan.knownCost, plan.currency)}, ${count(plan.unknownCosts, "step")} unknown`;
  const time =
    plan.unknownDurations === 0
      ? formatDuration(plan.knownDuration)
      : `at least ${formatDuration(plan.knownDuration)}, ${count(plan.unknownDurations, "step")} unknown`;
  const limit = plan.budget ? ` of ${formatAmount(plan.budget.total, plan.budget.currency)} (${plan.budget.mode})` : "";
  const path = plan.criticalPath.map((id) => numbers.get(id) ?? "?").join(" → ");
  const pools = Object.entries(plan.pools).map(([name, size]) => `${plain(name)} ${size}`);
  const lines = [
    `  Cost  ${cost}${limit}, estimated`,
    `  Time  ${time} with ${plan.maxConcurrent} at once, estimated`,
    ...(plan.criticalPath.length > 1
      ? [`  Longest way  ${clip(path, 80)} (${formatDuration(plan.criticalPathDuration)})`]
      : []),
    ...(plan.timeout === null ? [] : [`  Stops after ${formatDuration(plan.timeout)}`]),
    ...isolationLines(plan),
    ...(plan.onFailure === null ? [] : [`  On failure  ${plan.onFailure}`]),
    ...(pools.length === 0 ? [] : [`  At the same time  ${pools.join(", ")}`]),
    ...(plan.settled.length > 0
      ? [`  Already settled in the spec: ${count(plan.settled.length, "task")}, not run`]
      : []),
    ...readingLines(plan),
    ...(plan.planner.note === null ? [] : [`  Planner  ${plain(plan.planner.note)}`]),
  ];
  return lines.join("\n");
}

/** Where coding steps work, and what becomes of what they make. */
function isolationLines({ isolation }: Plan): string[] {
  if (isolation?.kind !== "worktree") return [];
  const end = isolation.merge === "auto" ? "is applied at the end" : "waits until you accept it";
  return [
    `  Coding steps  each in a git worktree of its own; the result ${end}`,
    ...(isolation.setup === null
      ? []
      : [`  Each worktree is prepared with  ${clip(plain(isolation.setup.replace(/\s+/g, " ")), 60)}`]),
    ...(isolation.bring.length === 0
      ? []
      : [`  Each worktree gets  ${clip(isolation.bring.map(plain).join(", "), 80)}`]),
  ];
}

/** What decides how the spec is read, where a person chose it or can. */
function readingLines({ reading, optionalTasks }: Plan): string[] {
  const inputs = Object.entries(reading.inputs).map(
    ([name, value]) => `${plain(name)}=${clip(plain(value.replace(/\s+/g, " ")), 40)}`,
  );
  const optional = reading.optional ? "run, too" : "left out: --optional runs them";
  return [
    ...(inputs.length === 0 ? [] : [`  Inputs  ${inputs.join(", ")}`]),
    ...(optionalTasks === 0 ? [] : [`  Optional: ${count(optionalTasks, "task")} ${optional}`]),
  ];
}

function foreignDialect({ dialect }: Plan, dim: (text: string) => string): string {
  return dialect === "spec" || dialect === "prose" ? "" : dim(`, read as ${DIALECT_NAMES[dialect]}`);
}

/** What steps say of their turn: locks that keep others out, priority, what follows a failure or a crash, and comments. */
function rules(plan: Plan, dim: (text: string) => string): string {
  const holders = new Map<string, number>();
  for (const { name } of plan.steps.flatMap(({ locks }) => locks)) holders.set(name, (holders.get(name) ?? 0) + 1);
  const lines = plan.steps.flatMap((step, index) => {
    // The lock of a file that no other step touches keeps nobody out.
    const locks = step.locks.filter(({ name, reason }) => reason === null || (holders.get(name) ?? 0) > 1);
    const comments = plan.modifications.filter(({ stepId, comment }) => stepId === step.id && comment !== undefined);
    const said = [
      ...(locks.length === 0 ? [] : [`locks: ${locksText(locks)}`]),
      ...(step.extract.length === 0 ? [] : [`tells ${step.extract.map(({ name }) => name).join(", ")}`]),
      ...(step.priority === 0 ? [] : [`priority ${step.priority}`]),
      ...(step.onFailure === plan.onFailure || step.onFailure === null ? [] : [`on failure ${step.onFailure}`]),
      ...(step.idempotent ? [] : ["not idempotent: you are asked before it runs again after a crash"]),
      ...comments.map(({ comment = "" }) => `comment: ${clip(plain(comment.replace(/\s+/g, " ")), 60)}`),
    ];
    return said.length === 0 ? [] : [`  ${dim(String(index + 1).padStart(3))}  ${said.join(" · ")}`];
  });
  return lines.length === 0 ? "" : `Rules:\n${lines.join("\n")}`;
}

const LOCKS_SHOWN = 6;

function locksText(locks: PlanStep["locks"]): string {
  const shown = locks
    .slice(0, LOCKS_SHOWN)
    .map(({ name, reason }) => plain(reason === null ? name : `${name} (${reason})`));
  const rest = locks.length - shown.length;
  return `${shown.join("; ")}${rest > 0 ? `; and ${rest} more` : ""}`;
}

/** Every command that approval would allow to run, word for word. */
function commands(plan: Plan, dim: (text: string) => string): string {
  const lines = plan.steps.flatMap((step, index) => {
    if (step.decision !== "agent" || step.simulated) return [];
    const { command } = step.parameters;
    const run =
      command === null
        ? []
        : [command.kind === "shell" ? command.script : command.argv.map((word) => JSON.stringify(word)).join(" ")];
    const all = [
      ...run.flatMap((text) => text.trimEnd().split("\n")),
      ...(step.check === null ? [] : [`check: ${step.check}`]),
    ];
    return all.map((line, at) => `  ${dim((at === 0 ? `${index + 1}` : "").padStart(3))}  ${plain(line)}`);
  });
  const agents = Object.entries(plan.agentCommands).map(([id, argv]) => {
    return `  ${dim("agent")} ${plain(id)}: ${plain(argv.map((word) => JSON.stringify(word)).join(" "))}`;
  });
  const hooks = plan.hooks.map(({ id, on, url, command, secretEnv }) => {
    const where =
      url === undefined
        ? (command ?? []).map((word) => JSON.stringify(word)).join(" ")
        : `POST ${url}${secretEnv === undefined ? "" : ", signed"}`;
    return `  ${dim("hook")} ${plain(id)} (${on.join(", ")}): ${plain(where)}`;
  });
  const prompts = Object.entries(plan.roleFiles).map(([role, path]) => {
    return `  ${dim("prompt")} ${plain(role)}: ${plain(path)}`;
  });
  const all = [...agents, ...prompts, ...hooks, ...lines];
  return all.length === 0 ? "" : `Runs:\n${all.join("\n")}`;
}

function roleLines({ role, change, reviews, rounds }: PlanStep): string[] {
  const told = [
    ...(role === null ? [] : [`role ${plain(role)}`]),
    ...(change === "required" ? ["must change something"] : []),
    ...(reviews === null ? [] : [`reviews ${plain(reviews)}, and sends it back up to ${rounds} times`]),
  ];
  return told.length === 0 ? [] : [`     ${told.join("; ")}`];
}

/** Why each step is where it is: agent, capability, every dependency, what it serves and every lock. */
export function reasonsText(plan: Plan): string {
  return plan.steps
    .map((step, index) => {
      const dependencies = Object.entries(step.reason.dependencies).map(
        ([id, why]) => `     after ${plain(id)}: ${plain(why)}`,
      );
      return [
        `  ${index + 1} ${plain(stepName(step))}`,
        `     agent: ${plain(step.reason.agent)}`,
        `     capability ${step.capability}: ${plain(step.reason.capability)}`,
        ...roleLines(step),
        ...(step.estimateNote === null ? [] : [`     estimates: ${plain(step.estimateNote)}`]),
        ...dependencies,
        ...servedLines(step, plan).map((line) => `     ${line}`),
        ...step.locks.map(({ name, reason }) => `     lock ${plain(name)}: ${plain(reason ?? "stated in the spec")}`),
      ].join("\n");
    })
    .join("\n");
}

export function diagnosticsText(diagnostics: readonly Diagnostic[], file: string, terminal: Terminal): string {
  return diagnostics
    .map(({ severity, message, range, code }) => {
      const place = plain(range ? `${file}:${range.line}:${range.column}` : file);
      const colour = severity === "error" ? "red" : severity === "warning" ? "yellow" : "cyan";
      return `${place}: ${terminal.style(colour, severity)}: ${plain(message)} ${terminal.style("dim", `[${code}]`)}`;
    })
    .join("\n");
}

/** What nine of ten recorded runs stay below, where the record knows it (catalogue A9). */
function highText(high: number | null, format: (figure: number) => string): string {
  return high === null ? "" : ` (9 of 10 below ${format(high)})`;
}

function durationText(milliseconds: number | null): string {
  return milliseconds === null ? "unknown" : formatDuration(milliseconds);
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}
