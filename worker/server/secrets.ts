import type { AgentDefinition } from "../../schemas/agent.ts";
import type { Plan } from "../../schemas/plan.ts";
import { Redactor } from "../logs/redactor.ts";
import { printedForms, secretVariables } from "../logs/secret-values.ts";
import type { FolderSettings, Settings } from "./settings.ts";

/** A plan with the definitions of its agents: what an execution gives to programs and services. */
export interface GivenSecrets {
  readonly plan: Plan;
  readonly agents: Iterable<AgentDefinition>;
}

/**
 * What takes the secrets of a worker out of what it keeps and sends (catalogue K4): the values of its own variables that are secret by
 * their names, of those that the settings name, of those that agents, steps and hooks are given, and a person's patterns.
 */
export function redactorFor(
  { settings, patterns }: FolderSettings,
  environment: NodeJS.ProcessEnv,
  given: GivenSecrets | null = null,
): Redactor {
  const named = new Set(settings.redaction.variables);
  const steps = given?.plan.steps.flatMap((step) => secretVariables(step.parameters.env, named)) ?? [];
  const agents = given === null ? [] : [...given.agents].flatMap((agent) => secretsOf(agent, named, environment));
  const hooks = (given?.plan.hooks ?? []).flatMap(({ secretEnv }) => variable(environment, secretEnv ?? null));
  const values = [...secretVariables(environment, named), ...steps, ...agents, ...hooks];
  return new Redactor({ values: values.flatMap(printedForms), patterns });
}

/** The redactor of what a worker itself says, made anew when the settings have changed. */
export function currentRedactor(settings: Settings, environment: NodeJS.ProcessEnv): () => Redactor {
  let made: { readonly of: FolderSettings; readonly redactor: Redactor } | null = null;
  return () => {
    if (made?.of !== settings.last) made = { of: settings.last, redactor: redactorFor(settings.last, environment) };
    return made.redactor;
  };
}

function secretsOf({ adapter }: AgentDefinition, named: ReadonlySet<string>, environment: NodeJS.ProcessEnv): string[] {
  switch (adapter.kind) {
    case "command":
    case "process":
      return secretVariables(adapter.env, named);
    case "http":
      return [...secretVariables(adapter.headers, named), ...variable(environment, adapter.tokenEnv)];
    case "acp":
      return [
        ...secretVariables(adapter.env, named),
        ...adapter.passEnv.flatMap((name) => variable(environment, name)),
      ];
    case "container":
      return secretVariables(adapter.env, named);
    case "llm":
      return variable(environment, adapter.key);
    case "mcp":
      return adapter.server.transport === "stdio"
        ? secretVariables(adapter.server.env, named)
        : [...secretVariables(adapter.server.headers, named), ...variable(environment, adapter.server.tokenEnv)];
    case "simulated":
      return [];
  }
}

/** Shorter values are no secrets, and would be found everywhere. */
const LEAST_CHARACTERS = 4;

function variable(environment: NodeJS.ProcessEnv, name: string | null): string[] {
  const value = name === null ? undefined : environment[name];
  return value !== undefined && value.length >= LEAST_CHARACTERS ? [value] : [];
}
