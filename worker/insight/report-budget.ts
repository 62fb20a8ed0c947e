import type { EnginePlan, EventOf, ExecutionEvent } from "../../schemas/event.ts";
import { formatAmount, fromMicros, type Micros } from "../../schemas/money.ts";
import type { Report } from "../../schemas/report.ts";

type ReportBudget = Report["budget"];

interface Attempt {
  readonly started: EventOf<"attempt.started">;
  cost: Micros;
}

/** What limits held for an execution, and what became of them (catalogue E1-E4). Told of its events in order. */
export class ReportLimits {
  #plan: EnginePlan | null = null;
  readonly #levels: ReportBudget["levels"] = [];
  readonly #refused: ReportBudget["refused"] = [];
  readonly #overruns: ReportBudget["overruns"] = [];
  readonly #allowed: ReportBudget["allowed"] = [];
  readonly #running = new Map<string, Attempt>();

  add(event: ExecutionEvent): void {
    switch (event.type) {
      case "execution.created":
      case "plan.revised":
        this.#plan = event.plan;
        break;
      case "attempt.started":
        this.#running.set(event.attemptId, { started: event, cost: 0 });
        break;
      case "attempt.reported":
        this.#reported(event);
        break;
      case "attempt.finished":
        this.#finished(event);
        break;
      case "budget.level": {
        const { at, limit, label, level } = event;
        this.#levels.push({ at, key: limit, label, level, used: fromMicros(event.used), of: fromMicros(event.of) });
        break;
      }
      case "decision.answered": {
        const { at, by, stepId, limit, amount } = event;
        if (event.choice !== "allow") break;
        this.#allowed.push({ at, by, stepId, key: limit ?? "spec", amount: fromMicros(amount ?? 0) });
        break;
      }
      default:
        break;
    }
  }

  #reported(event: EventOf<"attempt.reported">): void {
    const { at, stepId, attempt } = event;
    for (const { said, reason } of event.refused) this.#refused.push({ at, stepId, attempt, said, reason });
    this.#count(event);
  }

  /** What an attempt costs above what was set aside for it, where something was. */
  #finished(event: EventOf<"attempt.finished">): void {
    const attempt = this.#count(event);
    this.#running.delete(event.attemptId);
    if (!attempt || attempt.started.simulated || !this.#hasLimits) return;
    const { reserved } = attempt.started;
    if (attempt.cost <= reserved) return;
    this.#overruns.push({
      stepId: event.stepId,
      attempt: event.attempt,
      reserved: fromMicros(reserved),
      cost: fromMicros(attempt.cost),
    });
  }

  #count({ attemptId, costs }: EventOf<"attempt.reported" | "attempt.finished">): Attempt | null {
    const attempt = this.#running.get(attemptId);
    if (!attempt) return null;
    for (const { amount, currency } of costs) if (currency === this.#plan?.currency) attempt.cost += amount ?? 0;
    return attempt;
  }

  get #hasLimits(): boolean {
    return this.#plan !== null && (this.#plan.budget !== null || this.#plan.limits.length > 0);
  }

  get report(): ReportBudget {
    const { limits, budget } = this.#plan ?? { limits: [], budget: null };
    const own = budget && {
      key: "spec",
      label: "the budget",
      limit: fromMicros(budget.limit),
      mode: budget.mode,
      window: { kind: "execution" as const },
    };
    return {
      limits: [
        ...(own ? [own] : []),
        ...limits.map(({ key, label, limit, mode, window }) => ({
          key,
          label,
          limit: fromMicros(limit),
          mode,
          window,
        })),
      ],
      levels: this.#levels,
      refused: this.#refused,
      overruns: this.#overruns,
      allowed: this.#allowed,
    };
  }
}

/** Its part of the report for people; `safe` makes text harmless there. */
export function reportLimitsText({ budget, costs, steps }: Report, safe: (text: string) => string): string {
  const amount = (value: number): string => formatAmount(value, costs.currency);
  const titles = new Map(steps.map(({ id, title }) => [id, title]));
  const step = (id: string, attempt: number): string => `${safe(titles.get(id) ?? id)} (attempt ${attempt})`;
  const labels = new Map(budget.limits.map(({ key, label }) => [key, label]));
  const reached = {
    below: "is below its threshold again",
    threshold: "reached its threshold",
    limit: "reached its limit",
  };
  const lines = [
    // The spec's own stands beside the cost in the summary.
    ...budget.limits
      .filter(({ key }) => key !== "spec")
      .map(({ label, limit, mode }) => `- ${safe(label)}: ${amount(limit)}, ${mode}`),
    ...budget.levels.map(
      ({ at, label, level, used, of }) => `- ${at}: ${safe(label)} ${reached[level]}: ${amount(used)} of ${amount(of)}`,
    ),
    ...budget.allowed.map(
      (one) =>
        `- ${one.at}: ${safe(one.by)} allowed ${amount(one.amount)} above ${safe(labels.get(one.key) ?? one.key)}, for ${safe(titles.get(one.stepId) ?? one.stepId)}`,
    ),
    ...budget.overruns.map(
      (one) =>
        `- ${step(one.stepId, one.attempt)} cost ${amount(one.cost)}, above the ${amount(one.reserved)} set aside`,
    ),
    ...budget.refused.map(
      (one) =>
        `- ${step(one.stepId, one.attempt)} reported a cost of "${safe(one.said)}", refused because ${safe(one.reason)}`,
    ),
  ];
  return lines.length === 0 ? "" : `## Budget\n\n${lines.join("\n")}`;
}
