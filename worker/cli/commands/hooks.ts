import type { HookDelivery } from "../../../schemas/hook.ts";
import { commandId, workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { clip, plain, table } from "../render/text.ts";
import { executionNamed } from "./status.ts";

export interface HooksOptions {
  readonly retry: boolean;
  readonly count: number;
}

/** `planwright hooks [EXECUTION]`: what hooks were sent, what they answered, and, with `--retry`, again what was given up. */
export async function hooksCommand(
  context: CommandContext,
  name: string | undefined,
  { retry, count }: HooksOptions,
): Promise<ExitCode> {
  const client = await context.connect(workspaceFolder(context));
  const executionId = name === undefined ? null : await executionNamed(client, name);
  const { terminal } = context;
  if (retry) {
    const { queued } = await client.call("hook.retry", { executionId, commandId: commandId() });
    if (context.json) terminal.json({ queued });
    else
      terminal.print(
        queued === 0 ? "Nothing was given up." : `${queued} sent again: planwright hooks shows how it goes.`,
      );
    return EXIT.completed;
  }
  const { deliveries, problems } = await client.call("hook.list", { executionId, limit: Math.min(count, 1_000) });
  if (context.json) terminal.json({ deliveries, problems });
  else {
    terminal.print(deliveries.length === 0 ? "No hook was sent anything yet." : deliveriesText(deliveries));
    for (const problem of problems) terminal.error(plain(problem));
  }
  return problems.length > 0 ? EXIT.usage : EXIT.completed;
}

function deliveriesText(deliveries: readonly HookDelivery[]): string {
  const rows = deliveries.map((delivery) => [
    new Date(delivery.at).toLocaleString(),
    delivery.hook,
    delivery.event,
    plain(delivery.stepId === null ? delivery.executionId : `${delivery.executionId} ${delivery.stepId}`),
    stateText(delivery),
    clip(plain(saidText(delivery)), 80),
  ]);
  return table([["WHEN", "HOOK", "EVENT", "ABOUT", "STATE", "ANSWER"], ...rows]);
}

function stateText({ state, attempts, nextAt }: HookDelivery): string {
  const tries = attempts === 1 ? "1 try" : `${attempts} tries`;
  if (state === "given-up") return `given up after ${tries}`;
  if (state === "delivered") return attempts > 1 ? `delivered after ${tries}` : "delivered";
  return nextAt === null ? "pending" : `pending, ${tries}, next ${new Date(nextAt).toLocaleTimeString()}`;
}

function saidText({ answer, problem }: HookDelivery): string {
  if (problem !== null) return problem;
  if (answer === null) return "";
  return (typeof answer === "string" ? answer : JSON.stringify(answer)).replace(/\s+/g, " ");
}
