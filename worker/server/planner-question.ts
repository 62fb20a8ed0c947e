import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentDefinition } from "../../schemas/agent.ts";
import type { CostEntry } from "../../schemas/event.ts";
import { failure, type Failure } from "../../schemas/failure.ts";
import { fromMicros } from "../../schemas/money.ts";
import { PlanStep, type Plan } from "../../schemas/plan.ts";
import type { AdapterEnd, AttemptContext, AttemptSink } from "../agents/adapter.ts";
import { readCost } from "../agents/reported-cost.ts";
import { newId } from "./ids.ts";
import { redactorFor } from "./secrets.ts";
import type { Workspace } from "./workspace.ts";

/** What one question has cost. */
export interface PlannerCosts {
  /** Null: unknown. */
  readonly amount: number | null;
  readonly currency: string;
  readonly tokens: number;
  /** Whether the amount is measured rather than estimated. */
  readonly isSure: boolean;
}

export interface PlannerAnswer {
  readonly text: string;
  readonly failure: Failure | null;
  readonly costs: PlannerCosts;
}

export interface PlannerQuestion {
  readonly agent: AgentDefinition;
  readonly prompt: string;
  /** The plan by the rules. */
  readonly plan: Plan;
}

/** Longer answers are no plans. In bytes. */
const MOST_ANSWER = 4_000_000;
/** An agent without a timeout of its own. */
const PATIENCE_MS = 600_000;
const GRACE_MS = 5_000;

/** Why an agent cannot plan; null: it can. It must answer a prompt with a text, and need nothing of a step. */
export function canPlan({ id, adapter }: AgentDefinition): string | null {
  const isAble =
    adapter.kind === "llm" ||
    adapter.kind === "http" ||
    adapter.kind === "acp" ||
    (adapter.kind === "command" && adapter.argv !== null);
  return isAble
    ? null
    : `agent "${id}" cannot plan: language models, coding agents, services and programs that read a prompt can`;
}

/**
 * Asks an agent to plan, outside of any execution. It works in an empty folder of its own and may only read: what it knows of the spec
 * stands in the question. Does not reject but for a mistake of ours.
 */
export async function askPlanner(
  workspace: Workspace,
  question: PlannerQuestion,
  signal: AbortSignal,
): Promise<PlannerAnswer> {
  const { adapters, clock } = workspace.options;
  const folder = await realpath(await mkdtemp(join(tmpdir(), "planwright-planning-")));
  try {
    await workspace.settings.read();
    const context = contextOf(workspace, question, folder);
    const said = new Said(question.agent);
    const handle = adapters[question.agent.adapter.kind].start(context, said.sink);
    const patience = context.step.timeout === "none" ? PATIENCE_MS : context.step.timeout;
    let isLate = false;
    const timer = clock.after(patience, () => {
      isLate = true;
      handle.stop(GRACE_MS);
    });
    const leave = (): void => {
      handle.stop(GRACE_MS);
    };
    signal.addEventListener("abort", leave);
    if (signal.aborted) leave();
    const end = await handle.result;
    signal.removeEventListener("abort", leave);
    timer.cancel();
    return {
      text: context.redactor.text(said.text()),
      failure: problemOf(end, question.agent, isLate, said.isTooLong),
      costs: said.costs(end.costs),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function problemOf(end: AdapterEnd, { id }: AgentDefinition, isLate: boolean, isTooLong: boolean): Failure | null {
  if (isTooLong) return failure("agent_error", `the answer of agent ${id} was too long for a plan`);
  if (isLate) return failure("timeout", `agent ${id} did not answer in time`);
  if (end.outcome === "succeeded") return null;
  return end.failure ?? failure("cancelled", `the question to agent ${id} was given up`);
}

/** Collects what an agent says, bounded. */
class Said {
  readonly sink: AttemptSink;
  isTooLong = false;
  readonly #chunks: Buffer[] = [];
  readonly #costs: CostEntry[] = [];
  readonly #currency: string;
  #bytes = 0;

  constructor({ currency, id }: AgentDefinition) {
    this.#currency = currency;
    const terms = { currency, service: id, planCurrency: currency, rates: {} };
    this.sink = {
      output: (stream, chunk) => {
        if (stream !== "stdout") return;
        this.#bytes += chunk.length;
        if (this.#bytes > MOST_ANSWER) this.isTooLong = true;
        else this.#chunks.push(Buffer.from(chunk));
      },
      log: () => undefined,
      cost: (report) => {
        const read = readCost(report, terms);
        if (read.kind === "cost") this.#costs.push(read.cost);
      },
      ask: () => Promise.resolve("reject"),
      message: () => undefined,
    };
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }

  costs(more: readonly CostEntry[]): PlannerCosts {
    const all = [...this.#costs, ...more];
    const currency = all[0]?.currency ?? this.#currency;
    const isKnown = all.length > 0 && all.every((cost) => cost.amount !== null && cost.currency === currency);
    const micros = all.reduce((sum, { amount }) => sum + (amount ?? 0), 0);
    return {
      amount: isKnown ? fromMicros(micros) : null,
      currency,
      tokens: all.reduce((sum, { tokens }) => sum + (tokens === undefined ? 0 : tokens.input + tokens.output), 0),
      isSure: all.every(({ certainty }) => certainty === "measured"),
    };
  }
}

/** An attempt that is none of an execution. */
function contextOf(workspace: Workspace, { agent, prompt, plan }: PlannerQuestion, folder: string): AttemptContext {
  const id = newId("plan");
  const reader: AgentDefinition = { ...agent, permissions: "readonly" };
  return {
    executionId: id,
    stepId: "plan",
    attempt: 1,
    attemptId: id,
    idempotencyKey: id,
    step: stepOf(agent, plan),
    agent: reader,
    prompt,
    folder,
    workspace: workspace.folder,
    findings: null,
    allowance: null,
    currency: plan.currency,
    missing: [],
    results: [],
    workerMark: workspace.options.workerMark,
    redactor: redactorFor(workspace.settings.last, process.env, { plan, agents: [agent] }),
  };
}

function stepOf({ id, timeout }: AgentDefinition, plan: Plan): PlanStep {
  return PlanStep.parse({
    id: "plan",
    title: `Plan "${plan.title}"`,
    agent: id,
    capability: "task_decomposition",
    decision: "agent",
    simulated: false,
    parameters: { instructions: "", command: null, cwd: null, env: {}, extra: {} },
    dependencies: [],
    estimatedCost: null,
    estimatedDuration: null,
    estimateSource: { cost: "unknown", duration: "unknown" },
    service: null,
    parent: null,
    priority: 0,
    retry: { maxAttempts: 1, base: 0, factor: 1, cap: 0, retryOn: [] },
    timeout,
    onFailure: null,
    files: [],
    outputs: [],
    check: null,
    checkpoint: false,
    section: [],
    line: 1,
    range: { line: 1, column: 1, start: 0, end: 0 },
    fingerprint: "",
    reason: { agent: "", capability: "", dependencies: {} },
  } satisfies Record<string, unknown>);
}
