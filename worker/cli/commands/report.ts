import { workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { executionNamed } from "./status.ts";

/** `planwright report [EXECUTION]`: the report in Markdown, or as JSON. */
export async function reportCommand(context: CommandContext, name: string | undefined): Promise<ExitCode> {
  const client = await context.connect(workspaceFolder(context));
  const { report, markdown, files } = await client.call("execution.report", {
    executionId: await executionNamed(client, name),
  });
  if (context.json) context.terminal.json(report);
  else context.terminal.print(`${markdown}\n${files.map((file) => `Kept in ${file}`).join("\n")}`);
  return EXIT.completed;
}
