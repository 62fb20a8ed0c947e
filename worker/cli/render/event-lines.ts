import { formatDuration } from "../../../schemas/duration.ts";
import type { EventOf, ExecutionEvent } from "../../../schemas/event.ts";
import { stepName } from "../../../schemas/step-name.ts";
import type { Terminal } from "../terminal.ts";
import { plain } from "./text.ts";

/** Turns the events of one execution into lines for people. Remembers titles, so it must see `execution.created` first. */
export class EventLines {
  readonly #terminal: Terminal;
  readonly #titles = new Map<string, string>();
  readonly #durations = new Map<string, number>();
  /** Who did the last attempt of each step. */
  readonly #agents = new Map<string, string>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  of(event: ExecutionEvent): string[] {
    switch (event.type) {
      case "execution.created":
        for (const step of event.plan.steps) this.#titles.set(step.id, plain(stepName(step)));
        return [];
      case "attempt.started": {
        const isOther = (this.#agents.get(event.stepId) ?? event.agent) !== event.agent;
        this.#agents.set(event.stepId, event.agent);
        const again = event.attempt > 1 ? ` (attempt ${event.attempt}${isOther ? `, ${plain(event.agent)}` : ""})` : "";
        const mark = event.simulated ? " (simulated)" : "";
        return [this.#line("cyan", "▶", event, `${this.#title(event.stepId)}${again}${mark}`)];
      }
      case "attempt.stopping":
        return [
          this.#line(
            "yellow",
            "■",
            event,
            `${this.#title(event.stepId)}: stopping (${event.reason === "budget" ? "it costs too much" : event.reason})`,
          ),
        ];
      case "attempt.finished":
        this.#durations.set(event.stepId, (this.#durations.get(event.stepId) ?? 0) + event.duration);
        return [];
      case "attempt.fenced":
        return [this.#line("dim", "·", event, `${this.#title(event.stepId)}: ${plain(event.message)}`)];
      case "retry.scheduled":
        return [this.#line("yellow", "↻", event, `${this.#title(event.stepId)}: ${whyAgain(event)}`)];
      case "step.finished":
        return [this.#ended(event)];
      case "step.requeued":
        return [
          this.#line(
            "yellow",
            "↻",
            event,
            `${this.#title(event.stepId)}: ${event.reason === "fallback" ? "goes to its next agent" : `again (${event.reason})`}`,
          ),
        ];
      case "review.returned":
        return [this.#line("yellow", "↻", event, this.#sentBack(event))];
      case "decision.asked":
        return [this.#line("yellow", "?", event, plain(event.message))];
      case "decision.answered":
        return [
          this.#line("cyan", "✎", event, `${this.#title(event.stepId)}: ${plain(event.by)} says ${event.choice}`),
        ];
      case "decision.withdrawn":
        return [];
      case "execution.paused":
        return [this.#line("yellow", "‖", event, `paused by ${plain(event.by)}`)];
      case "execution.resumed":
        return [this.#line("cyan", "▶", event, `resumed by ${plain(event.by)}`)];
      case "execution.expired":
        return [this.#line("red", "■", event, "the execution's timeout has passed")];
      case "steps.reopened": {
        const titles = event.steps.map((id) => this.#title(id)).join(", ");
        return [this.#line("cyan", "↻", event, `${plain(event.by)} runs again: ${titles}`)];
      }
      case "plan.revised":
        for (const step of event.plan.steps) this.#titles.set(step.id, plain(stepName(step)));
        return [this.#line("cyan", "✎", event, `goes on under plan ${event.planId}`)];
      case "cancel.requested":
        return [
          this.#line("yellow", "■", event, `cancel requested by ${plain(event.by)}${event.force ? ", at once" : ""}`),
        ];
      case "execution.interrupted":
        return [this.#line("red", "✘", event, plain(event.message))];
      case "budget.level":
        return event.level === "below"
          ? []
          : [this.#line("yellow", "!", event, `${plain(event.label)}: ${event.level} reached`)];
      case "attempt.reported":
      case "boxes.written":
      case "execution.finished":
        return [];
    }
  }

  #ended(event: EventOf<"step.finished">): string {
    const took = this.#durations.get(event.stepId);
    const title = this.#title(event.stepId);
    const time = took === undefined ? "" : ` (${formatDuration(took)})`;
    const why = event.failure ? `: ${plain(event.failure.message)}` : "";
    switch (event.status) {
      case "completed":
        return this.#line("green", "✔", event, `${title}${time}`);
      case "failed":
        return this.#line("red", "✘", event, `${title}${time}${why}`);
      case "skipped":
        return this.#line("dim", "–", event, `${title} skipped${why}`);
      case "cancelled":
        return this.#line("yellow", "■", event, event.failure ? `${title}${why}` : `${title} cancelled`);
    }
  }

  #sentBack({ stepId, target, round }: EventOf<"review.returned">): string {
    return `${this.#title(stepId)}: sends ${this.#title(target)} back, round ${round}`;
  }

  #title(stepId: string): string {
    return this.#titles.get(stepId) ?? plain(stepId);
  }

  #line(
    colour: "cyan" | "yellow" | "green" | "red" | "dim",
    mark: string,
    event: ExecutionEvent,
    text: string,
  ): string {
    const time = formatDuration(event.t).padStart(6);
    return `${this.#terminal.style("dim", time)} ${this.#terminal.style(colour, mark)} ${text}`;
  }
}

function whyAgain({ code, attempt, delay, quota }: EventOf<"retry.scheduled">): string {
  const why = quota ? "its agent's quota is used up" : code;
  return `${why}, attempt ${attempt} in ${formatDuration(delay)}`;
}
