import type { AgentDefinition } from "../../schemas/agent.ts";
import type { EventOf } from "../../schemas/event.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import type { AttemptContext } from "../agents/adapter.ts";
import { startSetup } from "../agents/setup.ts";
import { startAttempt, startCheck } from "../agents/step-runner.ts";
import { stoppable } from "../agents/stoppable.ts";
import type { AttemptEnd } from "../engine/answer.ts";
import type { Redactor } from "../logs/redactor.ts";
import type { ExecutionLog } from "../logs/log-writer.ts";
import type { EarlierResult, ReviewedWork } from "../plan/prompt-situation.ts";
import type { RoleTemplate } from "../plan/roles/role.ts";
import type { AttemptSupport, RunningAttempt } from "../run/ports.ts";
import type { Database } from "../store/database.ts";
import { attemptRecord } from "./attempt-record.ts";
import { runIsolated, type IsolatedStep } from "./isolated-step.ts";
import { namedOutputs } from "./earlier-work.ts";
import { stepPrompt } from "./step-prompt.ts";
import type { OpenWorkplace } from "./workplaces.ts";
import type { Workspace } from "./workspace.ts";

export interface AttemptSurroundings {
  readonly workspace: Workspace;
  readonly database: Database;
  readonly log: ExecutionLog;
  readonly support: AttemptSupport;
  readonly redactor: Redactor;
  /** Where steps work that are kept apart from the person's files; null: none are. */
  readonly workplace: OpenWorkplace | null;
}

export interface StepParts {
  readonly plan: Plan;
  readonly step: PlanStep;
  readonly agent: AgentDefinition;
  /** What the steps before it have left. */
  readonly earlier: readonly EarlierResult[];
  readonly reviewed: ReviewedWork | null;
  /** Prompt templates as they were approved, by role. */
  readonly templates: ReadonlyMap<string, RoleTemplate>;
}

/** Runs one attempt where its step has its place, and writes what its agent prints into the log. */
export function runStep(
  surroundings: AttemptSurroundings,
  parts: StepParts,
  event: EventOf<"attempt.started">,
): RunningAttempt {
  const { workspace, database, log, support, workplace } = surroundings;
  const { registry, adapters, clock } = workspace.options;
  const { step } = parts;
  const record = attemptRecord({ clock, database, log, support, permissions: workspace.permissions }, parts, event);
  const release = registry.acquire(event.agent);
  const ports = { clock, environment: process.env };
  const from = clock.monotonic();
  const handle = stoppable(async (stops): Promise<AttemptEnd> => {
    const context = (folder: string, prompt = ""): AttemptContext =>
      contextOf(surroundings, parts, event, { folder, prompt });
    const run: IsolatedStep["run"] = (folder) =>
      stoppable(async (begun) => {
        const prompt = await promptOf(surroundings, parts, event, folder);
        return begun.follow(startAttempt(context(folder, prompt), adapters, record.sink, ports));
      });
    if (workplace === null || step.place === "folder" || step.simulated) return stops.follow(run(workspace.folder));
    const script = parts.plan.isolation?.setup ?? null;
    const end = await runIsolated(
      workplace,
      {
        step,
        work: { stepId: step.id, attemptId: event.attemptId, attempt: event.attempt, title: step.title },
        place: parts.plan.steps.indexOf(step),
        isReadonly: parts.agent.permissions === "readonly",
        log: (level, message, metadata) => record.sink.log(level, message, metadata),
        run,
        check: (folder) => startCheck(context(folder), record.sink, ports),
        setup: script === null ? null : (folder) => startSetup(script, context(folder), record.sink, ports.environment),
      },
      stops,
    );
    return { ...end, duration: Math.max(0, Math.round(clock.monotonic() - from)) };
  });
  const result = handle.result.finally(() => {
    record.end();
    release();
  });
  return { result, stop: (graceMs) => handle.stop(graceMs) };
}

/** What an attempt is told, in the folder that it works in. */
function contextOf(
  { workspace, support, redactor }: AttemptSurroundings,
  { plan, step, agent, earlier }: StepParts,
  { executionId, attempt, attemptId, idempotencyKey, missing }: EventOf<"attempt.started">,
  { folder, prompt }: { readonly folder: string; readonly prompt: string },
): AttemptContext {
  return {
    ...{ executionId, stepId: step.id, attempt, attemptId, idempotencyKey },
    step,
    agent,
    prompt,
    missing,
    results: namedOutputs(earlier),
    folder,
    workspace: workspace.folder,
    findings: support.findings,
    allowance: support.allowance,
    currency: plan.currency,
    workerMark: workspace.options.workerMark,
    redactor,
  };
}

async function promptOf(
  { support: { findings } }: AttemptSurroundings,
  { plan, step, templates, earlier, reviewed }: StepParts,
  { missing }: EventOf<"attempt.started">,
  folder: string,
): Promise<string> {
  return stepPrompt({ plan, step, templates, folder, results: earlier, missing, findings, reviewed });
}
