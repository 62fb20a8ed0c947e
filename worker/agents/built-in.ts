import type { AgentCapability, AgentDefinition } from "../../schemas/agent.ts";
import { KNOWN_AGENTS, type KnownAgent } from "./acp/known-agents.ts";

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

/** What coding agents are for; pictures and mail are not among it. */
const CODING_CATEGORIES = ["planning", "research", "coding", "integration", "analysis", "delivery"];
const CODING_CAPABILITIES: AgentCapability[] = [
  ...CODING_CATEGORIES.flatMap((category) => CAPABILITIES[category] ?? []),
  "document_creation",
].map((name) => ({
  name,
  description: "",
  parameters: {},
  // What a run costs and takes differs by the task: only the record knows.
  estimatedCost: null,
  estimatedDuration: null,
  dependencies: [],
}));

/** The agents that every workspace has; a file cannot replace them. */
const FIXED_AGENTS: readonly AgentDefinition[] = [
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

/** The coding agents that are known, whether they are installed here or not. A file may define them in its own way. */
const KNOWN_CODING_AGENTS: readonly AgentDefinition[] = KNOWN_AGENTS.map(codingAgent);

/** What a workspace has besides the agents of its file: those come in the place of known coding agents of the same id. */
export const BUILT_IN_AGENTS: readonly AgentDefinition[] = [...FIXED_AGENTS, ...KNOWN_CODING_AGENTS];

/** Whether no file may define an agent with this id. */
export function isFixedAgent(id: string): boolean {
  return FIXED_AGENTS.some((agent) => agent.id === id);
}

function codingAgent({ id, name }: KnownAgent): AgentDefinition {
  return {
    id,
    name,
    type: "coder",
    capabilities: CODING_CAPABILITIES,
    permissions: "limited",
    restrictions: [],
    priority: 0,
    maxLoad: 4,
    timeout: 1_800_000,
    currency: "USD",
    retry: null,
    service: null,
    status: "active",
    adapter: {
      kind: "acp",
      program: id,
      argv: null,
      env: {},
      passEnv: [],
      model: null,
      tools: {},
      stall: 300_000,
      loopLimit: 8,
      price: null,
    },
  };
}

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
