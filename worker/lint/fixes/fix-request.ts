import type { AgentView } from "../../../schemas/agent.ts";
import type { Located } from "../located.ts";
import type { Reading } from "../reading.ts";
import type { PlanFacts } from "../plan-facts.ts";
import type { TaskNames } from "../task-names.ts";
import type { Fix, TextChange } from "./text-change.ts";

/** What there is to repair, and what is known for it. */
export interface FixRequest extends Located {
  readonly reading: Reading;
  readonly names: TaskNames;
  readonly agents: readonly AgentView[];
  /** Null where there is no plan of the text. */
  readonly facts: PlanFacts | null;
}

/** A fix with one change, or none where there is no change to make. */
export function oneChange(title: string, change: TextChange | null, preferred = false): Fix[] {
  return change === null ? [] : [{ title, changes: [change], preferred }];
}
