import type { AgentAdapter } from "../../schemas/agent.ts";

/** The program that an agent is, with its arguments; null: it is none, or the step says what runs. */
export function argvOf(adapter: AgentAdapter): string[] | null {
  if (adapter.kind === "mcp") return adapter.server.transport === "stdio" ? adapter.server.argv : null;
  return "argv" in adapter ? adapter.argv : null;
}

/** Where a service is; null: it is none, or at its usual place. */
export function urlOf(adapter: AgentAdapter): string | null {
  if (adapter.kind === "mcp") return adapter.server.transport === "http" ? adapter.server.url : null;
  return "urls" in adapter ? (adapter.urls[0] ?? null) : null;
}

/** The model that answers, the tool that is called or the image that is run. */
export function subjectOf(adapter: AgentAdapter): string | null {
  switch (adapter.kind) {
    case "llm":
      return `${adapter.provider}: ${adapter.model}`;
    case "acp":
      return adapter.model;
    case "mcp":
      return adapter.tool;
    case "container":
      return adapter.image;
    default:
      return null;
  }
}

/** The program that must be there for an agent to work; null: none. */
export function programOf(adapter: AgentAdapter): string | null {
  switch (adapter.kind) {
    case "command":
    case "process":
      return adapter.argv?.[0] ?? null;
    case "container":
      return adapter.engine;
    case "mcp":
      return adapter.server.transport === "stdio" ? (adapter.server.argv[0] ?? null) : null;
    default:
      return null;
  }
}

/** Where an agent's own settings have its program looked for. What runs in a container is not looked for here. */
export function pathOf(adapter: AgentAdapter): string | undefined {
  if (adapter.kind === "mcp") return adapter.server.transport === "stdio" ? adapter.server.env["PATH"] : undefined;
  return adapter.kind !== "container" && "env" in adapter ? adapter.env["PATH"] : undefined;
}
