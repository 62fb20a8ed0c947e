import type { AgentAnalytics } from "../../schemas/agent-analytics.ts";
import { FailureCode } from "../../schemas/failure.ts";
import { agentCosts, agentRuns, type AgentRun } from "../store/agent-runs.ts";
import type { Database } from "../store/database.ts";

/** How the runs of each agent went since a moment (ISO 8601), by name (catalogue D6). */
export function agentAnalytics(database: Database, since: string, agent: string | null): AgentAnalytics[] {
  const byAgent = Map.groupBy(agentRuns(database, since, agent), (run) => run.agent);
  const costs = agentCosts(database, since, agent);
  return [...byAgent.keys()].sort().map((id) => {
    const own = costs.filter((cost) => cost.agent === id);
    return {
      agent: id,
      ...analyse(byAgent.get(id) ?? []),
      costs: own.map(({ currency, amount }) => ({ currency, amount })),
      unknownCosts: own.reduce((sum, { unknown }) => sum + unknown, 0),
    };
  });
}

/** What the runs of one agent say. Simulated ones are only counted. */
export function analyse(all: readonly AgentRun[]): Omit<AgentAnalytics, "agent" | "costs" | "unknownCosts"> {
  const runs = all.filter(({ simulated }) => !simulated);
  const count = (status: string): number => runs.filter((run) => run.status === status).length;
  const [succeeded, failed] = [count("succeeded"), count("failed")];
  const durations = runs
    .flatMap(({ status, duration }) => (status === "succeeded" && duration !== null ? [duration] : []))
    .sort((a, b) => a - b);
  return {
    runs: runs.length,
    simulatedRuns: all.length - runs.length,
    succeeded,
    failed,
    cancelled: count("cancelled"),
    interrupted: count("interrupted"),
    running: count("running"),
    successRate: succeeded + failed === 0 ? null : succeeded / (succeeded + failed),
    duration: { typical: nearestRank(durations, 0.5), high: nearestRank(durations, 0.9) },
    errors: errorsOf(runs),
    lastRunAt: runs.at(-1)?.startedAt ?? null,
  };
}

/** The smallest of the sorted values that this share of them does not pass. */
function nearestRank(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

function errorsOf(runs: readonly AgentRun[]): AgentAnalytics["errors"] {
  const errors: AgentAnalytics["errors"] = {};
  for (const { status, errorCode } of runs) {
    const code = status === "failed" ? FailureCode.safeParse(errorCode).data : undefined;
    if (code !== undefined) errors[code] = (errors[code] ?? 0) + 1;
  }
  return errors;
}
