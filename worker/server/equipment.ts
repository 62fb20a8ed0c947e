import { join } from "node:path";
import type { AgentDefinition } from "../../schemas/agent.ts";
import type { EventOf, ExecutionEvent } from "../../schemas/event.ts";
import { failure, FailureError, type Failure } from "../../schemas/failure.ts";
import type { LogEntry } from "../../schemas/log.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import type { StepResult } from "../agents/adapter.ts";
import { startAttempt } from "../agents/step-runner.ts";
import { hasErrorCode } from "../logs/error-code.ts";
import type { Redactor } from "../logs/redactor.ts";
import { openExecutionLog, type ExecutionLog } from "../logs/log-writer.ts";
import { agentPrompt } from "../plan/prompt.ts";
import type { ExecutionEquipment } from "../run/executions.ts";
import type { AttemptReport, RunningAttempt } from "../run/ports.ts";
import type { Database } from "../store/database.ts";
import { eventsOfTypes } from "../store/events.ts";
import { findPlan, findSpecification } from "../store/plans.ts";
import { insertNotice } from "../store/notices.ts";
import { attemptRecord } from "./attempt-record.ts";
import { BOX_EVENTS, BoxTicker } from "./box-ticker.ts";
import { proofOf, Proofs } from "./step-proofs.ts";
import { logNote } from "./log-notes.ts";
import { resultsNote, StepOutputs } from "./step-outputs.ts";
import { redactorFor } from "./secrets.ts";
import { reportOf, writeReport } from "./report-files.ts";
import type { EquipmentRequest, Workspace } from "./workspace.ts";

/** Folder of an execution's log segments. */
export function logFolder(home: string, executionId: string): string {
  return join(home, "logs", executionId);
}

/** Gives one execution its agents' runs, its log, its boxes and its report. */
export async function equipExecution(request: EquipmentRequest): Promise<ExecutionEquipment> {
  const { workspace, database, executionId, writeBack } = request;
  await workspace.settings.read();
  let inForce = requireAgents(partsOf(workspace, request.plan));
  const log = await openExecutionLog(logFolder(workspace.home, executionId), {
    now: () => workspace.options.clock.wall(),
  });
  workspace.logs.set(executionId, log);
  const ticker = writeBack ? tickerOf(request) : null;
  let isOver = false;
  const proofs = new Proofs();
  const outputs = new StepOutputs();
  if (request.state) outputs.recall(request.state);
  return {
    starter: {
      start(event, report) {
        const { plan, steps, agents, redactor } = inForce;
        const step = steps.get(event.stepId);
        if (!step) return refused(removedStep(event.stepId, plan));
        const agent = agents.get(event.agent);
        if (!agent) return refused(changedAgent(event.agent, plan));
        return runStep(
          { workspace, database, log, report, redactor },
          { plan, step, agent, results: outputs.before(step, plan) },
          event,
        );
      },
    },
    onEvents(events) {
      for (const event of events) {
        const note = logNote(event);
        if (note) log.append(note);
        if (event.type === "plan.revised") {
          const revised = findPlan(database, event.planId);
          if (!revised) throw new Error(`execution ${executionId} is revised by an unknown plan ${event.planId}`);
          inForce = partsOf(workspace, revised);
          ticker?.follow(revised);
          ticker?.forget(event.stale);
        }
        proofs.take(event);
        outputs.take(event);
        if (event.type === "steps.reopened") ticker?.forget(event.steps);
        if (isRealSuccess(event, inForce.steps)) ticker?.add(event.stepId, proofs.of(event));
      }
    },
    async finish(view) {
      const notices = ticker ? await ticker.flush() : [];
      isOver = true;
      for (const notice of notices) log.append(noticeEntry(executionId, notice, workspace.options.clock.wall()));
      const written = await patiently(workspace, async () => {
        const at = workspace.options.clock.wall().toISOString();
        database.transaction(() => {
          for (const notice of notices) insertNotice(database, executionId, notice, at);
        });
        await database.durable();
      });
      const all = written === null ? notices : [...notices, written];
      const unwritten = await patiently(workspace, () =>
        writeReport(workspace.home, reportOf(database, inForce.plan, { ...view, notices: [...all] })),
      );
      if (unwritten !== null)
        workspace.options.notice(`the report of ${executionId} could not be written: ${unwritten}`);
    },
    async close() {
      if (isOver) ticker?.leave();
      else ticker?.close();
      await log.close();
      workspace.logs.delete(executionId);
      await workspace.pruneLogs();
    },
  };
}

/** What ticks the boxes of an execution, with all that it has done so far. */
function tickerOf({ workspace, database, executionId, plan, state, note }: EquipmentRequest): BoxTicker {
  const ticker = new BoxTicker({
    folder: workspace.folder,
    plan,
    textOf: (planId) => findSpecification(database, planId) ?? "",
    clock: workspace.options.clock,
    editors: workspace.editors,
    note,
  });
  if (state === null) return ticker;
  for (const event of eventsOfTypes(database, executionId, BOX_EVENTS)) ticker.recall(event);
  for (const { phase, definition, attempts, endedAt, result, artifacts } of state.steps) {
    const isDone = phase.kind === "ended" && phase.status === "completed" && attempts > 0;
    if (isDone && !definition.simulated)
      ticker.add(definition.id, { attempt: attempts, at: endedAt, proof: proofOf(result, artifacts) });
  }
  return ticker;
}

/** The plan that an execution runs by, ready for use. */
interface PlanParts {
  readonly plan: Plan;
  readonly steps: ReadonlyMap<string, PlanStep>;
  /** The definitions that were approved. One that was changed since is not among them. */
  readonly agents: ReadonlyMap<string, AgentDefinition>;
  /** Knows what its agents and steps are given. */
  readonly redactor: Redactor;
}

/**
 * The definitions are kept as they are checked against the approval: what somebody writes into the agents file while the plan runs
 * is for later plans (SEC10).
 */
function partsOf(workspace: Workspace, plan: Plan): PlanParts {
  const { registry } = workspace.options;
  const agents = new Map<string, AgentDefinition>();
  for (const [id, hash] of Object.entries(plan.agentHashes)) {
    const definition = registry.definition(id);
    if (definition && registry.definitionHash(id) === hash) agents.set(id, definition);
  }
  const redactor = redactorFor(workspace.settings.last, process.env, { plan, agents: agents.values() });
  return { plan, steps: new Map(plan.steps.map((step) => [step.id, step])), agents, redactor };
}

/** Throws `not_approved` when an agent of the plan was changed after the plan was approved. */
function requireAgents(parts: PlanParts): PlanParts {
  const changed = Object.keys(parts.plan.agentHashes).find((id) => !parts.agents.has(id));
  if (changed !== undefined) throw new FailureError(changedAgent(changed, parts.plan));
  return parts;
}

function changedAgent(id: string, plan: Plan): Failure {
  const message = `agent "${id}" was changed after plan ${plan.planId} was approved: plan the spec again and approve it`;
  return failure("not_approved", message);
}

function removedStep(id: string, plan: Plan): Failure {
  const message = `"${id}" is no longer a step of plan ${plan.planId}: write it into ${plan.specPath} again and plan that`;
  return failure("not_approved", message);
}

/** An attempt that may not run. */
function refused(reason: Failure): RunningAttempt {
  const result = Promise.resolve({
    outcome: "failed" as const,
    failure: reason,
    result: null,
    costs: [],
    artifacts: [],
    duration: 0,
  });
  return { result, stop: () => undefined };
}

interface AttemptSurroundings {
  readonly workspace: Workspace;
  readonly database: Database;
  readonly log: ExecutionLog;
  readonly report: (report: AttemptReport) => void;
  readonly redactor: Redactor;
}

interface StepParts {
  readonly plan: Plan;
  readonly step: PlanStep;
  readonly agent: AgentDefinition;
  /** Of the steps before it. */
  readonly results: readonly StepResult[];
}

/** Runs one attempt and writes what its agent prints into the log. */
function runStep(
  { workspace, database, log, report, redactor }: AttemptSurroundings,
  { plan, step, agent, results }: StepParts,
  event: EventOf<"attempt.started">,
): RunningAttempt {
  const { executionId } = event;
  const { registry, adapters, clock, workerMark } = workspace.options;
  const record = attemptRecord({ clock, database, log, report }, { plan, step, agent }, event);
  const release = registry.acquire(event.agent);
  const handle = startAttempt(
    {
      executionId,
      stepId: step.id,
      attempt: event.attempt,
      attemptId: event.attemptId,
      idempotencyKey: event.idempotencyKey,
      step,
      agent,
      prompt: agentPrompt(plan, step) + missingNote(event.missing) + resultsNote(results),
      missing: event.missing,
      results,
      folder: workspace.folder,
      workspace: workspace.folder,
      findings: null,
      allowance: null,
      currency: plan.currency,
      workerMark,
      redactor,
    },
    adapters,
    record.sink,
    { clock, environment: process.env },
  );
  const result = handle.result.finally(() => {
    record.end();
    release();
  });
  return { result, stop: (graceMs) => handle.stop(graceMs) };
}

/** Tells an agent what it cannot rely on (policy `tolerate`, catalogue C4). */
function missingNote(missing: readonly string[]): string {
  if (missing.length === 0) return "";
  const titles = missing.map((title) => `- ${title}`).join("\n");
  return `\n## Missing\n\nThese steps before it failed, so what they should have made may not be there:\n\n${titles}\n`;
}

const FULL_DISK_TRIES = 60;
const FULL_DISK_PAUSE_MS = 1_000;

/** Tries again while the disk is full, for a minute. Resolves with null, or with why it failed; never rejects. */
async function patiently(workspace: Workspace, act: () => Promise<void>): Promise<string | null> {
  for (let tries = 1; ; tries += 1) {
    try {
      await act();
      return null;
    } catch (error) {
      const isFull =
        hasErrorCode(error, "ENOSPC") || (error instanceof FailureError && error.failure.code === "database_full");
      if (!isFull || tries >= FULL_DISK_TRIES) return error instanceof Error ? error.message : String(error);
      await new Promise<void>((resolve) => void workspace.options.clock.after(FULL_DISK_PAUSE_MS, resolve));
    }
  }
}

/** Simulated steps never tick boxes (semantics, Approval). */
function isRealSuccess(event: ExecutionEvent, steps: ReadonlyMap<string, PlanStep>): event is EventOf<"step.finished"> {
  return event.type === "step.finished" && event.status === "completed" && steps.get(event.stepId)?.simulated === false;
}

function noticeEntry(executionId: string, message: string, now: Date): LogEntry {
  return {
    time: now.toISOString(),
    level: "warn",
    source: "orchestrator",
    executionId,
    stepId: null,
    attempt: null,
    agent: null,
    stream: null,
    message,
    metadata: {},
    correlationId: null,
  };
}
