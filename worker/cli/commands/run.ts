import type { Client } from "../../../schemas/client.ts";
import type { ExecutionView } from "../../../schemas/execution.ts";
import { failure, FailureError, type Failure } from "../../../schemas/failure.ts";
import { formatDuration } from "../../../schemas/duration.ts";
import { formatAmount } from "../../../schemas/money.ts";
import type { Plan } from "../../../schemas/plan.ts";
import { commandId, type CommandContext } from "../context.ts";
import { EXIT, exitCodeOfExecution, type ExitCode } from "../exit-code.ts";
import { modificationsOf, type StepOptions } from "../modifications.ts";
import { liveView, plainView, type ProgressView } from "../render/live-view.ts";
import { planText, standingText } from "../render/plan-text.ts";
import { plain } from "../render/text.ts";
import { onSignals } from "../signals.ts";
import { namedPlan } from "./approve.ts";
import { exitCodeOfPlan } from "./plan.ts";

export interface RunOptions extends StepOptions {
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly writeBack: boolean;
}

/** `planwright run PLAN|FILE`: plans, asks for approval where it is missing, runs and follows to the end. */
export async function runCommand(context: CommandContext, name: string, options: RunOptions): Promise<ExitCode> {
  const modifications = modificationsOf(options);
  const named = await namedPlan(context, name, !options.dryRun);
  if (options.dryRun) return dryRun(context, named.plan, named.approved);
  let { plan } = named;
  const standing = options.yes && !named.approved ? "Approved by --yes." : standingText(named.approved);
  if (!context.json) context.terminal.print(`${planText(plan, standing, context.terminal)}\n`);
  if (!named.approved || modifications.length > 0) {
    const how = await consent(context, plan, options, modifications.length > 0);
    ({ plan } = await named.client.call("plan.approve", {
      planId: plan.planId,
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
  if (context.json) context.terminal.json({ ...execution, planId: plan.planId });
  else context.terminal.print(`\n${summary(execution, context)}`);
  return exitCodeOfExecution(execution);
}

function dryRun(context: CommandContext, plan: Plan, approved: boolean): ExitCode {
  if (context.json) context.terminal.json({ ...plan, approved, dryRun: true });
  else
    context.terminal.print(
      `${planText(plan, standingText(approved), context.terminal)}\n\nDry run: nothing was run or recorded.`,
    );
  return exitCodeOfPlan(plan);
}

/** How the person agreed. Throws `not_approved` when nobody did. */
async function consent(
  context: CommandContext,
  plan: Plan,
  options: RunOptions,
  changed: boolean,
): Promise<"flag" | "prompt"> {
  if (options.yes) return "flag";
  if (context.json || !context.terminal.canAsk) {
    throw new FailureError(
      failure(
        "not_approved",
        `plan ${plan.planId} is not approved: read it, then run "planwright approve ${plan.planId}", or give --yes`,
      ),
    );
  }
  const blocking = plan.diagnostics.some(({ severity }) => severity === "error");
  const ask = !blocking || changed;
  if (ask && (await context.terminal.confirm("Run this plan?"))) return "prompt";
  const reason = ask
    ? "not approved: nothing was run"
    : "the plan has errors: mend the spec, or decide the steps with --set, --skip or --simulate";
  throw new FailureError(failure("not_approved", reason));
}

/** Follows an execution to its end. The first Ctrl-C cancels, the second one kills; a closed terminal leaves it running. */
async function follow(
  context: CommandContext,
  client: Client,
  executionId: string,
): Promise<ExecutionView | "detached"> {
  const view = context.json
    ? jsonView(context)
    : context.terminal.isLive
      ? liveView(context.terminal)
      : plainView(context.terminal);
  const ended = Promise.withResolvers<"ended" | "detached">();
  let interrupts = 0;
  const stopSignals = onSignals({
    interrupt: () => {
      interrupts += 1;
      const force = interrupts > 1;
      context.terminal.error(
        force ? "Stopping at once." : "Cancelling: agents are asked to stop (again to kill them at once).",
      );
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
      view.update(batch.events, batch.progress);
      if (batch.end) ended.resolve("ended");
    });
    if ((await ended.promise) === "detached") return "detached";
    return await client.call("execution.get", { executionId });
  } finally {
    stopClose();
    stopSignals();
    view.close();
  }
}

function jsonView({ terminal }: CommandContext): ProgressView {
  return {
    update(events) {
      for (const event of events) terminal.json(event);
    },
    close() {
      // Nothing is held back.
    },
  };
}

function lostWorker(executionId: string): FailureError {
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
    `  planwright report ${execution.executionId}`,
  ].join("\n");
}

function failureText({ code, message }: Failure): string {
  return `${plain(message)} [${code}]`;
}
