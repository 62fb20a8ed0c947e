import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Client } from "../../schemas/client.ts";
import { FailureError, type Failure } from "../../schemas/failure.ts";
import { LogLevel } from "../../schemas/log.ts";
import { TemplateDialect } from "../../schemas/operations/spec.ts";
import type { Dialect } from "../../schemas/spec.ts";
import { VERSION } from "../../schemas/version.ts";
import { connectWorker } from "../link/connect.ts";
import type { CommandContext, Run } from "./context.ts";
import { addControl } from "./control-commands.ts";
import { EXIT, exitCodeOfFailure, type ExitCode } from "./exit-code.ts";
import type { HooksOptions } from "./commands/hooks.ts";
import type { LintOptions } from "./commands/lint.ts";
import type { PlanOptions } from "./commands/plan.ts";
import type { RunOptions } from "./commands/run.ts";
import type { StepOptions } from "./modifications.ts";
import { withDialect, withReading, type ReadingOptions } from "./reading-options.ts";
import { plain } from "./render/text.ts";
import { addResults } from "./result-commands.ts";
import { withSteps } from "./step-options.ts";
import { flushed, Terminal } from "./terminal.ts";

/**
 * Runs one command line and returns its exit code. Nothing that a person can cause shows a stack trace. `here` is the URL of the
 * program's own file, beside which the worker is found.
 */
export async function runProgram(words: readonly string[], here: string): Promise<ExitCode> {
  const terminal = new Terminal(process.stdout, process.stderr, process.stdin);
  const chosen: { run: Run | null } = { run: null };
  const program = buildProgram((run) => {
    chosen.run = run;
  });
  const clients: Client[] = [];
  let code: ExitCode;
  try {
    await program.parseAsync(words, { from: "user" });
    const { workspace, json } = program.opts<{ workspace?: string; json?: boolean }>();
    code =
      chosen.run === null
        ? EXIT.usage
        : await chosen.run(
            contextOf(terminal, workspace ?? null, json ?? false, { clients, worker: workerEntry(here) }),
          );
  } catch (error) {
    code = explain(error, terminal, words.includes("--json"));
  } finally {
    for (const client of clients) client.dispose();
  }
  await flushed(process.stdout);
  if (terminal.lost === null) return code;
  // Half a report must not pass for a whole one.
  terminal.error(
    `planwright: the output could not be written (${terminal.lost}): make room, or write it somewhere else`,
  );
  return EXIT.internal;
}

function contextOf(
  terminal: Terminal,
  workspaceOption: string | null,
  json: boolean,
  { clients, worker }: { clients: Client[]; worker: string },
): CommandContext {
  return {
    terminal,
    json,
    workspaceOption,
    currentFolder: process.cwd(),
    async connect(folder) {
      const { client } = await connectWorker(folder, {
        start: true,
        workerEntry: worker,
        clientName: "command line",
        version: VERSION,
        // Whoever typed a command can see what it waits for, and end it.
        handOverMs: Infinity,
        onWait: (message) => {
          terminal.error(`planwright: ${plain(message)}`);
        },
      });
      clients.push(client);
      return client;
    },
  };
}

/** The worker's bundle beside the program's, or its source when the command line runs from source. */
function workerEntry(here: string): string {
  const bundled = fileURLToPath(new URL("./worker.mjs", here));
  return existsSync(bundled) ? bundled : fileURLToPath(new URL("../main.ts", here));
}

function explain(error: unknown, terminal: Terminal, json: boolean): ExitCode {
  if (error instanceof CommanderError) {
    if (error.code === "commander.unknownOption" && /'-+\s/.test(error.message))
      terminal.error('Words that begin with a dash stand behind two: planwright plan -- "- [ ] What is to be done"');
    return error.exitCode === 0 ? EXIT.completed : EXIT.usage;
  }
  if (error instanceof FailureError) {
    if (json) terminal.json({ error: error.failure });
    terminal.error(`planwright: ${plain(placeText(error.failure) + error.failure.message)}`);
    return exitCodeOfFailure(error.failure);
  }
  const text = error instanceof Error ? error.message : String(error);
  terminal.error(
    `planwright: internal error: ${plain(text)}. This is a bug; "planwright doctor" shows where the worker's log is.`,
  );
  return EXIT.internal;
}

/** Messages about settings files begin with their place. */
function placeText({ place, message }: Failure): string {
  if (!place || message.startsWith(place.file)) return "";
  const line = place.line === null ? "" : `:${place.line}${place.column === null ? "" : `:${place.column}`}`;
  return `${place.file}${line}: `;
}

function buildProgram(choose: (run: Run) => void): Command {
  const program = new Command("planwright")
    .description("Turns a specification file into a plan you can read, price and approve, and runs it.")
    .version(VERSION)
    .option("-w, --workspace <dir>", "workspace folder (default: the nearest one upwards with .planwright or .git)")
    .option("--json", "print JSON for machines, one value a line")
    .exitOverride()
    .showHelpAfterError("(planwright --help shows all commands)")
    .configureHelp({ showGlobalOptions: true });
  // Global options may stand anywhere on the line, as people type them.
  program.enablePositionalOptions(false);
  addSpecs(program, choose);
  addPlanning(program, choose);
  addFollowing(program, choose);
  addAgents(program, choose);
  addKnowledge(program, choose);
  addControl(program, choose);
  addResults(program, choose);
  addBackups(program, choose);
  return program;
}

function addBackups(program: Command, choose: (run: Run) => void): void {
  program
    .command("backup")
    .description("make a backup of the record now, and check it")
    .option("--list", "show the backups that there are", false)
    .action(({ list }: { list: boolean }) => {
      choose(async (context) => (await import("./commands/backup.ts")).backupCommand(context, list));
    });
  program
    .command("restore [backup]")
    .description("put a backup in the place of the record, which is kept beside it (default: the newest good one)")
    .option("-y, --yes", "do not ask", false)
    .action((backup: string | undefined, { yes }: { yes: boolean }) => {
      choose(async (context) => (await import("./commands/backup.ts")).restoreCommand(context, backup, yes));
    });
}

function addSpecs(program: Command, choose: (run: Run) => void): void {
  withDialect(program.command("init [name]"), `one of ${TemplateDialect.options.join(", ")} (default: spec)`)
    .description("write a small new spec, in any dialect and where its own tool has it")
    .option("--list", "show the dialects and where each is written", false)
    .action((name: string | undefined, options: { dialect?: Dialect; list: boolean }) => {
      choose(async (context) => (await import("./commands/init.ts")).initCommand(context, name, options));
    });
  withReading(program.command("spec <file>"))
    .description("show what was understood of a spec: a file, words in quotes, or - for the standard input")
    .option("--save", "read the file as --dialect says from now on; without --dialect as it is recognised", false)
    .action((file: string, options: ReadingOptions & { save: boolean }) => {
      choose(async (context) => (await import("./commands/spec.ts")).specCommand(context, file, options));
    });
  withDialect(program.command("lint [files...]"))
    .description(
      "say what is wrong with specs: files, folders, - for the standard input; without any, all of the workspace",
    )
    .addOption(
      new Option("--format <name>", "how to say it (default: table)").choices(["table", "json", "sarif", "github"]),
    )
    .option("--strict", "warnings count like errors", false)
    .option("--stdin-path <path>", "how the text of the standard input is called, which decides how it is read")
    .action((files: string[], options: LintOptions) => {
      choose(async (context) => (await import("./commands/lint.ts")).lintCommand(context, files, options));
    });
}

function addPlanning(program: Command, choose: (run: Run) => void): void {
  withReading(withSteps(program.command("plan [file]")))
    .description("make a plan of a file, of words in quotes, or of the standard input (-)")
    .option("--why", "also show the reason for every agent, capability and dependency", false)
    .option("--against <execution>", "for an execution to go on with: what is kept, stale, new or removed, and why")
    .addOption(
      new Option("--planner <kind>", "who takes the spec apart: the rules, or an agent (default: rules)").choices([
        "rules",
        "model",
      ]),
    )
    .option("--planner-agent <id>", "the agent that plans (default: one with the capability task_decomposition)")
    .option(
      "-y, --yes",
      "with --planner model: let an agent of the workspace's file have the spec without asking",
      false,
    )
    .action((file: string | undefined, options: PlanOptions) => {
      choose(async (context) => (await import("./commands/plan.ts")).planCommand(context, file, options));
    });
  withReading(withSteps(program.command("approve <plan>")))
    .description("approve a plan, by its id or its spec file")
    .action((plan: string, options: StepOptions & ReadingOptions) => {
      choose(async (context) => (await import("./commands/approve.ts")).approveCommand(context, plan, options));
    });
  withReading(withSteps(program.command("run <plan>")))
    .description(
      "run a plan and follow it to the end: by its id, its spec file, words in quotes, or - for the standard input",
    )
    .option("-y, --yes", "approve the plan without asking", false)
    .option("--dry-run", "show what would be run; record and run nothing", false)
    .option("--no-write-back", "do not tick the boxes of finished tasks in the spec")
    .option("--unattended", "do not wait for you when a step fails, unless the spec says so", false)
    .option("--only <step>", "run this step alone; the others count as done")
    .option("--from <step>", "run this step and what depends on it; the others count as done")
    .action((plan: string, options: RunOptions) => {
      choose(async (context) => (await import("./commands/run.ts")).runCommand(context, plan, options));
    });
}

function addFollowing(program: Command, choose: (run: Run) => void): void {
  program
    .command("status [execution]")
    .description("list executions, or show one step by step")
    .option("--step <id>", "only this step, with each attempt and what shows what it has done (default: of the latest)")
    .action((execution: string | undefined, { step }: { step?: string }) => {
      choose(async (context) => (await import("./commands/status.ts")).statusCommand(context, execution, step));
    });
  program
    .command("logs [execution]")
    .description("show the log of an execution (default: the latest)")
    .option("-f, --follow", "go on until the execution ends", false)
    .option("--step <id>", "only this step")
    .addOption(new Option("--level <level>", "only this level and above").choices(LogLevel.options))
    .option("--grep <text>", "only messages that contain this text")
    .option("-n, --tail <count>", "only the last so many entries", entryCount)
    .action(
      (
        execution: string | undefined,
        options: { follow: boolean; step?: string; level?: string; grep?: string; tail?: number },
      ) => {
        const filter = {
          ...(options.step === undefined ? {} : { stepId: options.step }),
          ...(options.level === undefined ? {} : { level: LogLevel.parse(options.level) }),
          ...(options.grep === undefined ? {} : { text: options.grep }),
        };
        choose(async (context) =>
          (await import("./commands/logs.ts")).logsCommand(context, execution, {
            filter,
            follow: options.follow,
            tail: options.tail ?? null,
          }),
        );
      },
    );
  program
    .command("report [execution]")
    .description("show the report of an execution (default: the latest)")
    .action((execution: string | undefined) => {
      choose(async (context) => (await import("./commands/report.ts")).reportCommand(context, execution));
    });
  program
    .command("cancel [execution]")
    .description("stop an execution (default: the latest)")
    .option("--force", "kill running agents at once", false)
    .action((execution: string | undefined, options: { force: boolean }) => {
      choose(async (context) =>
        (await import("./commands/cancel.ts")).cancelCommand(context, execution, options.force),
      );
    });
}

/** What is known of a workspace besides its executions. */
function addKnowledge(program: Command, choose: (run: Run) => void): void {
  program
    .command("roles [name]")
    .description("list what agents can be in a step, or print the prompt template of one role")
    .action((name: string | undefined) => {
      choose(async (context) => (await import("./commands/roles.ts")).rolesCommand(context, name));
    });
  program
    .command("hooks [execution]")
    .description("show what hooks were sent and what they answered")
    .option("--retry", "send again what was given up", false)
    .option("--count <count>", "how many of the newest are shown", entryCount, 50)
    .action((execution: string | undefined, options: HooksOptions) => {
      choose(async (context) => (await import("./commands/hooks.ts")).hooksCommand(context, execution, options));
    });
  program
    .command("budget")
    .description("show limits, what was spent, reserved and is to be expected, and how good estimates were")
    .option("--days <count>", "how far back", entryCount, 30)
    .option("--bill", "ask the billing source for billed amounts and book those that are new", false)
    .option("-y, --yes", "with --bill: accept what the source runs or asks", false)
    .action(({ days, bill, yes }: { days: number; bill: boolean; yes: boolean }) => {
      choose(async (context) => {
        const { billCommand, budgetCommand } = await import("./commands/budget.ts");
        return bill ? billCommand(context, yes) : budgetCommand(context, Math.min(days, 3_650));
      });
    });
  program
    .command("doctor")
    .description("check what Planwright needs on this machine")
    .action(() => {
      choose(async (context) => (await import("./commands/doctor.ts")).doctorCommand(context));
    });
}

function addAgents(program: Command, choose: (run: Run) => void): void {
  program
    .command("agents")
    .description("list the agents, what they can do, how they are and what is missing")
    .option("--follow", "show what happens to them instead: starts, faults, restarts, recoveries", false)
    .option("--runs", "show how their runs went instead: successes, times, costs, errors", false)
    .option("--days <count>", "with --runs: how far back", entryCount, 30)
    .action(({ runs, days, follow }: { runs: boolean; days: number; follow: boolean }) => {
      choose(async (context) => {
        const { agentsCommand, agentRunsCommand, followAgentsCommand } = await import("./commands/agents.ts");
        if (follow) return followAgentsCommand(context);
        return runs ? agentRunsCommand(context, Math.min(days, 3_650)) : agentsCommand(context);
      });
    });
}

function entryCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 10_000)
    throw new InvalidArgumentError("a whole number from 1 to 10000");
  return count;
}
