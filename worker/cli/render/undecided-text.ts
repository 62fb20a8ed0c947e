import type { Plan } from "../../../schemas/plan.ts";
import type { Terminal } from "../terminal.ts";
import { plain } from "./text.ts";

/** So many steps without an agent are told one by one. */
const FEW = 3;

/** Many steps without an agent as one finding, because each would say the same; null while they are few. */
export function undecidedText(plan: Plan, terminal: Terminal): string | null {
  const found = plan.diagnostics.filter(({ code }) => code === "no-agent");
  if (found.length <= FEW) return null;
  const reasons = new Map(plan.steps.map(({ id, reason }) => [id, reason.agent]));
  const counts = new Map<string, number>();
  for (const { steps } of found) {
    const reason = reasons.get(steps[0] ?? "") ?? "";
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const width = String(found.length).length;
  const lines = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `  ${String(count).padStart(width)}  ${plain(reason)}`);
  const place = `${plain(plan.specPath)}: ${terminal.style("red", "error")}`;
  return [
    `${place}: ${found.length} of ${plan.steps.length} steps have no agent ${terminal.style("dim", "[no-agent]")}`,
    ...lines,
    "Name programs that can do this in .planwright/agents.json, or decide each step with --set STEP.agent=AGENT, --simulate STEP",
    "or --skip STEP. The step '*', in quotes, means all that have no agent.",
  ].join("\n");
}
