import { resolve } from "node:path";
import type { Client } from "../../../schemas/client.ts";
import { throwFailure } from "../../../schemas/failure.ts";
import type { Plan } from "../../../schemas/plan.ts";
import { commandId, workspaceFolder, type CommandContext } from "../context.ts";
import { withAskedInputs } from "../ask-inputs.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { modificationsOf, type StepOptions } from "../modifications.ts";
import { readingOf, type ReadingOptions } from "../reading-options.ts";
import { plannerOf, withAccepted, type PlannerOptions } from "../planner-options.ts";
import { pathOrText, requireSubject, type Subject } from "../subject.ts";
import { writtenOut } from "../undecided-steps.ts";
import { commandToRun, printNotices, standingsFor } from "./approve.ts";
import { planText, reasonsText, standingText } from "../render/plan-text.ts";
import { revisionText } from "../render/revision-text.ts";
import { executionNamed } from "./status.ts";

export type PlanOptions = StepOptions &
  ReadingOptions &
  PlannerOptions & { readonly why: boolean; readonly against?: string };

/**
 * `planwright plan FILE|TEXT|-`: makes, keeps and shows the plan. With `--against EXECUTION` the plan is one for that execution to go on
 * with, of its own spec when no file is named.
 */
export async function planCommand(
  context: CommandContext,
  file: string | undefined,
  options: PlanOptions,
): Promise<ExitCode> {
  const { client, subject, against } = await subjectOf(context, file, options.against);
  const asked = readingOf(options);
  // An execution has the values that it was begun with.
  const reading =
    against === null ? await withAskedInputs(context, client, subject, { reading: asked, defaults: false }) : asked;
  const planner = plannerOf(options);
  const request = { ...pathOrText(subject), reading, against };
  const modifications = await writtenOut(modificationsOf(options), async (known) => {
    const first = { ...request, keep: false, modifications: known, commandId: commandId() };
    return (await client.call("plan.create", first)).plan;
  });
  const { plan, approved, changes, notices, revision } = await withAccepted(context, planner, options.yes, (chosen) =>
    client.call("plan.create", {
      ...request,
      keep: true,
      modifications,
      planner: chosen,
      commandId: commandId(),
    }),
  );
  printNotices(context, notices);
  if (context.json) {
    context.terminal.json({ ...plan, approved, changes, revision });
    return exitCodeOfPlan(plan);
  }
  if (revision) context.terminal.print(`${revisionText(revision, context.terminal)}\n`);
  const limits = await standingsFor(client, plan);
  context.terminal.print(planText(plan, standingText(approved, changes), context.terminal, limits));
  if (options.why) context.terminal.print(`\nWhy:\n${reasonsText(plan)}`);
  if (exitCodeOfPlan(plan) === EXIT.completed && (!approved || revision)) {
    const approve = approved ? "" : `planwright approve ${plan.planId}, then `;
    context.terminal.print(`\nNext: ${approve}${commandToRun(plan)}`);
  }
  return exitCodeOfPlan(plan);
}

/** What is planned, and against which execution. */
async function subjectOf(
  context: CommandContext,
  file: string | undefined,
  against: string | undefined,
): Promise<{ client: Client; subject: Subject; against: string | null }> {
  if (file !== undefined) {
    const subject = await requireSubject(context, file);
    const client = await context.connect(subject.folder);
    return { client, subject, against: against === undefined ? null : await executionNamed(client, against) };
  }
  if (against === undefined) {
    throwFailure("bad_request", "name a spec file, say what is to be done, or name an execution with --against");
  }
  const folder = workspaceFolder(context);
  const client = await context.connect(folder);
  const executionId = await executionNamed(client, against);
  const { specPath } = await client.call("execution.get", { executionId });
  return { client, subject: { kind: "file", folder, path: resolve(folder, specPath) }, against: executionId };
}

/** 2 for a spec with errors, 3 when only decisions of a person are missing. */
export function exitCodeOfPlan({ diagnostics }: Plan): ExitCode {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return EXIT.completed;
  return errors.every(({ code }) => code === "no-agent") ? EXIT.waits : EXIT.usage;
}
