import type { ExecutionEvent } from "../../schemas/event.ts";
import { formatAmount, fromMicros } from "../../schemas/money.ts";
import type { Report } from "../../schemas/report.ts";

type Intervention = Report["interventions"][number];

/** What people did to an execution, and what interrupted it (catalogue F1). Told of its events in order. */
export class Interventions {
  /** In order. */
  readonly list: Intervention[] = [];
  readonly #currency: string;
  readonly #questions = new Map<string, string>();

  constructor(currency: string) {
    this.#currency = currency;
  }

  add(event: ExecutionEvent): void {
    if (event.type === "decision.asked") this.#questions.set(event.decisionId, event.message);
    const said = words(event, this.#questions, this.#currency);
    if (said === null) return;
    const by = "by" in event ? event.by : null;
    this.list.push({ at: event.at, by, stepId: "stepId" in event ? event.stepId : null, what: said });
  }
}

function words(event: ExecutionEvent, questions: ReadonlyMap<string, string>, currency: string): string | null {
  switch (event.type) {
    case "decision.answered": {
      const more = event.amount === null ? "" : ` (${formatAmount(fromMicros(event.amount), currency)} more)`;
      return `${event.choice}${more}: ${questions.get(event.decisionId) ?? "a decision"}`;
    }
    case "attempt.stopping":
      return event.by === null ? null : `ended attempt ${event.attempt}`;
    case "execution.paused":
      return "paused";
    case "execution.resumed":
      return "resumed";
    case "steps.reopened":
      return `ran again: ${event.steps.join(", ")}`;
    case "plan.revised":
      return `went on under plan ${event.planId}`;
    case "cancel.requested":
      return event.force ? "cancelled at once" : "cancelled";
    case "execution.interrupted":
      return event.message;
    default:
      return null;
  }
}
