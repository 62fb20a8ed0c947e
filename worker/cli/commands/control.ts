import type { Client } from "../../../schemas/client.ts";
import { throwFailure } from "../../../schemas/failure.ts";
import { commandId, workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, exitCodeOfExecution, type ExitCode } from "../exit-code.ts";
import { summary } from "../render/execution-text.ts";
import { revisionText } from "../render/revision-text.ts";
import { plain } from "../render/text.ts";
import { followToEnd } from "./follow.ts";
import { executionNamed } from "./status.ts";

/** `planwright pause [EXECUTION]`: starts nothing more; what runs goes on. */
export async function pauseCommand(context: CommandContext, name: string | undefined): Promise<ExitCode> {
  const { client, executionId } = await named(context, name);
  const { status } = await client.call("execution.pause", { executionId, commandId: commandId() });
  say(context, executionId, status, `go on with planwright resume ${executionId}`);
  return EXIT.completed;
}

/** `planwright resume [EXECUTION]`: goes on after a pause or a lost worker, under another plan when one is named, and follows. */
export async function resumeCommand(
  context: CommandContext,
  name: string | undefined,
  { plan, detach }: { readonly plan?: string; readonly detach: boolean },
): Promise<ExitCode> {
  const { client, executionId } = await named(context, name);
  const before = await client.call("execution.get", { executionId });
  if (plan !== undefined) {
    const revised = await client.call("execution.revise", { executionId, planId: plan, commandId: commandId() });
    if (!context.json) context.terminal.print(`${revisionText(revised.revision, context.terminal)}\n`);
    // An execution that is not held back goes on by itself, and may have ended by now.
    if (revised.status !== "paused" && revised.status !== "interrupted")
      return goOn(context, client, { executionId, status: revised.status, since: before.seq, detach });
  } else if (before.completedAt !== null) {
    if (context.json) context.terminal.json(before);
    else context.terminal.print(`Nothing to resume.\n\n${summary(before, context)}`);
    return exitCodeOfExecution(before);
  }
  const { status } = await client.call("execution.resume", { executionId, commandId: commandId() });
  return goOn(context, client, { executionId, status, since: before.seq, detach });
}

/** `planwright retry [EXECUTION] [STEP]`: runs again what failed or was not run. */
export async function retryCommand(
  context: CommandContext,
  names: readonly string[],
  { detach }: { readonly detach: boolean },
): Promise<ExitCode> {
  const { client, executionId, stepId } = await namedStep(context, names);
  const { seq: since } = await client.call("execution.get", { executionId });
  const { status } = await client.call("execution.retry", { executionId, stepId, commandId: commandId() });
  return goOn(context, client, { executionId, status, since, detach });
}

/** `planwright rerun [EXECUTION] STEP`: runs a step again although it is done, with everything that depends on it. */
export async function rerunCommand(
  context: CommandContext,
  names: readonly string[],
  { only, detach }: { readonly only: boolean; readonly detach: boolean },
): Promise<ExitCode> {
  const { client, executionId, stepId } = await namedStep(context, names);
  if (stepId === null)
    throwFailure("bad_request", "name the step to run again: planwright status EXECUTION lists them");
  const { seq: since } = await client.call("execution.get", { executionId });
  const { status } = await client.call("execution.rerun", { executionId, stepId, only, commandId: commandId() });
  return goOn(context, client, { executionId, status, since, detach });
}

/** `planwright kill [EXECUTION] STEP`: ends the agent run of one step. */
export async function killCommand(context: CommandContext, names: readonly string[]): Promise<ExitCode> {
  const { client, executionId, stepId } = await namedStep(context, names);
  if (stepId === null) throwFailure("bad_request", "name the step to kill: planwright status EXECUTION lists them");
  const { status } = await client.call("execution.kill", { executionId, stepId, commandId: commandId() });
  say(context, executionId, status, `"${stepId}" is being stopped`);
  return EXIT.completed;
}

interface Going {
  readonly executionId: string;
  readonly status: string;
  readonly since: number;
  readonly detach: boolean;
}

async function goOn(context: CommandContext, client: Client, going: Going): Promise<ExitCode> {
  const { executionId, status, since, detach } = going;
  if (!detach) return followToEnd(context, client, executionId, since);
  say(context, executionId, status, `see planwright status ${executionId}`);
  return EXIT.completed;
}

function say(context: CommandContext, executionId: string, status: string, next: string): void {
  if (context.json) context.terminal.json({ executionId, status });
  else context.terminal.print(`${executionId}: ${status}; ${plain(next)}`);
}

async function named(
  context: CommandContext,
  name: string | undefined,
): Promise<{ client: Client; executionId: string }> {
  const client = await context.connect(workspaceFolder(context));
  return { client, executionId: await executionNamed(client, name) };
}

/** `EXECUTION STEP`, or one of them alone: a word that is no execution is a step of the latest one. Null: no step was named. */
async function namedStep(
  context: CommandContext,
  names: readonly string[],
): Promise<{ client: Client; executionId: string; stepId: string | null }> {
  const client = await context.connect(workspaceFolder(context));
  const [first, second] = names;
  if (first === undefined || second !== undefined)
    return { client, executionId: await executionNamed(client, first), stepId: second ?? null };
  const { executions } = await client.call("execution.list", { limit: 1_000 });
  const isExecution = first === "latest" || executions.some(({ executionId }) => executionId.startsWith(first));
  return {
    client,
    executionId: await executionNamed(client, isExecution ? first : undefined),
    stepId: isExecution ? null : first,
  };
}
