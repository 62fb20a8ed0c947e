import { workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { budgetText } from "../render/budget-text.ts";
import { plain } from "../render/text.ts";

/** `planwright budget`: limits, what was spent, and what is wrong with the budget file (catalogue E1-E5). */
export async function budgetCommand(context: CommandContext, days: number): Promise<ExitCode> {
  const { terminal } = context;
  const client = await context.connect(workspaceFolder(context));
  const view = await client.call("budget.get", { days });
  if (context.json) terminal.json(view);
  else {
    terminal.print(budgetText(view, days, terminal));
    for (const problem of view.problems) terminal.error(plain(problem));
  }
  return view.problems.length > 0 ? EXIT.usage : EXIT.completed;
}
