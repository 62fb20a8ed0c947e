import { workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { plain } from "../render/text.ts";

/** `planwright doctor`: what Planwright needs here and what is missing. */
export async function doctorCommand(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect(workspaceFolder(context));
  const { checks } = await client.call("worker.doctor", {});
  if (context.json) context.terminal.json({ checks });
  else {
    const marks = { ok: ["green", "✔"], info: ["dim", "·"], warning: ["yellow", "!"], error: ["red", "✘"] } as const;
    for (const { name, status, message } of checks) {
      const [colour, mark] = marks[status];
      context.terminal.print(`${context.terminal.style(colour, mark)} ${plain(name)}: ${plain(message)}`);
    }
  }
  return checks.some(({ status }) => status === "error") ? EXIT.failed : EXIT.completed;
}
