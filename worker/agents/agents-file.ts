import { AgentsFile, type AgentDefinition } from "../../schemas/agent.ts";
import type { Failure } from "../../schemas/failure.ts";
import { isFixedAgent } from "./built-in.ts";
import { readSettings } from "./settings-file.ts";

export interface LoadedAgents {
  /** Empty when there is any problem: nothing of a bad file is used. */
  readonly agents: readonly AgentDefinition[];
  /** Code `bad_agents_file`, each with its place. */
  readonly problems: readonly Failure[];
}

/** Reads the text of `.planwright/agents.json` (catalogue D1). `path` is how the file is called in messages. */
export function loadAgentsFile(text: string, path: string): LoadedAgents {
  const { value, problems } = readSettings(text, {
    path,
    code: "bad_agents_file",
    schema: AgentsFile,
    check: ({ agents }) =>
      agents.flatMap(({ id }, index) => {
        const message = idProblem(id, agents.slice(0, index));
        return message === null ? [] : [{ path: ["agents", index, "id"], message }];
      }),
  });
  return { agents: value?.agents ?? [], problems };
}

function idProblem(id: string, before: readonly AgentDefinition[]): string | null {
  if (isFixedAgent(id)) return `"${id}" is a built-in agent: choose another id`;
  if (before.some((agent) => agent.id === id)) return `"${id}" is used twice: every agent needs an id of its own`;
  return null;
}
