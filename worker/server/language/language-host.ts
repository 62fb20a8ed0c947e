import type { AgentView } from "../../../schemas/agent.ts";
import type { ExecutionStatus, StepStatus } from "../../../schemas/execution.ts";
import type { History } from "../../plan/estimates.ts";
import type { PolicySet } from "../../plan/policies.ts";
import type { RoleSet } from "../../plan/roles/role.ts";
import type { Clock } from "../../run/ports.ts";
import type { OpenSpec, SpecDesk } from "../open-editors.ts";
import type { ParseOptions } from "../../spec/parse.ts";

/** What a step did in an execution. */
export interface StepRun {
  readonly status: StepStatus;
  /** Time in attempts, in milliseconds; null when there was none. */
  readonly duration: number | null;
  readonly cost: number | null;
  readonly simulated: boolean;
  readonly attempts: number;
}

/** The newest execution of a spec. */
export interface LastRun {
  readonly executionId: string;
  readonly status: ExecutionStatus;
  readonly simulated: boolean;
  /** From its start to its end, or until now. */
  readonly duration: number;
  readonly cost: number | null;
  readonly currency: string;
  /** By step id. */
  readonly steps: ReadonlyMap<string, StepRun>;
}

/** What the language server may ask the workspace. Nothing of it writes anything. */
export interface LanguageHost {
  readonly clock: Clock;
  /** The path inside the workspace, with `/`; null for what is not a file of it. */
  specPathOf(uri: string): Promise<string | null>;
  /** The file of a path inside the workspace, when it exists. */
  fileOf(path: string): Promise<string | null>;
  /** How a spec is read: as which dialect, if that is decided, and with what stands beside it. */
  optionsOf(specPath: string): Promise<ParseOptions>;
  /** The editor has a file of the workspace open. */
  opened(spec: OpenSpec): Promise<SpecDesk>;
  agents(): readonly AgentView[];
  /** Reads the agents file again. */
  refreshAgents(): Promise<void>;
  history(): Promise<History | null>;
  /** What `.planwright/budget.json` says; nothing while it is bad. */
  budget(): Promise<PolicySet>;
  /** What `.planwright/roles/` says, and the built-in roles. */
  roles(): Promise<RoleSet>;
  lastRun(specPath: string): Promise<LastRun | null>;
  /** Calls back when an execution has moved. Returns the way to stop. */
  onChange(listener: () => void): () => void;
  /** For the worker's own log. */
  onBug(what: string, error: unknown): void;
}

/** Changes whenever a last run looks otherwise. */
export function runMark(run: LastRun | null): string {
  if (!run) return "";
  const steps = [...run.steps].map(([id, { status, attempts, cost }]) => `${id} ${status} ${attempts} ${cost ?? ""}`);
  return [run.executionId, run.status, run.cost, ...steps].join("\n");
}
