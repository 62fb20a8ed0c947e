import { formatDuration } from "../../../schemas/duration.ts";
import { formatAmount } from "../../../schemas/money.ts";
import { workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { plain, table } from "../render/text.ts";

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

/** `planwright agents --runs`: how the runs of each agent went (catalogue D6). */
export async function agentRunsCommand(context: CommandContext, days: number): Promise<ExitCode> {
  const client = await context.connect(workspaceFolder(context));
  const { since, agents } = await client.call("agent.analytics", { days });
  if (context.json) {
    context.terminal.json({ since, agents });
    return EXIT.completed;
  }
  const rows = agents.map((agent) => [
    agent.agent,
    String(agent.runs),
    agent.successRate === null ? "–" : `${Math.round(agent.successRate * 100)} %`,
    agent.duration.typical === null ? "–" : formatDuration(agent.duration.typical),
    agent.duration.high === null ? "–" : formatDuration(agent.duration.high),
    [
      ...agent.costs.map(({ amount, currency }) => formatAmount(amount, currency)),
      ...(agent.unknownCosts > 0 ? [`${agent.unknownCosts} unknown`] : []),
    ].join(", ") || "–",
    [
      ...Object.entries(agent.errors).map(([code, count]) => `${count} ${code}`),
      ...(agent.interrupted > 0 ? [`${agent.interrupted} interrupted`] : []),
      ...(agent.simulatedRuns > 0 ? [`${agent.simulatedRuns} simulated, not counted`] : []),
    ].join(", "),
  ]);
  const head = ["AGENT", "RUNS", "SUCCEEDED", "TYPICAL", "9 OF 10 BELOW", "COST", "ERRORS"];
  const range = `in the last ${days} days`;
  context.terminal.print(rows.length === 0 ? `Nothing has run ${range}.` : `Runs ${range}:\n${table([head, ...rows])}`);
  return EXIT.completed;
}
