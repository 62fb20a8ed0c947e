import type { EventOf } from "../../schemas/event.ts";
import type { AttemptEnd } from "../../worker/engine/answer.ts";
import type { Command } from "../../worker/engine/command.ts";
import type { ExecutionState } from "../../worker/engine/state.ts";
import type { AttemptReport } from "../../worker/run/ports.ts";
import type { Chance } from "./chance.ts";
import type { JournalModel } from "./journal-model.ts";
import type { World } from "./world.ts";

/** Where agents and people act: what they can see of the simulated worker, and do to it. */
export interface Stage {
  readonly world: World;
  readonly chance: Chance;
  readonly state: ExecutionState;
  readonly model: JournalModel;
  /** The world's own clock, in ms. */
  readonly now: number;
  /** Steps whose agents hang. */
  readonly hanging: readonly string[];
  /** A person asks for something. */
  ask(command: Command, by: string): void;
  /** A running attempt says what it has cost. */
  report(event: EventOf<"attempt.started">, said: AttemptReport): void;
  /** Steps of which an agent waits for an answer. */
  readonly asking: readonly string[];
  /** A running attempt asks whether it may do something: the decision that a person has to make, or null when it was answered at once. */
  permit(event: EventOf<"attempt.started">, subject: number): string | null;
  /** An attempt answers. */
  answer(stepId: string, attempt: number, attemptId: string, end: AttemptEnd): void;
  /** Lets the engine say all that it has to say at this moment. */
  advance(): void;
  /** The machine sleeps for so many ms. */
  jump(by: number): void;
  /** The clock on the wall is set so many ms on. */
  setWall(by: number): void;
  count(what: string): void;
  tell(line: string): void;
}
