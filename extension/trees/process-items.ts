import type { AgentHealth, HealthState } from "../../schemas/agent-health.ts";
import { tickingDuration, moment } from "./figures.ts";
import { joined, lines, spokenOf, type Entry, type Icon, type Localizer, type Row } from "./row.ts";

/** How an agent or one of its processes is, as an icon; the word stands beside it. */
export function healthLook(state: HealthState): Icon {
  switch (state) {
    case "unknown":
      return { id: "question", color: null };
    case "starting":
      return { id: "loading~spin", color: "planwright.running" };
    case "healthy":
      return { id: "heart-filled", color: "planwright.completed" };
    case "unhealthy":
      return { id: "warning", color: "planwright.waiting" };
    case "failed":
      return { id: "error", color: "planwright.failed" };
  }
}

export function healthWord(state: HealthState, l10n: Localizer): string {
  switch (state) {
    case "unknown":
      return l10n.t("health unknown");
    case "starting":
      return l10n.t("starts up");
    case "healthy":
      return l10n.t("healthy");
    case "unhealthy":
      return l10n.t("not healthy");
    case "failed":
      return l10n.t("given up");
  }
}

/** A process of an agent that runs now, below its agent. */
export function processEntry(
  folder: string,
  agentId: string,
  process: AgentHealth["processes"][number],
  l10n: Localizer,
): Entry {
  const { pid, startedAt } = process;
  return {
    id: `${folder}|agent|${agentId}|process|${pid}|${startedAt}`,
    target: { folder, agentId, pid },
    draw: (now) => processRow(process, now, l10n),
  };
}

function processRow(process: AgentHealth["processes"][number], now: number, l10n: Localizer): Row {
  const { pid, state, startedAt, lastBeat, load } = process;
  const name = l10n.t("Process {0}", pid);
  const word = healthWord(state, l10n);
  const works = load === 1 ? l10n.t("1 running") : l10n.t("{0} running", load);
  const beat =
    lastBeat === null
      ? l10n.t("no heartbeat yet")
      : l10n.t("heartbeat {0} ago", tickingDuration(now - Date.parse(lastBeat)));
  return {
    label: name,
    description: joined(word, works, beat),
    icon: healthLook(state),
    tooltip: lines(
      joined(name, word),
      works,
      l10n.t("Started: {0}", moment(startedAt)),
      lastBeat === null ? beat : l10n.t("Last heartbeat: {0}", moment(lastBeat)),
    ),
    context: ["process", state],
    children: "none",
    spoken: spokenOf(name, word, works, beat),
    command: null,
    changes: lastBeat === null ? "never" : "each second",
  };
}
