import type { Command } from "commander";
import type { AcceptOptions } from "./commands/result.ts";
import type { Run } from "./context.ts";

/** The commands for what coding steps have made (catalogue N1). */
export function addResults(program: Command, choose: (run: Run) => void): void {
  program
    .command("result [execution]")
    .description("show what the coding steps of an execution have changed, and how to accept it (default: the latest)")
    .action((execution: string | undefined) => {
      choose(async (context) => (await import("./commands/result.ts")).resultCommand(context, execution));
    });
  program
    .command("accept [execution]")
    .description("decide what becomes of the result of an execution (default: the latest)")
    .option("--apply", "bring it into the branch that is checked out, with its commits", false)
    .option("--squash", "bring it into the branch that is checked out, as one commit", false)
    .option("--keep [branch]", "leave it as a branch")
    .option("--discard", "throw it away", false)
    .option("-y, --yes", "with --discard: do not ask", false)
    .action((execution: string | undefined, options: AcceptOptions) => {
      choose(async (context) => (await import("./commands/result.ts")).acceptCommand(context, execution, options));
    });
}
