import type { LinkState } from "../../extension/link/folder-link.ts";
import type { ExecutionStatus } from "../../schemas/execution.ts";
import { FailureError, type Failure } from "../../schemas/failure.ts";
import type { SubscriptionBatch } from "../../schemas/operations/subscription.ts";

/** Before any played worker. */
const LONG_AGO = new Date(0).toISOString();

/** An answer to `execution.list` in which nothing but the states matters, and when they began. */
export function executions(
  status: Record<string, ExecutionStatus>,
  startedAt = LONG_AGO,
): { executions: object[]; notices: string[] } {
  return {
    notices: [],
    executions: Object.entries(status).map(([executionId, one]) => ({
      ...{ executionId, planId: "p", title: "t", specPath: "s", status: one, startedAt },
      ...{ completedAt: null, simulated: false, cost: null, currency: "USD" },
    })),
  };
}

export function workspaceBatch(status: Record<string, ExecutionStatus>): object {
  const workspace = {
    ...executions(status),
    progress: [],
    decisions: [],
    plans: [],
    agents: [],
    limits: [],
    notices: [],
  };
  return { kind: "workspace", workspace, end: false };
}

export function executionBatch(after: number, end = false): object {
  const progress = {
    ...{ executionId: "x", status: "running", completed: 0, failed: 0, skipped: 0, total: 1, currentStep: null },
    ...{ running: [], waiting: [], waitingTotal: 0, elapsed: 0, remaining: null, expectedCost: null, decisions: [] },
    stalled: null,
    costs: {
      ...{ total: null, unknown: 0, currency: "USD", certainty: "estimated", byService: {}, limit: null, reserved: 0 },
    },
  };
  return { kind: "execution", events: [], steps: [], progress, after, end };
}

/** When a link that has lost its worker tries again. */
export function retryOf(state: LinkState): number | null {
  return state.kind === "lost" ? state.retryInMs : null;
}

export function afterOf(batch: SubscriptionBatch): number {
  return batch.kind === "execution" ? batch.after : -1;
}

/** What a call fails with; a call that does not is a failure of the test. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  try {
    await call;
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error("it did not fail");
}
