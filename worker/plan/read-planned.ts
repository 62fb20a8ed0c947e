import type { AgentView } from "../../schemas/agent.ts";
import { Decomposition, type PlannedTask } from "../../schemas/decomposition.ts";
import { nearestName } from "../spec/nearest-name.ts";
import { isUsable, workItems, type PlanningSubject, type WorkItem } from "./planning-prompt.ts";
import { quoted } from "./quoted.ts";

/** What a model's answer is worth: a plan, or what is wrong with it, one sentence each, for the model to correct. */
export type ReadPlanned =
  | { readonly kind: "planned"; readonly tasks: readonly PlannedTask[] }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/** More than these are noise for a model as for a person. */
const MOST_PROBLEMS = 20;

const Tasks = Decomposition.pick({ tasks: true });

/**
 * Reads the plan of a model (catalogue A3). Its text may have words and a fence around the JSON; nothing else is forgiven: only known
 * agents, capabilities and tasks, every task of the spec, no rings.
 */
export function readPlanned(answer: string, { spec, plan, agents }: PlanningSubject): ReadPlanned {
  const found = jsonIn(answer);
  if (found === undefined) return refused(["there is no JSON object in the answer, or it is not whole"]);
  const parsed = Tasks.safeParse(found);
  if (!parsed.success)
    return refused(
      parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".") || "the object"}: ${message}`),
    );
  const { tasks } = parsed.data;
  const items = workItems(spec, plan);
  const problems = [
    ...repeatedIds(tasks),
    ...wrongTasks(tasks, items),
    ...wrongAgents(tasks, agents, spec.settings.agents.allowed),
    ...wrongNeeds(tasks),
    ...tasks.flatMap(({ id, files }) =>
      files
        .filter(leadsOutside)
        .map((file) => `${quoted(id)} names the file ${quoted(file)}, which is not a path inside the workspace`),
    ),
  ];
  return problems.length > 0 ? refused(problems) : { kind: "planned", tasks };
}

function refused(problems: readonly string[]): ReadPlanned {
  const more = problems.length - MOST_PROBLEMS;
  return {
    kind: "refused",
    problems: [...problems.slice(0, MOST_PROBLEMS), ...(more > 0 ? [`and ${more} more`] : [])],
  };
}

/** The JSON object of an answer: all of it, what stands in its last fence, or from the first brace to the last. */
function jsonIn(answer: string): unknown {
  const fences = [...answer.matchAll(/^(?:```|~~~)[^\n`]{0,100}\n([\s\S]*?)\n(?:```|~~~)[ \t]*$/gm)].map(
    ([, inner]) => inner ?? "",
  );
  const [from, to] = [answer.indexOf("{"), answer.lastIndexOf("}")];
  const candidates = [answer, ...fences.reverse(), ...(from >= 0 && to > from ? [answer.slice(from, to + 1)] : [])];
  for (const candidate of candidates) {
    try {
      const value: unknown = JSON.parse(candidate);
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    } catch {
      // The next one may be.
    }
  }
  return undefined;
}

function repeatedIds(tasks: readonly PlannedTask[]): string[] {
  const seen = new Set<string>();
  return tasks.flatMap(({ id }) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [`the id ${quoted(id)} is there twice`];
  });
}

function wrongTasks(tasks: readonly PlannedTask[], items: readonly WorkItem[]): string[] {
  const known = new Map(items.map((item) => [item.task.id, item]));
  const counts = new Map<string, number>();
  const problems: string[] = [];
  for (const { id, task } of tasks) {
    if (task === null) continue;
    counts.set(task, (counts.get(task) ?? 0) + 1);
    if (!known.has(task))
      problems.push(
        `${quoted(id)} names the task ${quoted(task)}, which is not in the list${guess(task, known.keys())}`,
      );
  }
  for (const { task, whole } of items) {
    const count = counts.get(task.id) ?? 0;
    if (count === 0) problems.push(`the task ${quoted(task.id)} does not appear`);
    if (count > 1 && whole !== null) problems.push(`the task ${quoted(task.id)} is split, and may not be: ${whole}`);
  }
  return problems;
}

function wrongAgents(
  tasks: readonly PlannedTask[],
  agents: readonly AgentView[],
  allowed: readonly string[],
): string[] {
  const usable = new Map(agents.filter((agent) => isUsable(agent, allowed)).map((agent) => [agent.id, agent]));
  const capabilities = new Set([...usable.values()].flatMap((agent) => agent.capabilities.map(({ name }) => name)));
  return tasks.flatMap(({ id, agent, capability }) => {
    const problems: string[] = [];
    const named = agent === null ? null : (usable.get(agent) ?? null);
    if (agent !== null && named === null)
      problems.push(
        `${quoted(id)} names the agent ${quoted(agent)}, which is not in the list${guess(agent, usable.keys())}`,
      );
    if (capability !== null && !capabilities.has(capability))
      problems.push(
        `${quoted(id)} names the capability ${quoted(capability)}, which no agent of the list has${guess(capability, capabilities)}`,
      );
    return problems;
  });
}

function guess(word: string, names: Iterable<string>): string {
  const near = nearestName(word, [...names]);
  return near === null ? "" : `: did you mean ${quoted(near)}?`;
}

function wrongNeeds(tasks: readonly PlannedTask[]): string[] {
  const ids = new Map(tasks.map((task) => [task.id, task]));
  const problems = tasks.flatMap(({ id, needs }) =>
    needs.flatMap((need) => {
      if (need === id) return [`${quoted(id)} needs itself`];
      return ids.has(need)
        ? []
        : [`${quoted(id)} needs ${quoted(need)}, which is no id of this plan${guess(need, ids.keys())}`];
    }),
  );
  return problems.length > 0 ? problems : ringOf(tasks);
}

/** The pieces that wait for one another, found by taking away again and again what waits for nothing. */
function ringOf(tasks: readonly PlannedTask[]): string[] {
  const waiting = new Map(tasks.map(({ id, needs }) => [id, new Set(needs)]));
  const dependents = new Map<string, string[]>();
  for (const { id, needs } of tasks)
    for (const need of new Set(needs)) dependents.set(need, [...(dependents.get(need) ?? []), id]);
  const free = [...waiting].filter(([, needs]) => needs.size === 0).map(([id]) => id);
  for (const id of free) {
    waiting.delete(id);
    for (const dependent of dependents.get(id) ?? []) {
      const left = waiting.get(dependent);
      left?.delete(id);
      if (left?.size === 0) free.push(dependent);
    }
  }
  if (waiting.size === 0) return [];
  return [`these wait for one another or for such that do: ${[...waiting.keys()].slice(0, 10).map(quoted).join(", ")}`];
}

function leadsOutside(file: string): boolean {
  const parts = file.replaceAll("\\", "/").split("/");
  return file.startsWith("/") || /^[a-z]:/i.test(file) || parts.includes("..") || file.includes("\0");
}
