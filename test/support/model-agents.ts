import { AgentAdapter, type AgentDefinition } from "../../schemas/agent.ts";
import { builtIn, TestAttempt, type AttemptOptions } from "./attempts.ts";

type Settings = Partial<Extract<AgentAdapter, { kind: "llm" }>>;

/** An agent that is a language model; without further settings one that speaks OpenAI's chat completions and wants no key. */
export function modelAgent(
  urls: readonly string[],
  settings: Settings = {},
  more: Partial<AgentDefinition> = {},
): AgentDefinition {
  const provider = settings.provider ?? "openai-compatible";
  const adapter = AgentAdapter.parse({ kind: "llm", model: "test-model", urls, ...settings, provider });
  return { ...builtIn("shell"), id: "writer", capabilities: [], adapter, ...more };
}

/** An attempt of a language model. */
export function modelAttempt(folder: string, agent: AgentDefinition, options: AttemptOptions = {}): TestAttempt {
  return new TestAttempt(folder, null, { environment: {}, ...options, agent });
}
