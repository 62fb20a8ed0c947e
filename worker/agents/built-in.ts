import type { AgentCapability, AgentDefinition } from "../../schemas/agent.ts";

const COMMAND: AgentCapability = {
  name: "command",
  description: "Runs the command that the step names.",
  parameters: {},
  estimatedCost: 0,
  estimatedDuration: 10_000,
  dependencies: [],
};

/** What agents can be asked to do (catalogue D2), by category. */
const CAPABILITIES: Readonly<Record<string, readonly string[]>> = {
  planning: ["task_decomposition", "dependency_analysis", "workflow_design"],
  research: ["web_research", "document_analysis", "data_synthesis"],
  coding: ["code_generation", "code_review", "code_refactoring", "testing"],
  communication: ["email_management", "document_creation", "presentation"],
  integration: ["api_integration", "database_operations", "file_operations"],
  analysis: ["data_analysis", "pattern_recognition", "error_diagnosis"],
  creation: ["image_generation"],
  delivery: ["deployment"],
};

/** The middle of the delay that a simulated attempt has. */
const SIMULATED_DURATION = 3_000;

const SIMULATED_CAPABILITIES: AgentCapability[] = [
  ...Object.entries(CAPABILITIES).flatMap(([category, names]) => names.map((name) => simulated(name, category))),
  simulated(COMMAND.name, "commands"),
];

/** The agents that every workspace has; a file cannot replace them. */
export const BUILT_IN_AGENTS: readonly AgentDefinition[] = [
  {
    id: "shell",
    name: "Shell",
    type: "executor",
    capabilities: [COMMAND],
    permissions: "full",
    restrictions: [],
    priority: 0,
    // The plan's own limit decides how many commands run at a time.
    maxLoad: 1_000,
    timeout: 300_000,
    currency: "USD",
    retry: null,
    service: null,
    status: "active",
    adapter: { kind: "command", argv: null, env: {} },
  },
  {
    id: "simulated",
    name: "Simulated agent",
    type: "simulated",
    capabilities: SIMULATED_CAPABILITIES,
    permissions: "readonly",
    restrictions: [],
    priority: -100,
    maxLoad: 1_000,
    timeout: 60_000,
    currency: "USD",
    retry: null,
    service: null,
    status: "active",
    adapter: { kind: "simulated", seed: 1, minDelay: 1_000, maxDelay: 5_000, failureRate: 0 },
  },
];

function simulated(name: string, category: string): AgentCapability {
  return {
    name,
    description: `Makes up a result (${category}); nothing is done.`,
    parameters: {},
    estimatedCost: 0,
    estimatedDuration: SIMULATED_DURATION,
    dependencies: [],
  };
}
