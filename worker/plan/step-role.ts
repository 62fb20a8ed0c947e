import type { AgentView } from "../../schemas/agent.ts";
import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { PlanStep } from "../../schemas/plan.ts";
import type { SpecTask } from "../../schemas/spec.ts";
import { nearestName } from "../spec/nearest-name.ts";
import { quoted } from "./quoted.ts";
import { ROLE_OF_CAPABILITY } from "./roles/built-in.ts";
import type { RoleSet } from "./roles/role.ts";

/** What decides the role of a step. */
export interface RoleQuestion {
  readonly task: SpecTask;
  readonly agent: AgentView | null;
  readonly capability: string;
  /** Nobody and no word of the title told the capability. */
  readonly isGuessed: boolean;
  readonly simulated: boolean;
}

/**
 * The role of a step: what the spec says; else, for agents that read a prompt, what follows from its capability; else from the type of its
 * agent. A capability that is only guessed says less than the type.
 */
export function roleOf(question: RoleQuestion, { templates }: RoleSet): string | null {
  const { task, agent, capability, isGuessed, simulated } = question;
  const stated = task.attributes.role;
  const isOwnCommand = task.attributes.command !== null;
  // A role that a parent states is meant for the children with work for an agent.
  if (stated !== null && !(isOwnCommand && task.inherited.includes("role"))) return stated;
  if (isOwnCommand || simulated || agent === null || !readsPrompts(agent)) return null;
  const ofType = templates.has(agent.type) ? agent.type : null;
  const ofCapability = ROLE_OF_CAPABILITY.get(capability) ?? null;
  return isGuessed ? (ofType ?? ofCapability) : (ofCapability ?? ofType);
}

function readsPrompts({ adapter, argv, simulated }: AgentView): boolean {
  switch (adapter) {
    case "command":
    case "container":
      return argv !== null;
    case "process":
    case "http":
    case "acp":
    case "llm":
      return true;
    case "mcp":
      return false;
    case "simulated":
      return !simulated;
  }
}

/**
 * Whether a step must change something: what the spec says; else as its role demands, where its agent can change files and its title does
 * not ask for a look only.
 */
export function changeOf(
  { task, agent }: RoleQuestion,
  role: string | null,
  { templates }: RoleSet,
): PlanStep["change"] {
  const { change } = task.attributes;
  if (change !== null) return change;
  const isDemanded =
    role !== null &&
    templates.get(role)?.demandsChange === true &&
    agent !== null &&
    CHANGES_FILES.has(agent.adapter) &&
    !LOOKS_ONLY.test(task.title);
  return isDemanded ? "required" : "optional";
}

const CHANGES_FILES: ReadonlySet<AgentView["adapter"]> = new Set(["acp", "command", "process", "container"]);

/** "Run the tests", "Verify that it starts": whoever does that well may have nothing to change. */
const LOOKS_ONLY =
  /^[^\p{L}]*(?:check|confirm|ensure|inspect|make sure|measure|run|test|validate|verify|watch)(?!\p{L})/iu;

/** A role that nobody has described. */
export function unknownRole(task: SpecTask, role: string, { templates, problems }: RoleSet): Diagnostic | null {
  // What is wrong with its file is told by itself.
  if (templates.has(role) || problems.some((problem) => problem.role === role)) return null;
  const near = nearestName(role, templates.keys());
  const advice =
    near === null ? `describe it in \`.planwright/roles/${role}.md\`, or name another` : `did you mean ${near}?`;
  return {
    code: "unknown-role",
    severity: "error",
    message: `${quoted(task.title)} has the role ${role}, which does not exist: ${advice}`,
    range: task.range,
    steps: [task.id],
  };
}
