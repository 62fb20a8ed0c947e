import { formatDuration } from "../../../schemas/duration.ts";
import { formatAmount } from "../../../schemas/money.ts";
import { workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { plain } from "../render/text.ts";

/** `planwright agents`: who can do what, and why somebody cannot be used. */
export async function agentsCommand(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect(workspaceFolder(context));
  const { agents, problems } = await client.call("agent.list", {});
  if (context.json) context.terminal.json({ agents, problems });
  else {
    const { terminal } = context;
    for (const agent of agents) {
      const state = agent.available
        ? terminal.style("green", "available")
        : terminal.style("yellow", `unavailable: ${plain(agent.unavailableReason ?? "")}`);
      const kind = agent.simulated ? "simulated" : agent.adapter;
      terminal.print(
        `${terminal.style("bold", agent.id)}  ${plain(agent.name)}  ${kind}, ${agent.origin}, load ${agent.load} of ${agent.maxLoad}, ${state}`,
      );
      for (const capability of agent.capabilities) {
        const time =
          capability.estimatedDuration === null ? "time unknown" : formatDuration(capability.estimatedDuration);
        terminal.print(`    ${capability.name}  ${formatAmount(capability.estimatedCost, agent.currency)}, ${time}`);
      }
    }
    for (const problem of problems) terminal.error(plain(problem));
  }
  return problems.length > 0 ? EXIT.usage : EXIT.completed;
}
