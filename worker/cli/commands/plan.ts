import type { Plan } from "../../../schemas/plan.ts";
import { commandId, locateSpec, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { modificationsOf, type StepOptions } from "../modifications.ts";
import { printNotices } from "./approve.ts";
import { planText, reasonsText, standingText } from "../render/plan-text.ts";

/** `planwright plan FILE`: makes, keeps and shows the plan. */
export async function planCommand(
  context: CommandContext,
  file: string,
  options: StepOptions & { readonly why: boolean },
): Promise<ExitCode> {
  const { folder, path } = locateSpec(context, file);
  const client = await context.connect(folder);
  const { plan, approved, changes, notices } = await client.call("plan.create", {
    path,
    keep: true,
    modifications: modificationsOf(options),
    commandId: commandId(),
  });
  printNotices(context, notices);
  if (context.json) {
    context.terminal.json({ ...plan, approved, changes });
    return exitCodeOfPlan(plan);
  }
  context.terminal.print(planText(plan, standingText(approved, changes), context.terminal));
  if (options.why) context.terminal.print(`\nWhy:\n${reasonsText(plan)}`);
  if (!approved && exitCodeOfPlan(plan) === EXIT.completed) {
    context.terminal.print(`\nNext: planwright approve ${plan.planId}, then planwright run ${plan.planId}`);
  }
  return exitCodeOfPlan(plan);
}

/** 2 for a spec with errors, 3 when only decisions of a person are missing. */
export function exitCodeOfPlan({ diagnostics }: Plan): ExitCode {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return EXIT.completed;
  return errors.every(({ code }) => code === "no-agent") ? EXIT.waits : EXIT.usage;
}
