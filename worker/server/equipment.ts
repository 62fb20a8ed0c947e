import { join } from "node:path";
import type { AgentDefinition } from "../../schemas/agent.ts";
import type { EventOf, ExecutionEvent } from "../../schemas/event.ts";
import type { ExecutionView } from "../../schemas/execution.ts";
import { failed, failure, FailureError, success, type Failure, type Outcome } from "../../schemas/failure.ts";
import type { LogEntry } from "../../schemas/log.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import { hasErrorCode } from "../logs/error-code.ts";
import type { Redactor } from "../logs/redactor.ts";
import { openExecutionLog, type ExecutionLog } from "../logs/log-writer.ts";
import type { RoleTemplate } from "../plan/roles/role.ts";
import type { ExecutionEquipment } from "../run/executions.ts";
import type { RunningAttempt } from "../run/ports.ts";
import { eventsOfTypes } from "../store/events.ts";
import { findPlan, findSpecification } from "../store/plans.ts";
import { insertNotice } from "../store/notices.ts";
import { BOX_EVENTS, BoxTicker } from "./box-ticker.ts";
import { proofOf, Proofs } from "./step-proofs.ts";
import { logNote } from "./log-notes.ts";
import { AlwaysAnswers } from "./permissions.ts";
import { earlierWork } from "./earlier-work.ts";
import { OpenEditors } from "./open-editors.ts";
import { finishResult } from "./finish-result.ts";
import { approvedTemplates, changedRole, isUnapproved, refuseRoles } from "./role-files.ts";
import { runStep } from "./step-run.ts";
import type { OpenWorkplace } from "./workplaces.ts";
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
  await workspace.roles.read();
  let inForce = requireApproved(workspace, partsOf(workspace, request.plan));
  const workplace = await workspace.workplaces.open(request);
  const log = await openExecutionLog(logFolder(workspace.home, executionId), {
    now: () => workspace.options.clock.wall(),
  });
  workspace.logs.set(executionId, log);
  const specInTree = workplace !== null && (await isSpecInTree(request, workplace));
  const ticker = writeBack ? tickerOf(request, specInTree ? workplace : null) : null;
  let isOver = false;
  const proofs = new Proofs();
  const work = earlierWork(request);
  const always = new AlwaysAnswers(workspace.permissions, (problem) => {
    log.append(noticeEntry(executionId, problem, workspace.options.clock.wall()));
  });
  return {
    starter: {
      start(event, support) {
        const { plan, templates, redactor } = inForce;
        const found = foundIn(inForce, event);
        if (!found.ok) return refused(found.failure);
        const { step, agent } = found.value;
        return runStep(
          { workspace, database, log, support, redactor, workplace },
          {
            ...{ plan, step, agent, templates },
            earlier: work.before(step, plan),
            reviewed: work.reviewed(step, plan),
          },
          event,
        );
      },
    },
    onEvents(events) {
      for (const event of events) {
        if (event.type === "execution.created") workspace.workplaces.began(database, executionId);
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
        work.take(event);
        always.take(event);
        if (event.type === "steps.reopened" || event.type === "review.returned") ticker?.forget(event.steps);
        if (isRealSuccess(event, inForce.steps)) ticker?.add(event.stepId, proofs.of(event));
      }
    },
    async finish(view) {
      const ticked = ticker && !specInTree ? await ticker.flush() : [];
      const { plan } = inForce;
      const finishing = workplace && { workspace, database, plan, view, workplace };
      const finished = finishing ? await finishResult(finishing, specInTree ? ticker : null) : [];
      isOver = true;
      await tell(request, log, { plan, view, notices: [...ticked, ...finished] });
    },
    async close() {
      if (isOver) ticker?.leave();
      else ticker?.close();
      if (workplace) await workspace.workplaces.close(executionId, workplace);
      await log.close();
      workspace.logs.delete(executionId);
      await workspace.pruneLogs();
    },
  };
}

/** What an attempt is of, unless that may not run any more. */
function foundIn(
  { plan, steps, agents, templates }: PlanParts,
  event: EventOf<"attempt.started">,
): Outcome<{ readonly step: PlanStep; readonly agent: AgentDefinition }> {
  const step = steps.get(event.stepId);
  if (!step) return failed(removedStep(event.stepId, plan));
  const agent = agents.get(event.agent);
  if (!agent) return failed(changedAgent(event.agent, plan));
  if (isUnapproved(step, plan, templates)) return failed(changedRole(step.role ?? "", plan));
  return success({ step, agent });
}

/** What a person should know at the end, in the log, in the record and in the report. Does not reject. */
async function tell(
  { workspace, database, executionId }: EquipmentRequest,
  log: ExecutionLog,
  { plan, view, notices }: { readonly plan: Plan; readonly view: ExecutionView; readonly notices: readonly string[] },
): Promise<void> {
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
    writeReport(workspace.home, reportOf(database, plan, { ...view, notices: [...all] })),
  );
  if (unwritten !== null) workspace.options.notice(`the report of ${executionId} could not be written: ${unwritten}`);
}

/**
 * Whether the boxes are ticked in the execution's tree: where the spec is there as it was planned. One that is new or was changed since the
 * last commit is ticked where the person has it.
 */
async function isSpecInTree({ database, plan }: EquipmentRequest, { workplace }: OpenWorkplace): Promise<boolean> {
  const committed = await workplace.textAtStart(plan.specPath);
  const planned = findSpecification(database, plan.planId) ?? "";
  return committed !== null && committed.replaceAll("\r\n", "\n") === planned.replaceAll("\r\n", "\n");
}

/** What ticks the boxes of an execution, with all that it has done so far. `place`: whose tree has the spec; null: the workspace has it. */
function tickerOf(
  { workspace, database, executionId, plan, state, note }: EquipmentRequest,
  place: OpenWorkplace | null,
): BoxTicker {
  const ticker = new BoxTicker({
    folder: place ? place.tree.folder : workspace.folder,
    plan,
    textOf: (planId) => findSpecification(database, planId) ?? "",
    clock: workspace.options.clock,
    // No editor of a person has the file in the tree open as the spec of this workspace.
    editors: place ? new OpenEditors() : workspace.editors,
    atEnd: place !== null,
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
  /** Prompt templates that were approved, by role, likewise. */
  readonly templates: ReadonlyMap<string, RoleTemplate>;
  /** Knows what its agents and steps are given. */
  readonly redactor: Redactor;
}

/**
 * Definitions and templates are kept as they are checked against the approval: what somebody writes into their files while the plan runs
 * is for later plans (SEC10).
 */
function partsOf(workspace: Workspace, plan: Plan): PlanParts {
  const { registry } = workspace.options;
  const agents = new Map<string, AgentDefinition>();
  for (const [id, hash] of Object.entries(plan.agentHashes)) {
    const definition = registry.definition(id);
    if (definition && registry.definitionHash(id) === hash) agents.set(id, definition);
  }
  const templates = approvedTemplates(plan, workspace.roles.last);
  const redactor = redactorFor(workspace.settings.last, process.env, { plan, agents: agents.values() });
  return { plan, steps: new Map(plan.steps.map((step) => [step.id, step])), agents, templates, redactor };
}

/** Throws `not_approved` when an agent or a template of the plan was changed after the plan was approved. */
function requireApproved({ roles }: Workspace, parts: PlanParts): PlanParts {
  const changed = Object.keys(parts.plan.agentHashes).find((id) => !parts.agents.has(id));
  if (changed !== undefined) throw new FailureError(changedAgent(changed, parts.plan));
  refuseRoles(parts.plan, roles.last);
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
