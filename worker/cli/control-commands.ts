import { InvalidArgumentError, type Command } from "commander";
import type { AnswerOptions } from "./commands/inbox.ts";
import type { ForgetOptions } from "./commands/permissions.ts";
import type { Run } from "./context.ts";
import { withSteps } from "./step-options.ts";

/** The commands that hold back, answer and move executions (catalogue C5, F1). */
export function addControl(program: Command, choose: (run: Run) => void): void {
  program
    .command("inbox")
    .description("list what waits for your decision")
    .option("--all", "also what was decided", false)
    .action(({ all }: { all: boolean }) => {
      choose(async (context) => (await import("./commands/inbox.ts")).inboxCommand(context, all));
    });
  withSteps(program.command("answer <words...>"))
    .usage("[options] [decision] <retry|skip|allow|abort|allow_once|allow_session|allow_always|reject>")
    .description("answer a decision (default: the only one that is open)")
    .option("--amount <number>", "with allow: how much more may be spent", amount)
    .action((words: string[], options: AnswerOptions) => {
      if (words.length > 2) program.error("error: too many arguments for answer: name a decision and a choice");
      choose(async (context) => (await import("./commands/inbox.ts")).answerCommand(context, words, options));
    });
  addPermissions(program, choose);
  program
    .command("pause [execution]")
    .description("start nothing more; what runs goes on (default: the latest)")
    .action((execution: string | undefined) => {
      choose(async (context) => (await import("./commands/control.ts")).pauseCommand(context, execution));
    });
  following(program.command("resume [execution]"))
    .description("go on after a pause or a crash, and follow to the end (default: the latest)")
    .option("--plan <plan>", "go on under this approved plan (see planwright plan --against)")
    .action((execution: string | undefined, options: { plan?: string; detach: boolean }) => {
      choose(async (context) => (await import("./commands/control.ts")).resumeCommand(context, execution, options));
    });
  following(program.command("retry [names...]"))
    .usage("[options] [execution] [step]")
    .description("run again what failed or was not run, and follow (default: everything of the latest)")
    .action((names: string[], options: { detach: boolean }) => {
      choose(async (context) =>
        (await import("./commands/control.ts")).retryCommand(context, atMostTwo(names), options),
      );
    });
  following(program.command("rerun <names...>"))
    .usage("[options] [execution] <step>")
    .description("run a step again although it is done, with everything that depends on it, and follow")
    .option("--only", "the step alone", false)
    .action((names: string[], options: { only: boolean; detach: boolean }) => {
      choose(async (context) =>
        (await import("./commands/control.ts")).rerunCommand(context, atMostTwo(names), options),
      );
    });
  program
    .command("kill <names...>")
    .usage("[options] [execution] <step>")
    .description("end the agent run of one step; its failure policy says what follows")
    .action((names: string[]) => {
      choose(async (context) => (await import("./commands/control.ts")).killCommand(context, atMostTwo(names)));
    });

  function atMostTwo(names: string[]): string[] {
    if (names.length > 2) program.error("error: too many arguments: name an execution and a step");
    return names;
  }
}

/** What was answered with `allow_always` (catalogue F1). */
function addPermissions(program: Command, choose: (run: Run) => void): void {
  const permissions = program
    .command("permissions")
    .description("list what agents may always do in this workspace, as you have answered")
    .action(() => {
      choose(async (context) => (await import("./commands/permissions.ts")).permissionsCommand(context));
    });
  permissions
    .command("forget")
    .description("take it back; it is asked again")
    .option("--agent <agent>", "of this agent alone")
    .option("--subject <text>", "this alone, as the list shows it")
    .option("--all", "everything", false)
    .action((options: ForgetOptions) => {
      choose(async (context) => (await import("./commands/permissions.ts")).forgetPermissionsCommand(context, options));
    });
}

function following(command: Command): Command {
  return command.option("--detach", "do not follow", false);
}

/** As much as a limit may be. */
const MOST = 1_000_000_000;

function amount(text: string): number {
  const value = Number(text);
  // What is money is written out: 0x10 and 1e3 may be slips.
  if (!/^\d+(\.\d{1,6})?$/.test(text) || value <= 0 || value > MOST)
    throw new InvalidArgumentError(`an amount above 0, such as 2.50, with at most six decimals and not above ${MOST}`);
  return value;
}
