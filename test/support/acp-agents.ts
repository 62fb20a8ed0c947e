import { fileURLToPath } from "node:url";
import type { AgentDefinition } from "../../schemas/agent.ts";
import type { AcpAdapter } from "../../worker/agents/acp/launch.ts";
import { builtIn, TestAttempt, type AttemptOptions } from "./attempts.ts";

const AGENT = fileURLToPath(new URL("../fixtures/acp-agent.mjs", import.meta.url));

/** What the scripted agent does: see `test/fixtures/acp-agent.mjs`. */
export interface AcpScript {
  readonly initialize?: Readonly<Record<string, unknown>> | "never";
  readonly newSession?: Readonly<Record<string, unknown>>;
  /** For each prompt what it does, one action an entry. */
  readonly turns?: readonly (readonly Readonly<Record<string, unknown>>[])[];
  readonly ignoresCancel?: boolean;
  readonly ignoresEnd?: boolean;
  readonly echo?: boolean;
  readonly showsSession?: boolean;
  readonly stderr?: string;
  readonly exitAtStart?: number;
}

/** A user's own agent of the kind acp that does as its script says. */
export function acpAgent(
  script: AcpScript,
  adapter: Partial<AcpAdapter> = {},
  more: Partial<AgentDefinition> = {},
): AgentDefinition {
  return {
    ...builtIn("claude"),
    id: "scripted",
    capabilities: [],
    adapter: {
      kind: "acp",
      program: null,
      argv: scriptedArgv(script),
      env: {},
      passEnv: [],
      model: null,
      tools: {},
      stall: 60_000,
      loopLimit: 8,
      price: null,
      ...adapter,
    },
    ...more,
  };
}

export function scriptedArgv(script: AcpScript): string[] {
  return [process.execPath, AGENT, JSON.stringify(script)];
}

/** An attempt of the scripted agent, with one turn of these actions. */
export function acpAttempt(
  folder: string,
  actions: readonly Readonly<Record<string, unknown>>[],
  { script = {}, adapter = {}, agent = {}, ...options }: Omit<AttemptOptions, "agent"> & AcpAttemptOptions = {},
): TestAttempt {
  return new TestAttempt(folder, null, {
    agent: acpAgent({ turns: [actions], ...script }, adapter, agent),
    ...options,
  });
}

export interface AcpAttemptOptions {
  readonly script?: AcpScript;
  readonly adapter?: Partial<AcpAdapter>;
  readonly agent?: Partial<AgentDefinition>;
}
