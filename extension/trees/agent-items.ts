import type { AgentAnalytics } from "../../schemas/agent-analytics.ts";
import type { AgentCapability, AgentView } from "../../schemas/agent.ts";
import { formatDuration } from "../../schemas/duration.ts";
import { formatAmount } from "../../schemas/money.ts";
import { plain } from "../plain-text.ts";
import { long, moment, short } from "./figures.ts";
import { healthLook, healthWord, processEntry } from "./process-items.ts";
import { joined, lines, spokenOf, type Entry, type Icon, type Localizer, type Row } from "./row.ts";

export function agentEntry(folder: string, agent: AgentView, l10n: Localizer): Entry {
  const row = agentRow(agent, l10n);
  return { id: agentRowId(folder, agent), target: { folder, agentId: agent.id }, draw: () => row };
}

function agentRowId(folder: string, { id }: AgentView): string {
  return `${folder}|agent|${id}`;
}

function agentRow(agent: AgentView, l10n: Localizer): Row {
  const name = short(plain(agent.name));
  const simulated = agent.simulated ? l10n.t("simulated") : null;
  const reason = agent.unavailableReason === null ? null : plain(agent.unavailableReason);
  const state = agent.available ? loadOf(agent, l10n) : l10n.t("not available");
  const health = healthOf(agent, l10n);
  const restarts = restartsOf(agent, l10n);
  return {
    label: name,
    description: joined(health, state, simulated, restarts, agent.available || reason === null ? null : short(reason)),
    icon: iconOf(agent),
    tooltip: lines(
      joined(long(plain(agent.name)), plain(agent.id)),
      joined(agent.available ? l10n.t("available") : l10n.t("not available"), simulated),
      reason === null ? null : long(reason),
      health === null ? null : l10n.t("Health: {0}", health),
      agent.health.detail === null ? null : long(plain(agent.health.detail)),
      agent.health.lastSeen === null ? null : l10n.t("Last sign of life: {0}", moment(agent.health.lastSeen)),
      restarts,
      l10n.t("Runs now: {0} of at most {1} in one execution", agent.load, agent.maxLoad),
      l10n.t("Capabilities: {0}", capabilityNames(agent, l10n)),
    ),
    context: ["agent", agent.available ? "available" : "unavailable", agent.origin, agent.adapter, agent.health.state],
    children: "closed",
    spoken: spokenOf(l10n.t("Agent {0}", name), health, state, agent.available ? null : reason, simulated, restarts),
    command: null,
    changes: "never",
  };
}

function iconOf({ available, simulated, load, health: { state } }: AgentView): Icon {
  if (state === "unhealthy" || state === "failed") return healthLook(state);
  if (!available) return { id: "circle-slash", color: "planwright.failed" };
  if (state === "starting" || (state === "healthy" && load === 0)) return healthLook(state);
  if (simulated) return { id: "beaker", color: "planwright.simulated" };
  return load > 0 ? { id: "sync~spin", color: "planwright.running" } : { id: "robot", color: null };
}

/** Null while nothing of it runs and nobody has asked it. */
function healthOf({ health: { state } }: AgentView, l10n: Localizer): string | null {
  return state === "unknown" ? null : healthWord(state, l10n);
}

function restartsOf({ health: { restarts } }: AgentView, l10n: Localizer): string | null {
  if (restarts === 0) return null;
  return restarts === 1 ? l10n.t("restarted once") : l10n.t("restarted {0} times", restarts);
}

function loadOf({ load, maxLoad }: AgentView, l10n: Localizer): string {
  return load === 0 ? l10n.t("available") : l10n.t("{0} of {1} running", load, maxLoad);
}

function capabilityNames({ capabilities }: AgentView, l10n: Localizer): string {
  if (capabilities.length === 0) return l10n.t("none");
  return long(capabilities.map(({ name }) => plain(name)).join(", "));
}

/** What stands below an agent. `analytics`: its runs of the last `days`; null: not known. */
export function agentDetails(
  folder: string,
  agent: AgentView,
  analytics: { readonly days: number; readonly of: AgentAnalytics | null } | null,
  l10n: Localizer,
): Entry[] {
  const fact = (key: string, icon: string, label: string, description: string, tooltip?: string): Entry => ({
    id: `${agentRowId(folder, agent)}|${key}`,
    target: { folder, agentId: agent.id },
    draw: () => factRow(icon, label, description, tooltip ?? lines(label, description), ["agentFact", agent.origin]),
  });
  return [
    ...(agent.unavailableReason === null
      ? []
      : [fact("reason", "warning", l10n.t("Why not available"), plain(agent.unavailableReason))]),
    ...(agent.health.detail === null
      ? []
      : [fact("health", healthLook(agent.health.state).id, healthTitle(agent, l10n), plain(agent.health.detail))]),
    ...agent.health.processes.map((one) => processEntry(folder, agent.id, one, l10n)),
    ...agent.capabilities.map((capability) => capabilityEntry(folder, agent, capability, l10n)),
    ...installationFacts(agent, fact, l10n),
    agent.url !== null
      ? fact("program", "globe", l10n.t("Address"), plain(agent.url))
      : fact("program", "terminal", l10n.t("Program"), programOf(agent, l10n)),
    ...subjectFacts(agent, fact, l10n),
    fact("origin", "file-code", l10n.t("Defined in"), originOf(agent, l10n)),
    fact("load", "dashboard", l10n.t("Load"), l10n.t("{0} of {1}", agent.load, agent.maxLoad)),
    fact("timeout", "watch", l10n.t("Timeout"), timeoutOf(agent, l10n)),
    ...(analytics === null ? [] : [runsEntry(fact, analytics, l10n)]),
  ];
}

function healthTitle({ health: { state } }: AgentView, l10n: Localizer): string {
  return state === "healthy" || state === "unknown" ? l10n.t("Health") : l10n.t("Why {0}", healthWord(state, l10n));
}

type Fact = (key: string, icon: string, label: string, description: string, tooltip?: string) => Entry;

function factRow(icon: string, label: string, description: string, tooltip: string, context: readonly string[]): Row {
  return {
    label,
    description: short(description),
    icon: { id: icon, color: null },
    tooltip: long(tooltip),
    context,
    children: "none",
    spoken: spokenOf(label, description),
    command: null,
    changes: "never",
  };
}

function capabilityEntry(folder: string, agent: AgentView, capability: AgentCapability, l10n: Localizer): Entry {
  const { estimatedCost, estimatedDuration, dependencies } = capability;
  const name = short(plain(capability.name));
  const about = plain(capability.description);
  const cost = estimatedCost === null ? null : l10n.t("about {0}", formatAmount(estimatedCost, agent.currency));
  const time = estimatedDuration === null ? null : l10n.t("about {0}", formatDuration(estimatedDuration));
  const tooltip = lines(
    name,
    long(about),
    joined(time, cost),
    dependencies.length === 0 ? null : l10n.t("After: {0}", long(dependencies.map(plain).join(", "))),
  );
  return {
    id: `${agentRowId(folder, agent)}|capability|${capability.name}`,
    target: { folder, agentId: agent.id },
    draw: () => factRow("symbol-method", name, joined(about, time, cost), tooltip, ["agentFact", agent.origin]),
  };
}

/** Whether the program of a coding agent is there, and what to do when it is not. */
function installationFacts({ installation }: AgentView, fact: Fact, l10n: Localizer): Entry[] {
  if (installation === null) return [];
  const { state, version, protocol, advice } = installation;
  const words = {
    found: l10n.t("found"),
    missing: l10n.t("missing"),
    needs_login: l10n.t("needs a login"),
    unknown: l10n.t("not known yet"),
  };
  const how =
    protocol === "acp" ? "Agent Client Protocol" : protocol === "stream" ? l10n.t("its own command line") : null;
  const icon = state === "found" || state === "unknown" ? "package" : "warning";
  const told = joined(words[state], version === null ? null : plain(version), how);
  return [
    fact("installation", icon, l10n.t("Installation"), told),
    ...(advice === null ? [] : [fact("advice", "lightbulb", l10n.t("What to do"), plain(advice))]),
  ];
}

function subjectFacts({ subject, adapter }: AgentView, fact: Fact, l10n: Localizer): Entry[] {
  if (subject === null) return [];
  if (adapter === "mcp") return [fact("subject", "tools", l10n.t("Tool"), plain(subject))];
  if (adapter === "container") return [fact("subject", "vm", l10n.t("Image"), plain(subject))];
  return [fact("subject", "hubot", l10n.t("Model"), plain(subject))];
}

function programOf({ argv, adapter }: AgentView, l10n: Localizer): string {
  if (adapter === "simulated") return l10n.t("none: it makes up its results");
  if (adapter === "http" || adapter === "llm") return l10n.t("none");
  if (adapter === "acp" && argv === null) return l10n.t("found by its name");
  return argv === null ? l10n.t("the step's own command") : plain(argv.join(" "));
}

function originOf({ origin }: AgentView, l10n: Localizer): string {
  return origin === "built-in" ? l10n.t("Planwright") : ".planwright/agents.json";
}

function timeoutOf({ timeout }: AgentView, l10n: Localizer): string {
  return timeout === "none" ? l10n.t("none") : formatDuration(timeout);
}

function runsEntry(
  fact: Fact,
  { days, of: runs }: { readonly days: number; readonly of: AgentAnalytics | null },
  l10n: Localizer,
): Entry {
  const label = l10n.t("Last {0} days", days);
  if (runs === null || (runs.runs === 0 && runs.simulatedRuns === 0)) {
    return fact("runs", "history", label, l10n.t("no runs"));
  }
  const success =
    runs.successRate === null ? null : l10n.t("{0} % succeeded", Math.round(runs.successRate * 1_000) / 10);
  const time = runs.duration.typical === null ? null : l10n.t("typically {0}", formatDuration(runs.duration.typical));
  const costs = runs.costs.filter(({ amount }) => amount > 0).map((one) => formatAmount(one.amount, one.currency));
  const description = joined(
    runs.runs === 1 ? l10n.t("1 run") : l10n.t("{0} runs", runs.runs),
    success,
    time,
    ...costs,
    runs.simulatedRuns === 0 ? null : l10n.t("{0} simulated", runs.simulatedRuns),
  );
  const errors = Object.entries(runs.errors).map(([code, number]) => `${code}: ${number}`);
  return fact(
    "runs",
    "history",
    label,
    description,
    lines(
      label,
      description,
      counts(runs, l10n),
      runs.lastRunAt === null ? null : l10n.t("Last run: {0}", moment(runs.lastRunAt)),
      runs.duration.high === null ? null : l10n.t("nine of ten within {0}", formatDuration(runs.duration.high)),
      runs.unknownCosts === 0 ? null : l10n.t("{0} unknown costs", runs.unknownCosts),
      errors.length === 0 ? null : l10n.t("Errors: {0}", errors.join(", ")),
    ),
  );
}

function counts(runs: AgentAnalytics, l10n: Localizer): string {
  return joined(
    l10n.t("{0} succeeded", runs.succeeded),
    runs.failed === 0 ? null : l10n.t("{0} failed", runs.failed),
    runs.cancelled === 0 ? null : l10n.t("{0} cancelled", runs.cancelled),
    runs.interrupted === 0 ? null : l10n.t("{0} interrupted", runs.interrupted),
    runs.running === 0 ? null : l10n.t("{0} running", runs.running),
  );
}
