import { commandId, workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { executionNamed } from "./status.ts";

/** `planwright cancel [EXECUTION]`: stops an execution; `--force` kills what runs at once. */
export async function cancelCommand(
  context: CommandContext,
  name: string | undefined,
  force: boolean,
): Promise<ExitCode> {
  const client = await context.connect(workspaceFolder(context));
  const executionId = await executionNamed(client, name);
  const { status } = await client.call("execution.cancel", { executionId, force, commandId: commandId() });
  if (context.json) context.terminal.json({ executionId, status });
  else context.terminal.print(`${executionId}: ${status}`);
  return EXIT.completed;
}
