import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Client } from "../../../schemas/client.ts";
import type { Plan } from "../../../schemas/plan.ts";
import { commandId, locateSpec, workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { modificationsOf, type StepOptions } from "../modifications.ts";
import { planText, standingText } from "../render/plan-text.ts";

/** A plan that the person named, by its id or by the spec it is made from. */
export interface NamedPlan {
  readonly client: Client;
  readonly plan: Plan;
  readonly approved: boolean;
}

/** `planwright approve PLAN|FILE`: approves, after the changes that the options make. */
export async function approveCommand(context: CommandContext, name: string, options: StepOptions): Promise<ExitCode> {
  const { client, plan } = await namedPlan(context, name, true);
  const { plan: approvedPlan, approval } = await client.call("plan.approve", {
    planId: plan.planId,
    modifications: modificationsOf(options),
    how: "command",
    commandId: commandId(),
  });
  if (context.json) context.terminal.json({ plan: approvedPlan, approval });
  else {
    context.terminal.print(planText(approvedPlan, standingText(true), context.terminal));
    context.terminal.print(`\nNext: planwright run ${approvedPlan.planId}`);
  }
  return EXIT.completed;
}

/** A file that exists is planned anew; anything else is the id of a kept plan. */
export async function namedPlan(context: CommandContext, name: string, keep: boolean): Promise<NamedPlan> {
  if (existsSync(resolve(context.currentFolder, name)) || looksLikeFile(name)) {
    const { folder, path } = locateSpec(context, name);
    const client = await context.connect(folder);
    return { client, ...(await client.call("plan.create", { path, keep, commandId: commandId() })) };
  }
  const client = await context.connect(workspaceFolder(context));
  return { client, ...(await client.call("plan.get", { planId: name })) };
}

function looksLikeFile(name: string): boolean {
  return /[\\/]|\.\w+$/.test(name);
}
