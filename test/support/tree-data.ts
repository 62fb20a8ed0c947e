import { UNKNOWN_HEALTH } from "../../schemas/agent-health.ts";
import type { AgentView } from "../../schemas/agent.ts";
import type { BudgetView, LimitStanding, SpentLine } from "../../schemas/budget.ts";
import type { Decision } from "../../schemas/decision.ts";
import type {
  AttemptView,
  ExecutionProgress,
  ExecutionSummary,
  ExecutionView,
  StepDetail,
  StepGlance,
  StepView,
} from "../../schemas/execution.ts";
import { failure } from "../../schemas/failure.ts";
import type { WorkspaceView } from "../../schemas/operations/subscription.ts";
import type { PlanSummary } from "../../schemas/plan.ts";
import type { Localizer } from "../../extension/trees/row.ts";
import type { ExecutionBatch, TreeFolder } from "../../extension/trees/tree-folder.ts";

/** What trees show, made up; and a folder that answers with it and counts who asks. */

export const START = Date.parse("2026-01-01T12:00:00.000Z");

/** Words as they stand in the source. */
export const english: Localizer = {
  t: (message, ...values) => message.replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)])),
};

export function aSummary(change: Partial<ExecutionSummary> = {}): ExecutionSummary {
  return {
    executionId: "run-1",
    planId: "plan-1",
    title: "Build the site",
    specPath: "site.spec.md",
    status: "running",
    startedAt: new Date(START).toISOString(),
    completedAt: null,
    simulated: false,
    cost: 0.4,
    currency: "USD",
    result: null,
    ...change,
  };
}

export function aProgress(change: Partial<ExecutionProgress> = {}): ExecutionProgress {
  return {
    executionId: "run-1",
    status: "running",
    completed: 1,
    failed: 0,
    skipped: 0,
    total: 3,
    currentStep: null,
    running: [],
    waiting: [],
    waitingTotal: 0,
    elapsed: 60_000,
    remaining: null,
    expectedCost: null,
    decisions: [],
    stalled: null,
    costs: { total: 0.4, unknown: 0, currency: "USD", certainty: "measured", byService: {}, limit: 5, reserved: 0 },
    ...change,
  };
}

export function aStep(change: Partial<StepView> = {}): StepView {
  return {
    id: "step-1",
    title: "Compile",
    status: "pending",
    agent: "shell",
    simulated: false,
    attempts: 0,
    startTime: null,
    endTime: null,
    duration: null,
    result: null,
    failure: null,
    cost: null,
    findings: null,
    blocker: null,
    ...change,
  };
}

export function aGlance(change: Partial<StepGlance> = {}): StepGlance {
  return {
    id: "step-1",
    status: "running",
    agent: "shell",
    simulated: false,
    duration: 0,
    cost: null,
    spans: [{ attempt: 1, start: 0, end: null, outcome: null }],
    problem: null,
    ...change,
  };
}

export function anAttempt(change: Partial<AttemptView> = {}): AttemptView {
  return {
    attempt: 1,
    agent: "shell",
    simulated: false,
    startedAt: new Date(START).toISOString(),
    endedAt: null,
    duration: 1_500,
    outcome: "failed",
    failure: failure("exit_nonzero", "the command failed with exit code 3"),
    result: null,
    costs: [],
    refused: [],
    artifacts: [],
    ...change,
  };
}

export function aDecision(change: Partial<Decision> = {}): Decision {
  return {
    decisionId: "decision-1",
    executionId: "run-1",
    stepId: "step-1",
    title: "Compile",
    kind: "step_failed",
    message: "it failed",
    choices: ["retry", "skip", "abort"],
    amount: null,
    currency: "USD",
    limit: null,
    request: null,
    conflict: null,
    askedAt: new Date(START).toISOString(),
    ...change,
  };
}

export function aPlan(change: Partial<PlanSummary> = {}): PlanSummary {
  return {
    planId: "plan-1",
    title: "Rewrite the parser",
    specPath: "parser.spec.md",
    createdAt: new Date(START).toISOString(),
    approved: false,
    steps: 12,
    estimatedCost: 4,
    currency: "USD",
    estimatedDuration: 180_000,
    ...change,
  };
}

export function anAgent(change: Partial<AgentView> = {}): AgentView {
  return {
    id: "coder",
    name: "Coder",
    type: "general",
    capabilities: [],
    permissions: "limited",
    restrictions: [],
    priority: 0,
    maxLoad: 4,
    timeout: 300_000,
    retry: null,
    currency: "USD",
    service: null,
    status: "active",
    adapter: "command",
    argv: ["coder", "--print"],
    url: null,
    simulated: false,
    origin: "workspace",
    available: true,
    unavailableReason: null,
    load: 0,
    health: UNKNOWN_HEALTH,
    installation: null,
    approves: null,
    subject: null,
    ...change,
  };
}

export function aLimit(change: Partial<LimitStanding> = {}): LimitStanding {
  return {
    key: "team/total",
    label: "policy team",
    policy: "team",
    executionId: null,
    scope: { kind: "total" },
    window: { kind: "calendar", unit: "month" },
    environment: null,
    mode: "approve",
    currency: "USD",
    limit: 100,
    allowed: 0,
    spent: 12.4,
    reserved: 0,
    forecast: 15,
    level: "below",
    frees: null,
    ...change,
  };
}

export function aSpentLine(change: Partial<SpentLine> = {}): SpentLine {
  return {
    name: "ec2",
    currency: "USD",
    amount: 7.5,
    certainty: "measured",
    entries: 3,
    unknown: 0,
    held: 0,
    ...change,
  };
}

export function aBudget(change: Partial<BudgetView> = {}): BudgetView {
  const nothing = { byService: [], byAgent: [], byExecution: [], byDay: [], accuracy: [], approvals: [] };
  return { problems: [], limits: [], since: new Date(START).toISOString(), ...nothing, ...change };
}

export function aView(change: Partial<WorkspaceView> = {}): WorkspaceView {
  return { executions: [], progress: [], decisions: [], plans: [], agents: [], limits: [], notices: [], ...change };
}

export class FakeFolder implements TreeFolder {
  readonly uri: string;
  readonly name: string;
  view: WorkspaceView | null;
  isConnecting = false;
  steps: readonly StepView[] = [];
  progress = aProgress();
  detail: StepDetail = { step: aStep(), attempts: [], decisions: [] };
  older: readonly ExecutionSummary[] = [];
  failing: Error | null = null;
  money = aBudget();
  /** What was asked, in order. */
  readonly asked: string[] = [];
  readonly #followers = new Set<(batch: ExecutionBatch) => void>();

  constructor(view: WorkspaceView | null, name = "site") {
    this.view = view;
    this.name = name;
    this.uri = `file:///project/${name}`;
  }

  get followers(): number {
    return this.#followers.size;
  }

  async execution(executionId: string): Promise<ExecutionView> {
    this.#ask(`execution ${executionId}`);
    const summary = this.view?.executions.find((one) => one.executionId === executionId) ?? aSummary();
    const { costs } = this.progress;
    const { progress, steps } = this;
    return { ...summary, failure: null, progress, steps: [...steps], artifacts: [], costs, notices: [], seq: 7 };
  }

  async step(_executionId: string, stepId: string): Promise<StepDetail> {
    this.#ask(`step ${stepId}`);
    return this.detail;
  }

  async executions(limit: number): Promise<readonly ExecutionSummary[]> {
    this.#ask(`executions ${limit}`);
    return this.older.slice(0, limit);
  }

  async analytics(): Promise<[]> {
    this.#ask("analytics");
    return [];
  }

  async budget(days: number): Promise<BudgetView> {
    this.#ask(`budget of ${days} days`);
    return this.money;
  }

  async agentProblems(): Promise<readonly string[]> {
    return [];
  }

  follow(_executionId: string, after: number, onBatch: (batch: ExecutionBatch) => void): () => void {
    this.#ask(`follow from ${after}`);
    this.#followers.add(onBatch);
    return () => this.#followers.delete(onBatch);
  }

  /** What the worker tells those who follow. */
  tell(steps: StepGlance[], change: Partial<ExecutionProgress> = {}, end = false): void {
    const progress = { ...this.progress, ...change };
    for (const onBatch of [...this.#followers]) {
      onBatch({ kind: "execution", subscriptionId: "s", events: [], steps, progress, after: 8, end });
    }
  }

  #ask(what: string): void {
    this.asked.push(what);
    if (this.failing !== null) throw this.failing;
  }
}
