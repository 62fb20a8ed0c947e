import type { AgentView } from "../../../schemas/agent.ts";
import { nearestName } from "../../spec/nearest-name.ts";
import { shown } from "../shown-text.ts";
import { attributeOf, inheritedAttribute } from "../task-names.ts";
import { oneChange, type FixRequest } from "./fix-request.ts";
import { lineStart, setAttribute, type Fix } from "./text-change.ts";

const OFFERED = 5;

/** A step without an agent gets one that can do it. */
export function noAgentFixes(request: FixRequest): Fix[] {
  const { place, reading } = request;
  if (!place) return [];
  const capability = request.facts?.steps.get(place.task.id)?.capability ?? null;
  return usableAgents(request).flatMap(({ id, name }, index) => {
    const change = setAttribute(reading, place, "agent", id);
    return oneChange(
      `Give it to ${label(id, name)}${index === 0 ? because(request, id, capability) : ""}`,
      change,
      index === 0,
    );
  });
}

function because({ agents }: FixRequest, id: string, capability: string | null): string {
  const agent = agents.find((one) => one.id === id);
  const can = capability !== null && agent?.capabilities.some(({ name }) => name === capability) === true;
  return can ? ` (${shown(capability)})` : "";
}

/** A name that no agent has, or one that the front matter does not list. */
export function unknownAgentFixes(request: FixRequest): Fix[] {
  const { place, reading, agents } = request;
  const attribute = place && inheritedAttribute(place, "agent");
  if (!place || !attribute) return frontMatterAgentFixes(request);
  const [written] = attribute.elements;
  if (!written) return [];
  const usable = usableAgents(request).filter(({ id }) => id !== written.text);
  const near = nearestName(
    written.text,
    usable.map(({ id }) => id),
  );
  const sorted = usable.toSorted((a, b) => Number(b.id === near) - Number(a.id === near));
  const changes = sorted.flatMap(({ id, name }, index) =>
    oneChange(`Change to ${label(id, name)}`, { ...written, text: id }, near === null ? index === 0 : id === near),
  );
  const exists = agents.some(({ id }) => id === written.text);
  return [...(exists ? allowFixes(reading, written.text) : []), ...changes];
}

/** The front matter lists the agents that may be chosen, and this one is not among them. */
function allowFixes(reading: FixRequest["reading"], id: string): Fix[] {
  const { front } = reading.outline;
  const entry = front?.entries.find(({ key }) => key === "agents");
  const last = entry?.value.kind === "list" ? entry.value.items.at(-1) : null;
  if (!front || !entry || entry.value.kind === "map") return [];
  const title = `Add ${shown(id)} to agents of the front matter`;
  const { text } = reading;
  if (entry.value.kind === "text") {
    const at = front.from + entry.value.to - (entry.value.quoted ? 1 : 0);
    return oneChange(title, { from: at, to: at, text: `, ${id}` });
  }
  if (!last) return [];
  const at = front.from + last.to;
  const isFlow = text[front.from + entry.value.from] === "[";
  const line = text.slice(lineStart(text, front.from + last.from), front.from + last.from);
  return oneChange(title, { from: at, to: at, text: isFlow ? `, ${id}` : `${reading.eol}${line}${id}` });
}

/** The front matter names an agent for a capability. */
function frontMatterAgentFixes(request: FixRequest): Fix[] {
  const { reading, facts, place } = request;
  const { front } = reading.outline;
  const entry = front?.entries.find(({ key }) => key === "agents");
  const capability = place && facts?.steps.get(place.task.id)?.capability;
  if (!front || entry?.value.kind !== "map" || capability === null) return [];
  const named = entry.value.entries.find(({ key }) => key === capability)?.value;
  if (named?.kind !== "text") return [];
  const usable = usableAgents(request);
  const near = nearestName(
    named.text,
    usable.map(({ id }) => id),
  );
  const span = { from: front.from + named.from, to: front.from + named.to };
  return usable
    .toSorted((a, b) => Number(b.id === near) - Number(a.id === near))
    .flatMap(({ id, name }, index) =>
      oneChange(
        `Change to ${label(id, name)} for all of ${shown(String(capability))}`,
        { ...span, text: id },
        index === 0,
      ),
    );
}

/** Agents that could be named for a task, those with its capability first. Who only simulates is a person's choice. */
function usableAgents({ agents, place, facts, reading }: FixRequest): AgentView[] {
  const { allowed } = reading.document.settings.agents;
  const hasCommand = place?.task.attributes.command != null;
  const capability = (place && facts?.steps.get(place.task.id)?.capability) ?? place?.task.attributes.capability;
  const can = (agent: AgentView): boolean => agent.capabilities.some(({ name }) => name === capability);
  return agents
    .filter((agent) => agent.available && agent.status === "active" && !agent.simulated)
    .filter(({ id }) => allowed.length === 0 || allowed.includes(id))
    .filter(({ adapter, argv }) => (adapter === "command" && argv === null) === hasCommand)
    .toSorted((a, b) => Number(can(b)) - Number(can(a)) || b.priority - a.priority)
    .slice(0, OFFERED);
}

function label(id: string, name: string): string {
  return name === id ? shown(id) : `${shown(id)} (${shown(name, 60)})`;
}

/** An agent's capability builds on one that no earlier step provides. */
export function missingCapabilityFixes({ place, diagnostic, reading, names }: FixRequest): Fix[] {
  const wanted = /builds on ([a-z][a-z0-9_]*), which no earlier step/.exec(diagnostic.message)?.[1];
  if (!place || wanted === undefined || place.task.box === null || !place.room) return [];
  const { text, eol } = reading;
  const start = lineStart(text, place.line.from);
  const lead = text.slice(start, place.line.from);
  if (!/^[ \t]*$/.test(lead)) return [];
  const marker = /^(?:[-*+]|\d{1,9}[.)])/.exec(text.slice(place.line.from))?.[0] ?? "-";
  const words = wanted.replaceAll("_", " ");
  const title = words.slice(0, 1).toUpperCase() + words.slice(1);
  // Where tasks are known by their ids, one without would be text.
  const { ownId } = place.task;
  const dot = place.id && text[place.id.to] === "." ? "." : "";
  const id =
    place.id && ownId !== null && reading.document.dialect !== "spec" ? `${names.free(ownId, true)}${dot} ` : "";
  const isLoose = /\n[ \t]*\r?\n[ \t]*$/.test(text.slice(0, start));
  const task = `${lead}${marker} [ ] ${id}${title}${eol}${place.room.indent}- capability: ${wanted}${eol}${isLoose ? eol : ""}`;
  return oneChange(`Add a task before it that provides ${wanted}`, { from: start, to: start, text: task }, true);
}

/** The agent does not go with the command that the task has, or has not. */
export function agentConflictFixes({ place, reading }: FixRequest): Fix[] {
  const own = place && attributeOf(place, "agent");
  if (!own) return [];
  const start = lineStart(reading.text, own.from);
  const end = own.to;
  const behind = /^[ \t]*(?:\r\n|\n|\r)?/.exec(reading.text.slice(end))?.[0].length ?? 0;
  return oneChange("Remove the agent of this task", { from: start, to: end + behind, text: "" }, true);
}
