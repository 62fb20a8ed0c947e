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

/**
 * What a person approves with an agent: the program and its arguments, or where it is asked and what is sent along. Values of variables are
 * not among it, because they may be secret.
 */
export function approvedOf(adapter: AgentAdapter): string[] | null {
  switch (adapter.kind) {
    case "container": {
      const { engine, network, mounts, image, argv } = adapter;
      const shown = mounts.map(({ source, target, readonly }) => `--mount=${source}:${target}${readonly ? ":ro" : ""}`);
      return [engine, "run", `--network=${network}`, ...shown, ...names("--env", adapter.env), image, ...(argv ?? [])];
    }
    case "http":
      return ["POST", ...adapter.urls, ...keyOf(adapter.tokenEnv)];
    case "llm":
      return ["ask", `${adapter.provider}:${adapter.model}`, ...adapter.urls, ...keyOf(adapter.key)];
    case "mcp":
      return adapter.server.transport === "stdio"
        ? [...adapter.server.argv, ...names("with", adapter.server.env)]
        : ["POST", adapter.server.url, ...keyOf(adapter.server.tokenEnv)];
    case "acp": {
      const program = adapter.argv ?? (adapter.program === null ? [] : [adapter.program]);
      return [...program, ...adapter.passEnv.map((name) => `with ${name}`)];
    }
    default:
      return argvOf(adapter);
  }
}

function keyOf(variable: string | null): string[] {
  return variable === null ? [] : [`with the value of ${variable}`];
}

function names(word: string, env: Readonly<Record<string, string>>): string[] {
  return Object.keys(env).map((name) => (word === "with" ? `with ${name}` : `${word}=${name}`));
}
