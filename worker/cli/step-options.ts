import { InvalidArgumentError, type Command } from "commander";

/** The options that change steps before approval. */
export function withSteps(command: Command): Command {
  const collect = (value: string, before: string[]): string[] => {
    if (value.trim() === "") throw new InvalidArgumentError("name a step");
    return [...before, value];
  };
  return command
    .option(
      "--set <step.key=value>",
      "change a step: agent, timeout, retries, locks or parameters.NAME (repeatable); the step '*' means all without an agent",
      collect,
      [],
    )
    .option("--skip <step>", "leave a step out (repeatable)", collect, [])
    .option("--simulate <step>", "let a simulated agent do a step (repeatable)", collect, [])
    .option("--comment <step=text>", "tell the agent of a step something more (repeatable)", collect, []);
}
