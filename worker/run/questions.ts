import type { PermissionChoice, PermissionRequest } from "../../schemas/decision.ts";
import type { EventOf, ExecutionEvent } from "../../schemas/event.ts";

type Started = EventOf<"attempt.started">;
type Answer = PermissionChoice | "cancelled";

/** A question that was not decided upon yet. */
export interface Question {
  readonly event: Started;
  readonly request: PermissionRequest;
  readonly settle: (answer: Answer) => void;
}

/** What running attempts ask people, until it is answered. An attempt that is stopped or over gets no other answer than that. */
export class Questions {
  #fresh: Question[] = [];
  readonly #open = new Map<string, Question>();

  async add(event: Started, request: PermissionRequest): Promise<Answer> {
    return new Promise((settle) => void this.#fresh.push({ event, request, settle }));
  }

  /** What was asked since the last time, in that order. Whoever takes it settles it or has it kept open. */
  take(): readonly Question[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /** A person is asked this, under this name. */
  keep(decisionId: string, question: Question): void {
    this.#open.set(decisionId, question);
  }

  /** What an event that is stored means for whoever waits. */
  hear(event: ExecutionEvent): void {
    if (event.type === "decision.withdrawn") this.#settle(event.decisionId, "cancelled");
    else if (event.type === "decision.answered") {
      const { choice } = event;
      this.#settle(event.decisionId, isPermission(choice) ? choice : "reject");
    }
  }

  /** The attempt is stopped or over. */
  drop(attemptId: string): void {
    this.#dropAll(({ event }) => event.attemptId === attemptId);
  }

  /** Nobody will hear of an answer any more. */
  close(): void {
    this.#dropAll(() => true);
  }

  #dropAll(isOver: (question: Question) => boolean): void {
    for (const question of this.#fresh) if (isOver(question)) question.settle("cancelled");
    this.#fresh = this.#fresh.filter((question) => !isOver(question));
    for (const [decisionId, question] of this.#open) if (isOver(question)) this.#settle(decisionId, "cancelled");
  }

  #settle(decisionId: string, answer: Answer): void {
    this.#open.get(decisionId)?.settle(answer);
    this.#open.delete(decisionId);
  }
}

function isPermission(choice: EventOf<"decision.answered">["choice"]): choice is PermissionChoice {
  return choice === "allow_once" || choice === "allow_session" || choice === "allow_always" || choice === "reject";
}
