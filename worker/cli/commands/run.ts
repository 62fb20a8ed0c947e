import type { Client } from "../../../schemas/client.ts";
import type { ExecutionView } from "../../../schemas/execution.ts";
import { failure, FailureError, type Failure } from "../../../schemas/failure.ts";
import { formatDuration } from "../../../schemas/duration.ts";
import { formatAmount } from "../../../schemas/money.ts";
import type { Plan } from "../../../schemas/plan.ts";
import { commandId, type CommandContext } from "../context.ts";
import { EXIT, exitCodeOfExecution, type ExitCode } from "../exit-code.ts";
import { modificationsOf, type StepOptions } from "../modifications.ts";
import { jsonView, liveView, plainView } from "../render/live-view.ts";
import { planText, standingText } from "../render/plan-text.ts";
import { plain } from "../render/text.ts";
import { onSignals } from "../signals.ts";
import { namedPlan, printNotices, type NamedPlan } from "./approve.ts";
import { exitCodeOfPlan } from "./plan.ts";

export interface RunOptions extends StepOptions {
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly writeBack: boolean;
}

/** `planwright run PLAN|FILE`: plans, asks for approval where it is missing, runs and follows to the end. */
export async function runCommand(context: CommandContext, name: string, options: RunOptions): Promise<ExitCode> {
  const named = await namedPlan(context, name, !options.dryRun, modificationsOf(options));
  printNotices(context, named.notices);
  if (options.dryRun) return dryRun(context, named);
  let { plan } = named;
  if (!context.json) {
    const standing =
      options.yes && !named.approved ? "Approved by --yes." : standingText(named.approved, named.changes);
    context.terminal.print(`${planText(plan, standing, context.terminal)}\n`);
  }
  if (!named.approved || named.pending.length > 0) {
    const how = named.approved ? "command" : await consent(context, plan, options);
    const modifications = [...named.pending];
    ({ plan } = await named.client.call("plan.approve", {
      planId: plan.planId,
      planHash: plan.hash,
      modifications,
      how,
      commandId: commandId(),
    }));
  }
  const { executionId } = await named.client.call("execution.start", {
    planId: plan.planId,
    writeBack: options.writeBack,
    commandId: commandId(),
  });
  const execution = await follow(context, named.client, executionId);
  if (execution === "detached") return EXIT.completed;
  if (execution === "left") return EXIT.cancelled;
  if (context.json) context.terminal.json({ ...execution, planId: plan.planId });
  else context.terminal.print(`\n${summary(execution, context)}`);
  return exitCodeOfExecution(execution);
}

function dryRun(context: CommandContext, { plan, approved, changes }: NamedPlan): ExitCode {
  if (context.json) context.terminal.json({ ...plan, approved, dryRun: true });
  else {
    const text = planText(plan, standingText(approved, changes), context.terminal);
    context.terminal.print(`${text}\n\nDry run: nothing was run or recorded.`);
  }
  return exitCodeOfPlan(plan);
}

/** How the person agreed. Throws `not_approved` when nobody did. */
async function consent(context: CommandContext, plan: Plan, options: RunOptions): Promise<"flag" | "prompt"> {
  if (options.yes) return "flag";
  if (context.json || !context.terminal.canAsk) {
    throw new FailureError(
      failure(
        "not_approved",
        `plan ${plan.planId} is not approved: read it, then run "planwright approve ${plan.planId}", or give --yes`,
      ),
    );
  }
  const blocked = plan.diagnostics.some(({ severity }) => severity === "error");
  if (!blocked && (await context.terminal.confirm("Run this plan?"))) return "prompt";
  const reason = blocked
    ? "the plan has errors: mend the spec, or decide the steps with --set, --skip or --simulate"
    : "not approved: nothing was run";
  throw new FailureError(failure("not_approved", reason));
}

/** Follows an execution to its end. The first Ctrl-C cancels, the second one kills; a closed terminal leaves it running. */
async function follow(
  context: CommandContext,
  client: Client,
  executionId: string,
): Promise<ExecutionView | "detached" | "left"> {
  const view = context.json
    ? jsonView(context.terminal)
    : context.terminal.isLive
      ? liveView(context.terminal)
      : plainView(context.terminal);
  const ended = Promise.withResolvers<"ended" | "detached" | "left">();
  // The connection can be lost before anyone waits for the end.
  ended.promise.catch(() => undefined);
  let interrupts = 0;
  let stalled = false;
  const stopSignals = onSignals({
    interrupt: () => {
      interrupts += 1;
      const force = interrupts > 1;
      if (force && stalled) ended.resolve("left");
      view.say(cancelText(force, stalled));
      client
        .call("execution.cancel", { executionId, force, commandId: commandId() })
        .catch((error: unknown) => ended.reject(error));
    },
    hangUp: () => ended.resolve("detached"),
  });
  const stopClose = client.onClose(() => ended.reject(lostWorker(executionId)));
  try {
    await client.subscribe({ kind: "execution", executionId }, (batch) => {
      if (batch.kind !== "execution") return;
      stalled = batch.progress.stalled !== null;
      view.update(batch.events, batch.progress);
      if (batch.end) ended.resolve("ended");
    });
    const how = await ended.promise;
    if (how !== "ended") return how;
    return await client.call("execution.get", { executionId });
  } finally {
    stopClose();
    stopSignals();
    view.close();
  }
}

function cancelText(force: boolean, stalled: boolean): string {
  if (stalled && force) return "Left: the cancellation takes effect as soon as the record can be written.";
  if (stalled) return "Cancelling: it takes effect as soon as the record can be written (again to leave).";
  return force ? "Stopping at once." : "Cancelling: agents are asked to stop (again to kill them at once).";
}

/** The worker went away while its execution was followed. */
export function lostWorker(executionId: string): FailureError {
  const message = `the worker ended unexpectedly; what was acknowledged is in the record: see "planwright status ${executionId}" and "planwright doctor"`;
  return new FailureError(failure("worker_unavailable", message));
}

/** The last words on an execution. */
export function summary(execution: ExecutionView, { terminal }: Pick<CommandContext, "terminal">): string {
  const { progress, costs, status } = execution;
  const colour = status === "completed" ? "green" : status === "failed" ? "red" : "yellow";
  const limit = costs.limit === null ? "" : ` of ${formatAmount(costs.limit, costs.currency)}`;
  const counts = [`${progress.completed} of ${progress.total} completed`];
  if (progress.failed > 0) counts.push(`${progress.failed} failed`);
  if (progress.skipped > 0) counts.push(`${progress.skipped} not run`);
  const why = execution.failure ? `\n  ${failureText(execution.failure)}` : "";
  const simulated = execution.simulated ? "\n  Some steps were simulated: they did no real work." : "";
  return [
    `${terminal.style(colour, status)}: ${plain(execution.title)}${why}${simulated}`,
    `  ${counts.join(", ")} in ${formatDuration(progress.elapsed)}; cost ${formatAmount(costs.total, costs.currency)}${limit}, ${costs.certainty}`,
    ...execution.notices.map((notice) => `  ${terminal.style("yellow", "!")} ${plain(notice)}`),
    `  planwright report ${execution.executionId}`,
  ].join("\n");
}

function failureText({ code, message }: Failure): string {
  return `${plain(message)} [${code}]`;
}
