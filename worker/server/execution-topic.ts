import type { ExecutionProgress, StepGlance } from "../../schemas/execution.ts";
import { FailureError } from "../../schemas/failure.ts";
import { glanceMark, glanceOf, hasBegun } from "../engine/glance.ts";
import type { ExecutionState, Surroundings } from "../engine/state.ts";
import { progressOf } from "../engine/view.ts";
import { readEvents } from "../store/events.ts";
import {
  USUAL_INTERVAL_MS,
  type ExecutionBatch,
  type ExecutionSource,
  type ExecutionTopic,
  type Found,
} from "./subscriptions.ts";
import type { Workspace, WorkspaceRecord } from "./workspace.ts";

/** Glances a batch for each event that one may have: they are small. */
const GLANCES_AN_ITEM = 4;

/** An execution to follow, by its events or by glances at its steps. */
export function executionSource(workspace: Workspace, record: WorkspaceRecord, topic: ExecutionTopic): ExecutionSource {
  const { executionId } = topic;
  const read = topic.glance ? glanceReader(workspace, record, topic) : eventReader(workspace, record, topic);
  return {
    from: topic.after,
    interval: USUAL_INTERVAL_MS,
    isPaced: false,
    read,
    onChange: (listener) =>
      record.executions.onChange((changed) => {
        if (changed === executionId) listener();
      }),
  };
}

function eventReader(
  workspace: Workspace,
  record: WorkspaceRecord,
  { executionId }: ExecutionTopic,
): ExecutionSource["read"] {
  let stalled: string | null = null;
  return async (after, limit): Promise<Found<number>> => {
    const over = !record.executions.running.includes(executionId);
    const events = readEvents(record.database, executionId, after, limit);
    const more = events.length === limit;
    const progress = await progressNow(workspace, record, executionId);
    // That the record cannot be written brings no event, and must be told all the same.
    const isNews = events.length > 0 || progress.stalled !== stalled;
    ({ stalled } = progress);
    const seq = events.at(-1)?.seq ?? after;
    const batch: ExecutionBatch = { kind: "execution", events, steps: [], progress, after: seq, end: over && !more };
    return { batch, after: seq, more, isNews };
  };
}

/** Progress as it is in the record, of what runs here or elsewhere. */
export async function progressNow(
  { recorded }: Workspace,
  { executions, database }: WorkspaceRecord,
  executionId: string,
): Promise<ExecutionProgress> {
  try {
    const live = await executions.live(executionId)?.durableProgress();
    if (live) return live;
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    // What is in the record is true; nothing moves until it can be written again.
    return { ...recorded.progress(database, executionId), stalled: error.message };
  }
  return recorded.progress(database, executionId);
}

/** What one look at an execution shows. */
interface Look {
  readonly seq: number;
  readonly progress: ExecutionProgress;
  readonly steps: readonly StepGlance[];
  /** What was sent of these steps, once it is. */
  readonly marks: ReadonlyMap<string, string>;
  readonly more: boolean;
}

/**
 * Compares each step with what this follower has seen of it, because not every change has an event of its own: a step becomes ready
 * when others end, a revised plan or a lost worker moves many. That is far cheaper than it sounds: 10,000 steps in a few milliseconds.
 */
function glanceReader(
  workspace: Workspace,
  record: WorkspaceRecord,
  { executionId, after: from }: ExecutionTopic,
): ExecutionSource["read"] {
  const seen = new Map<string, string>();
  // Whoever has seen something already may know of steps that have become pending again.
  const isNew = from === 0;
  let stalled: string | null = null;
  let lastSeq = from;
  let turn = 0;
  const look = (limit: number) => (state: ExecutionState, t: number, around?: Surroundings) => {
    const steps: StepGlance[] = [];
    const marks = new Map<string, string>();
    let more = false;
    const count = state.steps.length;
    // Where the look before has stopped: those at the end must get their turn, however fast the first ones change.
    for (let passed = 0; passed < count; passed += 1) {
      const index = (turn + passed) % count;
      const step = state.steps[index];
      if (!step) continue;
      const { id } = step.definition;
      const before = seen.get(id);
      if (before === undefined && isNew && !hasBegun(step)) continue;
      const mark = glanceMark(state, step);
      if (before === mark) continue;
      more = steps.length >= limit;
      if (more) {
        turn = index;
        break;
      }
      steps.push(glanceOf(state, step, t));
      marks.set(id, mark);
    }
    return { seq: state.seq, progress: progressOf(state, t, around), steps, marks, more } satisfies Look;
  };
  return async (after, limit): Promise<Found<number>> => {
    const over = !record.executions.running.includes(executionId);
    const found = await lookNow(workspace, record, executionId, look(limit * GLANCES_AN_ITEM));
    for (const [id, mark] of found.marks) seen.set(id, mark);
    const { progress, more } = found;
    const isNews = found.steps.length > 0 || found.seq !== lastSeq || progress.stalled !== stalled;
    ({ stalled } = progress);
    lastSeq = found.seq;
    const seq = more ? after : found.seq;
    const batch: ExecutionBatch = {
      kind: "execution",
      events: [],
      steps: [...found.steps],
      progress,
      after: seq,
      end: over && !more,
    };
    return { batch, after: seq, more, isNews };
  };
}

async function lookNow(
  { recorded }: Workspace,
  { executions, database }: WorkspaceRecord,
  executionId: string,
  look: (state: ExecutionState, t: number, around?: Surroundings) => Look,
): Promise<Look> {
  let reason: string | null = null;
  try {
    const found = await executions.live(executionId)?.durably(look);
    if (found) return found;
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    reason = error.message;
  }
  const state = recorded.state(database, executionId);
  const found = look(state, state.t);
  return reason === null ? found : { ...found, progress: { ...found.progress, stalled: reason } };
}
