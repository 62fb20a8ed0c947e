import { z } from "zod";
import { AgentView } from "../agent.ts";
import { operation } from "../operation.ts";

export const agentList = operation({
  name: "agent.list",
  summary: "List the agents of this workspace: what they can do, whether they are available and why not.",
  params: z.strictObject({}),
  result: z.object({
    agents: z.array(AgentView),
    /** What is wrong with the agents file, one sentence each; such a file contributes no agents. */
    problems: z.array(z.string()),
  }),
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/agents" },
});
