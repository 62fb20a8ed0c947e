import type { LimitStanding } from "../../../schemas/budget.ts";
import type { Client } from "../../../schemas/client.ts";
import type { Plan, StepModification } from "../../../schemas/plan.ts";
import { withAskedInputs } from "../ask-inputs.ts";
import { commandId, workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { modificationsOf, type StepOptions } from "../modifications.ts";
import { readingOf, refuseReading, type ReadingOptions } from "../reading-options.ts";
import { pathOrText, subjectNamed } from "../subject.ts";
import { writtenOut } from "../undecided-steps.ts";
import { planText, standingText } from "../render/plan-text.ts";
import { plain } from "../render/text.ts";

/** A plan that the person named, by its id or by the spec it is made from. */
export interface NamedPlan {
  readonly client: Client;
  readonly plan: Plan;
  readonly approved: boolean;
  readonly changes: readonly string[];
  readonly notices: readonly string[];
  /** Changes of steps that are shown but not yet kept, because the plan was named by its id. */
  readonly pending: readonly StepModification[];
}

/** `planwright approve PLAN|FILE`: approves, after the changes that the options make. */
export async function approveCommand(
  context: CommandContext,
  name: string,
  options: StepOptions & ReadingOptions,
): Promise<ExitCode> {
  const { client, plan, pending, notices } = await namedPlan(context, name, { keep: true, options });
  printNotices(context, notices);
  const { plan: approvedPlan, approval } = await client.call("plan.approve", {
    planId: plan.planId,
    planHash: plan.hash,
    modifications: [...pending],
    how: "command",
    commandId: commandId(),
  });
  if (context.json) context.terminal.json({ plan: approvedPlan, approval });
  else {
    const limits = await standingsFor(client, approvedPlan);
    context.terminal.print(planText(approvedPlan, standingText(true, []), context.terminal, limits));
    context.terminal.print(`\nNext: ${commandToRun(approvedPlan)}`);
  }
  return EXIT.completed;
}

/** The command that runs an approved plan: a new execution, or the one that it was made against. */
export function commandToRun({ planId, revises }: Plan): string {
  return revises === null ? `planwright run ${planId}` : `planwright resume ${revises} --plan ${planId}`;
}

/** How a plan is named, and what is to be different in it. */
export interface NamedRequest {
  readonly keep: boolean;
  /** Whoever agrees beforehand is asked for no more than must be. */
  readonly yes?: boolean;
  readonly options: StepOptions & ReadingOptions;
}

/** A file that exists and words are planned anew; anything else is the id of a kept plan. Either is shown with the changes of its steps. */
export async function namedPlan(
  context: CommandContext,
  name: string,
  { keep, yes = false, options }: NamedRequest,
): Promise<NamedPlan> {
  const asked = modificationsOf(options);
  const subject = await subjectNamed(context, name);
  if (subject) {
    const client = await context.connect(subject.folder);
    const reading = await withAskedInputs(context, client, subject, { reading: readingOf(options), defaults: yes });
    const request = { ...pathOrText(subject), reading };
    const modifications = await writtenOut(asked, async (known) => {
      const first = { ...request, keep: false, modifications: known, commandId: commandId() };
      return (await client.call("plan.create", first)).plan;
    });
    const made = { ...request, keep, modifications, commandId: commandId() };
    return { client, pending: [], ...(await client.call("plan.create", made)) };
  }
  refuseReading(options, name);
  const client = await context.connect(workspaceFolder(context));
  const modifications = await writtenOut(
    asked,
    async (known) => (await client.call("plan.get", { planId: name, modifications: known })).plan,
  );
  return { client, pending: modifications, ...(await client.call("plan.get", { planId: name, modifications })) };
}

/** How far the policies of a plan are used up; none for one without policies. */
export async function standingsFor(client: Client, { policies }: Plan): Promise<LimitStanding[]> {
  return policies.length === 0 ? [] : (await client.call("budget.get", { days: 1 })).limits;
}

/** What to know besides the plan goes to the standard error, so that JSON stays JSON. */
export function printNotices({ terminal }: CommandContext, notices: readonly string[]): void {
  for (const notice of notices) terminal.error(`planwright: ${plain(notice)}`);
}
