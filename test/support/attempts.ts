import type { ReportedCost } from "../../schemas/agent-protocol.ts";
import { randomUUID } from "node:crypto";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentDefinition } from "../../schemas/agent.ts";
import type { LogEntry } from "../../schemas/log.ts";
import type { PlanStep } from "../../schemas/plan.ts";
import type { Command, Extractor } from "../../schemas/spec.ts";
import type {
  Adapters,
  AgentClock,
  AttemptContext,
  AttemptSink,
  JsonValue,
  StepResult,
} from "../../worker/agents/adapter.ts";
import { Lifecycle } from "../../worker/agents/lifecycle.ts";
import { BUILT_IN_AGENTS } from "../../worker/agents/built-in.ts";
import { listProcesses } from "../../worker/agents/process-list.ts";
import { spawners } from "../../worker/agents/spawner/start-process.ts";
import { builtInAdapters, startAttempt, type AttemptEnd } from "../../worker/agents/step-runner.ts";
import { Redactor } from "../../worker/logs/redactor.ts";
import { systemClock } from "../../worker/run/system-clock.ts";
import { testModels } from "./models.ts";

export interface AttemptOptions {
  readonly cwd?: string | null;
  readonly env?: Record<string, string>;
  readonly outputs?: string[];
  readonly extract?: Extractor[];
  readonly results?: StepResult[];
  readonly check?: string | null;
  /** The step whose work it reviews. */
  readonly reviews?: string;
  /** Declared by the spec. */
  readonly cost?: number;
  readonly capability?: string;
  readonly simulated?: boolean;
  readonly agent?: AgentDefinition;
  readonly attemptId?: string;
  readonly workerMark?: string;
  readonly secrets?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  readonly clock?: AgentClock;
  readonly prompt?: string;
  readonly allowance?: number;
  readonly currency?: string;
  /** What a person answers; by default nothing is allowed. */
  readonly ask?: AttemptSink["ask"];
  readonly onMessage?: () => void;
  /** Parameters of the step by name. */
  readonly extra?: Record<string, JsonValue>;
  /** Those of other attempts, which then share processes. */
  readonly adapters?: Adapters;
}

/** An attempt with real processes, and what came of it so far. */
export class TestAttempt {
  readonly id: string;
  readonly result: Promise<AttemptEnd>;
  readonly logs: string[] = [];
  /** The same, with what stands beside them. */
  readonly entries: { level: string; message: string; metadata: LogEntry["metadata"] }[] = [];
  readonly costs: ReportedCost[] = [];
  readonly messages: { direction: "request" | "response"; message: unknown }[] = [];
  bytes = 0;
  readonly #stop: (graceMs: number) => void;
  readonly #waiting = new Set<() => void>();
  #output = "";

  constructor(folder: string, command: string | string[] | null, options: AttemptOptions = {}) {
    const context = attemptContext(folder, command, options);
    const ports = { clock: options.clock ?? systemClock, environment: options.environment ?? process.env };
    const sink: AttemptSink = {
      output: (_stream, chunk) => {
        this.bytes += chunk.length;
        if (this.#output.length < 1_000_000) this.#output += Buffer.from(chunk).toString("latin1");
        for (const look of [...this.#waiting]) look();
      },
      log: (level, message, metadata = {}) => {
        this.logs.push(`${level}: ${message}`);
        this.entries.push({ level, message, metadata });
      },
      cost: (report) => this.costs.push(report),
      ask: options.ask ?? (() => Promise.resolve("reject")),
      message: (direction, message) => {
        options.onMessage?.();
        this.messages.push({ direction, message });
      },
    };
    const adapters =
      options.adapters ??
      builtInAdapters({ ...ports, lifecycle: new Lifecycle(() => new Date()), models: testModels(ports.environment) });
    const handle = startAttempt(context, adapters, sink, ports);
    this.id = context.attemptId;
    this.result = handle.result;
    this.#stop = (graceMs) => handle.stop(graceMs);
  }

  get output(): string {
    return this.#output;
  }

  stop(graceMs: number): void {
    this.#stop(graceMs);
  }

  /** Resolves when the output matches. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve) => {
      const look = (): void => {
        const match = pattern.exec(this.#output);
        if (!match) return;
        this.#waiting.delete(look);
        resolve(match);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** Pids of living processes that carry this attempt's mark. */
export async function aliveOf(attemptId: string): Promise<number[]> {
  return (await listProcesses()).filter((info) => info.attemptId === attemptId).map(({ pid }) => pid);
}

/** Whether a process lives and has not merely left its entry behind. */
export async function isRunning(pid: number): Promise<boolean> {
  return (await listProcesses()).some((info) => info.pid === pid);
}

/** Runs a test in a workspace folder of its own, by its real path, with a spawner that is ready. */
export async function inWorkspace<T>(act: (folder: string) => Promise<T>): Promise<T> {
  await spawners.ready();
  const folder = await realpath(await mkdtemp(join(tmpdir(), "planwright-agents-")));
  try {
    return await act(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function builtIn(id: string): AgentDefinition {
  const agent = BUILT_IN_AGENTS.find((one) => one.id === id);
  if (!agent) throw new Error(`no built-in agent ${id}`);
  return agent;
}

/** An agent that is a program. */
export function programAgent(
  argv: string[] | null,
  more: Partial<AgentDefinition> = {},
  env: Record<string, string> = {},
): AgentDefinition {
  return { ...builtIn("shell"), id: "program", adapter: { kind: "command", argv, env }, ...more };
}

export function attemptContext(
  folder: string,
  command: string | string[] | null,
  options: AttemptOptions,
): AttemptContext {
  return {
    executionId: "run-1",
    stepId: "step-1",
    attempt: 2,
    attemptId: options.attemptId ?? `attempt-${randomUUID()}`,
    idempotencyKey: "key-1",
    step: planStep(commandOf(command), options),
    agent: options.agent ?? builtIn("shell"),
    prompt: options.prompt ?? "Do it.\n",
    folder,
    workspace: folder,
    findings: null,
    allowance: options.allowance ?? null,
    currency: options.currency ?? "EUR",
    missing: [],
    results: options.results ?? [],
    workerMark: options.workerMark ?? "test:0:0",
    redactor: new Redactor({ values: options.secrets ?? [], patterns: [] }),
  };
}

function commandOf(command: string | string[] | null): Command | null {
  if (command === null) return null;
  return typeof command === "string" ? { kind: "shell", script: command } : { kind: "argv", argv: command };
}

function planStep(command: Command | null, options: AttemptOptions): PlanStep {
  return {
    id: "step-1",
    title: "Step",
    requirements: [],
    agent: "shell",
    fallbacks: [],
    extract: options.extract ?? [],
    capability: options.capability ?? "command",
    decision: "agent",
    simulated: options.simulated ?? false,
    parameters: {
      instructions: "",
      command,
      cwd: options.cwd ?? null,
      env: options.env ?? {},
      extra: options.extra ?? {},
    },
    dependencies: [],
    estimatedCost: options.cost ?? null,
    estimatedDuration: null,
    estimateSource: { cost: options.cost === undefined ? "none" : "declared", duration: "none" },
    service: null,
    parent: null,
    priority: 0,
    retry: { maxAttempts: 3, base: 2_000, factor: 2, cap: 8_000, jitter: 0, retryOn: [] },
    timeout: 300_000,
    onFailure: "continue",
    idempotent: true,
    role: null,
    change: "optional",
    reviews: options.reviews ?? null,
    rounds: 2,
    place: "folder",
    locks: [],
    highCost: null,
    highDuration: null,
    estimateNote: null,
    files: [],
    outputs: options.outputs ?? [],
    check: options.check ?? null,
    checkpoint: false,
    section: [],
    line: 1,
    range: { line: 1, column: 1, start: 0, end: 0 },
    fingerprint: "",
    reason: { agent: "", capability: "", dependencies: {} },
  };
}
