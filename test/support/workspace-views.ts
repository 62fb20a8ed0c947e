import type { Decision } from "../../schemas/decision.ts";
import type { ExecutionProgress, ExecutionStatus, ExecutionSummary } from "../../schemas/execution.ts";
import type { WorkspaceView } from "../../schemas/operations/subscription.ts";

/** Views of a workspace as a worker tells them, for tests of what shows them. */

export interface ExecutionLike {
  readonly id: string;
  readonly status: ExecutionStatus;
  readonly title?: string;
  readonly completed?: number;
  readonly total?: number;
  readonly cost?: number | null;
  readonly limit?: number | null;
  readonly simulated?: boolean;
}

const AT = "2026-01-02T03:04:05.000Z";
const ENDED: readonly ExecutionStatus[] = ["completed", "failed", "cancelled"];

export function viewOf(executions: readonly ExecutionLike[], decisions: readonly Decision[] = []): WorkspaceView {
  return {
    executions: executions.map(summaryOf),
    progress: executions.filter(({ status }) => !ENDED.includes(status)).map((one) => progressOf(one, decisions)),
    decisions: [...decisions],
    plans: [],
    agents: [],
    limits: [],
    notices: [],
  };
}

export function decisionOf(executionId: string, more: Partial<Decision> = {}): Decision {
  return {
    decisionId: `decision-of-${executionId}`,
    executionId,
    stepId: "build",
    title: "Build",
    kind: "step_failed",
    message: "the command ended with exit code 1",
    choices: ["retry", "skip", "abort"],
    amount: null,
    currency: "USD",
    limit: null,
    request: null,
    conflict: null,
    askedAt: AT,
    ...more,
  };
}

function summaryOf({ id, status, title = "Release", cost = null, simulated = false }: ExecutionLike): ExecutionSummary {
  return {
    executionId: id,
    planId: `plan-of-${id}`,
    title,
    specPath: "release.spec.md",
    status,
    startedAt: AT,
    completedAt: ENDED.includes(status) ? AT : null,
    simulated,
    cost,
    currency: "USD",
    result: null,
  };
}

function progressOf(execution: ExecutionLike, decisions: readonly Decision[]): ExecutionProgress {
  const { id, status, completed = 0, total = 12, cost = null, limit = null } = execution;
  return {
    executionId: id,
    status,
    completed,
    failed: 0,
    skipped: 0,
    total,
    currentStep: null,
    running: [],
    waiting: [],
    waitingTotal: 0,
    elapsed: 1_000,
    remaining: null,
    expectedCost: null,
    decisions: decisions.filter(({ executionId }) => executionId === id),
    stalled: null,
    costs: {
      total: cost,
      unknown: 0,
      currency: "USD",
      certainty: "measured",
      byService: {},
      limit,
      reserved: 0,
    },
  };
}
