import type { AcceptHow, ExecutionResult } from "../../../schemas/operations/result.ts";
import { throwFailure } from "../../../schemas/failure.ts";
import { commandId, workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { resultText } from "../render/result-text.ts";
import { plain } from "../render/text.ts";
import { executionNamed } from "./status.ts";

/** `planwright result [EXECUTION]`: what its coding steps have made, and how it could be accepted. */
export async function resultCommand(context: CommandContext, name: string | undefined): Promise<ExitCode> {
  const client = await context.connect(workspaceFolder(context));
  const executionId = await executionNamed(client, name);
  const { result } = await client.call("execution.result", { executionId });
  if (context.json) context.terminal.json({ result });
  else context.terminal.print(result ? resultText(result, context.terminal) : inFolderText(executionId));
  return EXIT.completed;
}

function inFolderText(executionId: string): string {
  return `The steps of ${executionId} worked in the folder itself: there is nothing to accept.`;
}

export interface AcceptOptions {
  readonly apply: boolean;
  readonly squash: boolean;
  /** True without a name. */
  readonly keep?: string | true;
  readonly discard: boolean;
  readonly yes: boolean;
}

/** `planwright accept [EXECUTION] --apply|--squash|--keep [BRANCH]|--discard`. */
export async function acceptCommand(
  context: CommandContext,
  name: string | undefined,
  options: AcceptOptions,
): Promise<ExitCode> {
  const how = chosenOf(options);
  const client = await context.connect(workspaceFolder(context));
  const executionId = await executionNamed(client, name);
  const { terminal } = context;
  if (how === "discard" && !options.yes) {
    const { result } = await client.call("execution.result", { executionId });
    if (result?.state === "ready" && !(await agreed(context, result))) {
      terminal.print("Nothing was changed.");
      return EXIT.cancelled;
    }
  }
  const branch = typeof options.keep === "string" ? options.keep : null;
  const done = await client.call("execution.accept", { executionId, how, branch, commandId: commandId() });
  if (context.json) terminal.json(done);
  else terminal.print(plain(done.message));
  return EXIT.completed;
}

async function agreed(
  { terminal, json }: CommandContext,
  { executionId, changedFiles }: ExecutionResult,
): Promise<boolean> {
  if (json || !terminal.canAsk)
    throwFailure("bad_request", `nobody can be asked here: planwright accept ${executionId} --discard --yes does it`);
  return terminal.confirm(`Throw the result of ${executionId} away, with changes of ${changedFiles} files?`);
}

function chosenOf({ apply, squash, keep, discard }: AcceptOptions): AcceptHow {
  const chosen: AcceptHow[] = [
    ...(apply ? (["apply"] as const) : []),
    ...(squash ? (["squash"] as const) : []),
    ...(keep === undefined ? [] : (["keep"] as const)),
    ...(discard ? (["discard"] as const) : []),
  ];
  const [how, another] = chosen;
  if (how === undefined || another !== undefined)
    throwFailure(
      "bad_request",
      "say what is to become of the result, one of --apply, --squash, --keep [BRANCH] and --discard",
    );
  return how;
}
