import { z } from "zod";
import { AgentAnalytics } from "../agent-analytics.ts";
import { AggregatedHealth } from "../agent-health.ts";
import { AgentView } from "../agent.ts";
import { operation } from "../operation.ts";

export const agentList = operation({
  name: "agent.list",
  summary: "List the agents of this workspace: what they can do, whether they are available and why not.",
  params: z.strictObject({}),
  result: z.object({
    agents: z.array(AgentView),
    health: AggregatedHealth,
    /** What is wrong with the agents file, one sentence each; such a file contributes no agents. */
    problems: z.array(z.string()),
  }),
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/agents" },
});

export const agentAnalytics = operation({
  name: "agent.analytics",
  summary: "How the runs of each agent went: successes, errors, times and costs.",
  params: z.strictObject({
    /** Only this agent; null: all that ran. */
    agentId: z.string().nullable().default(null),
    days: z.int().min(1).max(3_650).default(30),
  }),
  result: z.object({ since: z.iso.datetime(), agents: z.array(AgentAnalytics) }),
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/agents/analytics" },
});
