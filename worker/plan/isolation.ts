import type { AgentView } from "../../schemas/agent.ts";
import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import type { SettingsFile } from "../../schemas/settings-file.ts";
import type { SpecSettings } from "../../schemas/spec.ts";
import { approvalHash } from "./approval-hash.ts";
import { sha256 } from "./hash.ts";
import { changesFiles } from "./roles/built-in.ts";

/** What a plan needs to know of the repository that the workspace is in. */
export interface RepositoryFacts {
  /** Why steps cannot be kept apart in it: what follows "because". Null: they can. */
  readonly obstacle: string | null;
  /** Paths with changes that no commit has, inside the workspace. */
  readonly uncommitted: readonly string[];
  readonly hasSubmodules: boolean;
}

export interface IsolationInput {
  readonly agents: readonly AgentView[];
  readonly settings: Pick<SpecSettings, "isolation" | "merge">;
  readonly worktrees: Pick<SettingsFile["worktrees"], "setup" | "bring">;
}

/** Whether some step changes files by the work of an agent, so that it matters where the steps work (catalogue N1). */
export function hasCodingSteps({ steps }: Pick<Plan, "steps">, agents: readonly AgentView[]): boolean {
  const byId = new Map(agents.map((agent) => [agent.id, agent]));
  return steps.some((step) => isCoding(step, byId));
}

/**
 * Decides where the steps of a plan with coding steps work: each coding step, and each whose agent may only read, in a worktree of its own and the other ones in the tree into
 * which results are merged; or, where that cannot be, all in the folder, coding steps one after another. The plan says which and why. Pure.
 */
export function isolate(plan: Plan, input: IsolationInput, facts: RepositoryFacts): Plan {
  const { settings, worktrees } = input;
  const agents = new Map(input.agents.map((agent) => [agent.id, agent]));
  const isWanted = settings.isolation !== "none";
  const kind = isWanted && facts.obstacle === null ? "worktree" : "none";
  const merge = settings.merge ?? "ask";
  const { setup, bring } = kind === "worktree" ? worktrees : { setup: null, bring: [] };
  const isolation = { kind, merge, reason: reasonOf(isWanted, facts), setup, bring } as const;
  const steps = plan.steps.map((step): PlanStep => {
    const isOne = isCoding(step, agents);
    if (kind === "none") return isOne ? { ...step, locks: [...step.locks, ONE_WRITER] } : step;
    if (isOne || mayOnlyRead(step, agents)) return { ...step, place: "worktree" };
    return usesFiles(step, agents) ? { ...step, place: "tree" } : step;
  });
  const diagnostics = [...plan.diagnostics, ...diagnosticsOf(plan, kind, isWanted, facts)];
  const isolated: Plan = { ...plan, isolation, steps, diagnostics };
  return { ...isolated, hash: approvalHash(isolated, sha256) };
}

const ONE_WRITER = { name: "workspace", reason: "works in the folder itself, as other coding steps do" } as const;

function reasonOf(isWanted: boolean, { obstacle }: RepositoryFacts): string {
  if (!isWanted) return "the spec says so";
  return obstacle === null ? "the folder is in a git repository" : `because ${obstacle}`;
}

/** Adapters of programs that work in the folder. */
const RUN_HERE: ReadonlySet<AgentView["adapter"]> = new Set(["command", "process", "container"]);

/** Agents that are driven as coding agents, and others in a step whose role changes files. */
function isCoding(step: PlanStep, agents: ReadonlyMap<string, AgentView>): boolean {
  if (step.decision !== "agent" || step.simulated || step.agent === null) return false;
  return [step.agent, ...step.fallbacks].some((id) => {
    const agent = agents.get(id);
    if (!agent) return false;
    if (agent.adapter === "acp") return true;
    return (
      RUN_HERE.has(agent.adapter) && ((step.role !== null && changesFiles(step.role)) || step.change === "required")
    );
  });
}

/** Programs whose agent may change nothing: only in a worktree of their own can be seen whether they keep to it. */
function mayOnlyRead(step: PlanStep, agents: ReadonlyMap<string, AgentView>): boolean {
  if (step.decision !== "agent" || step.simulated || step.agent === null) return false;
  return [step.agent, ...step.fallbacks].some((id) => {
    const agent = agents.get(id);
    return agent?.permissions === "readonly" && RUN_HERE.has(agent.adapter);
  });
}

/** Whether a step reads or writes files of the folder: a question to a service does not, unless its result is looked for there. */
function usesFiles(step: PlanStep, agents: ReadonlyMap<string, AgentView>): boolean {
  if (step.decision !== "agent" || step.simulated || step.agent === null) return false;
  if (step.check !== null || step.outputs.length > 0 || step.extract.some(({ from }) => from === "file")) return true;
  return [step.agent, ...step.fallbacks].some((id) => {
    const adapter = agents.get(id)?.adapter;
    return adapter !== "http" && adapter !== "llm" && adapter !== "simulated";
  });
}

const SHOWN = 3;

function diagnosticsOf(
  { specPath }: Plan,
  kind: "worktree" | "none",
  isWanted: boolean,
  { obstacle, uncommitted, hasSubmodules }: RepositoryFacts,
): Diagnostic[] {
  const told = (severity: Diagnostic["severity"], message: string): Diagnostic => ({
    ...{ code: "isolation", severity, message, range: null, steps: [] },
  });
  if (kind === "none") {
    return isWanted
      ? [
          told(
            "warning",
            `coding steps work in the folder itself, one after another, because ${obstacle ?? ""}: what an agent breaks is not kept apart from your files`,
          ),
        ]
      : [];
  }
  const others = uncommitted.filter((path) => path !== specPath && !path.startsWith(".planwright/"));
  const shown = others.slice(0, SHOWN).join(", ");
  const more = others.length > SHOWN ? ` and ${others.length - SHOWN} more` : "";
  return [
    ...(others.length === 0
      ? []
      : [
          told(
            "warning",
            `${others.length === 1 ? "a change is" : `${others.length} changes are`} not committed, and coding steps do not see ${others.length === 1 ? "it" : "them"}: ${shown}${more}`,
          ),
        ]),
    ...(hasSubmodules
      ? [told("info", "submodules are empty in worktrees, unless the setup of worktrees fetches them")]
      : []),
  ];
}
