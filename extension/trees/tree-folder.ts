import type { BudgetView } from "../../schemas/budget.ts";
import type { AgentAnalytics } from "../../schemas/agent-analytics.ts";
import type { ExecutionSummary, ExecutionView, StepDetail } from "../../schemas/execution.ts";
import type { SubscriptionBatch, WorkspaceView } from "../../schemas/operations/subscription.ts";

export type ExecutionBatch = Extract<SubscriptionBatch, { kind: "execution" }>;

/** A workspace folder as trees see it. What asks the worker throws FailureError. */
export interface TreeFolder {
  readonly uri: string;
  readonly name: string;
  /** The newest that the worker told; null: nothing yet. */
  readonly view: WorkspaceView | null;
  /** Something will be known soon. */
  readonly isConnecting: boolean;
  execution(executionId: string): Promise<ExecutionView>;
  step(executionId: string, stepId: string): Promise<StepDetail>;
  /** Newest first. */
  executions(limit: number): Promise<readonly ExecutionSummary[]>;
  analytics(days: number): Promise<readonly AgentAnalytics[]>;
  /** `days`: how far back the breakdowns go. */
  budget(days: number): Promise<BudgetView>;
  /** What is wrong with the agents file. */
  agentProblems(): Promise<readonly string[]>;
  /** Glances at steps, from a sequence number on. Returns the way to stop. */
  follow(executionId: string, after: number, onBatch: (batch: ExecutionBatch) => void): () => void;
}
