import { FailureError } from "../../../schemas/failure.ts";
import { UnacceptedSource } from "../../../schemas/operations/budget.ts";
import type { ResultOf } from "../../../schemas/operations/table.ts";
import { commandId, workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { budgetText } from "../render/budget-text.ts";
import { plain } from "../render/text.ts";

/** `planwright budget --bill`: asks the billing source, which the person accepts before it is asked for the first time (catalogue E6). */
export async function billCommand(context: CommandContext, yes: boolean): Promise<ExitCode> {
  const { terminal } = context;
  const client = await context.connect(workspaceFolder(context));
  const bill = (accept: string | null): Promise<ResultOf<"budget.bill">> =>
    client.call("budget.bill", { accept, commandId: commandId() });
  let result: ResultOf<"budget.bill">;
  try {
    result = await bill(null);
  } catch (error) {
    const source = error instanceof FailureError ? UnacceptedSource.safeParse(error.failure.details).data : undefined;
    if (!source) throw error;
    const asked = `The billing source of .planwright/budget.json ${source.does} ${plain(source.what)}`;
    if (!yes && (context.json || !terminal.canAsk || !(await terminal.confirm(`${asked}. May it, now and later?`))))
      throw error;
    result = await bill(source.hash);
  }
  const { booked, known, refused } = result;
  if (context.json) terminal.json(result);
  else terminal.print(`Booked ${booked} billed ${booked === 1 ? "amount" : "amounts"}; ${known} known already.`);
  for (const why of refused) terminal.error(`refused: ${plain(why)}`);
  return refused.length > 0 ? EXIT.failed : EXIT.completed;
}

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
