import { failure, FailureError, throwFailure } from "../../../schemas/failure.ts";
import type { Plan } from "../../../schemas/plan.ts";
import { commandId, type CommandContext } from "../context.ts";
import type { ExitCode } from "../exit-code.ts";
import type { StepOptions } from "../modifications.ts";
import type { ReadingOptions } from "../reading-options.ts";
import { planText, standingText } from "../render/plan-text.ts";
import { namedPlan, type NamedPlan, printNotices, standingsFor } from "./approve.ts";
import { followToEnd } from "./follow.ts";
import { exitCodeOfPlan } from "./plan.ts";

export interface RunOptions extends StepOptions, ReadingOptions {
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly writeBack: boolean;
  /** Nobody is there to ask, although a terminal is. */
  readonly unattended: boolean;
  readonly only?: string;
  readonly from?: string;
}

/** `planwright run PLAN|FILE|TEXT|-`: plans, asks for approval where it is missing, runs and follows to the end. */
export async function runCommand(context: CommandContext, name: string, options: RunOptions): Promise<ExitCode> {
  const named = await namedPlan(context, name, { keep: !options.dryRun, yes: options.yes, options });
  printNotices(context, named.notices);
  if (options.dryRun) return dryRun(context, named);
  let { plan } = named;
  if (!context.json) {
    const standing =
      options.yes && !named.approved ? "Approved by --yes." : standingText(named.approved, named.changes);
    context.terminal.print(`${planText(plan, standing, context.terminal, await standingsFor(named.client, plan))}\n`);
  }
  if (!named.approved || named.pending.length > 0) {
    const how = named.approved ? "command" : await consent(context, plan, options);
    const modifications = [...named.pending];
    ({ plan } = await named.client.call("plan.approve", {
      planId: plan.planId,
      planHash: plan.hash,
      modifications,
      how,
      commandId: commandId(),
    }));
  }
  const { executionId } = await named.client.call("execution.start", {
    planId: plan.planId,
    writeBack: options.writeBack,
    attended: !options.unattended && !context.json && context.terminal.canAsk,
    scope: scopeOf(options),
    commandId: commandId(),
  });
  return followToEnd(context, named.client, executionId);
}

function scopeOf({ only, from }: RunOptions): { kind: "only" | "from"; stepId: string } | null {
  if (only !== undefined && from !== undefined)
    throwFailure("bad_request", "--only and --from exclude each other: name one step to run, or one to start from");
  if (only !== undefined) return { kind: "only", stepId: only };
  return from === undefined ? null : { kind: "from", stepId: from };
}

async function dryRun(context: CommandContext, { client, plan, approved, changes }: NamedPlan): Promise<ExitCode> {
  if (context.json) context.terminal.json({ ...plan, approved, dryRun: true });
  else {
    const limits = await standingsFor(client, plan);
    const text = planText(plan, standingText(approved, changes), context.terminal, limits);
    context.terminal.print(`${text}\n\nDry run: nothing was run or recorded.`);
  }
  return exitCodeOfPlan(plan);
}

/** How the person agreed. Throws `not_approved` when nobody did. */
async function consent(context: CommandContext, plan: Plan, options: RunOptions): Promise<"flag" | "prompt"> {
  if (options.yes) return "flag";
  if (context.json || !context.terminal.canAsk) {
    throw new FailureError(
      failure(
        "not_approved",
        `plan ${plan.planId} is not approved: read it, then run "planwright approve ${plan.planId}", or give --yes`,
      ),
    );
  }
  const blocked = plan.diagnostics.some(({ severity }) => severity === "error");
  if (!blocked && (await context.terminal.confirm("Run this plan?"))) return "prompt";
  const reason = blocked
    ? "the plan has errors: mend the spec, or decide the steps with --set, --skip or --simulate"
    : "not approved: nothing was run";
  throw new FailureError(failure("not_approved", reason));
}
