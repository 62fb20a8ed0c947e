import type { AgentView } from "../../schemas/agent.ts";
import type { Localizer } from "./row.ts";

/** How all agents together are (catalogue D5); empty while nobody knows anything of any. */
export function healthSummary(agents: readonly Pick<AgentView, "health">[], l10n: Localizer): string {
  const states = agents.map(({ health }) => health.state).filter((state) => state !== "unknown");
  const wrong = states.filter((state) => state === "unhealthy" || state === "failed").length;
  const healthy = states.filter((state) => state === "healthy").length;
  if (wrong > 0) return l10n.t("{0} healthy, {1} not", healthy, wrong);
  return healthy === 0 ? "" : l10n.t("{0} healthy", healthy);
}
