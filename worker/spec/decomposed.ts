import type { Decomposition, PlannedTask } from "../../schemas/decomposition.ts";
import type { SpecDocument, SpecTask } from "../../schemas/spec.ts";
import { fingerprintOfWords } from "./fingerprint.ts";
import { inheritAttributes } from "./attributes.ts";

/**
 * A spec with its tasks as a language model has taken them apart (catalogue A3). A task that stands for one piece stays itself, with
 * what the model says of it where the spec says nothing; of several pieces it becomes the parent; pieces of no task stand at the end.
 * What the spec states holds: commands, checks, needs, checkpoints, boxes. The model's needs take the place of the order among siblings
 * only. Tasks of which it says nothing stay as they are, and pieces of tasks that are gone are left out: the spec may have been edited since.
 */
export function decomposed(document: SpecDocument, { tasks: planned }: Decomposition): SpecDocument {
  const byId = new Map(document.tasks.map((task) => [task.id, task]));
  const pieces = Map.groupBy(
    planned.filter(({ task }) => task === null || byId.get(task)?.runs === true),
    ({ task }) => task,
  );
  const ids = internalIds(byId, pieces);
  const needsOf = ({ needs }: PlannedTask): string[] => [...new Set(needs.flatMap((need) => ids.get(need) ?? []))];
  const tasks: SpecTask[] = [];
  /** Where each task of the file stands now: checkpoints count the tasks before them. */
  const places: number[] = [];
  for (const task of document.tasks) {
    places.push(tasks.length);
    const [only, another] = pieces.get(task.id) ?? [];
    if (only === undefined) tasks.push(task);
    else if (another === undefined) tasks.push(refined(task, only, needsOf(only)));
    else tasks.push(...split(task, pieces.get(task.id) ?? [], { ids, needsOf }));
  }
  places.push(tasks.length);
  for (const piece of pieces.get(null) ?? []) tasks.push(added(piece, null, { ids, needsOf }));
  const checkpoints = document.checkpoints.map((one) => ({ ...one, before: places[one.before] ?? one.before }));
  return { ...document, tasks, checkpoints };
}

/** Whether a task is one of several pieces of another, which has the box. */
export function isPiece({ planned, box, parent }: SpecTask): boolean {
  return planned !== undefined && box === null && parent !== null;
}

/** What each piece is called inside: as the task that it is, else by its own id, or that with a number. */
function internalIds(
  byId: ReadonlyMap<string, SpecTask>,
  pieces: ReadonlyMap<string | null, readonly PlannedTask[]>,
): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  const taken = new Set([...byId.keys(), ...[...byId.values()].flatMap(({ ownId }) => ownId ?? [])]);
  for (const [task, parts] of pieces) {
    const [only, another] = parts;
    if (task !== null && only !== undefined && another === undefined) {
      ids.set(only.id, task);
      continue;
    }
    for (const { id } of parts) {
      let candidate = id;
      for (let number = 2; taken.has(candidate); number += 1) candidate = `${id}#${number}`;
      taken.add(candidate);
      ids.set(id, candidate);
    }
  }
  return ids;
}

interface Naming {
  readonly ids: ReadonlyMap<string, string>;
  readonly needsOf: (piece: PlannedTask) => string[];
}

/** A task that is one piece. */
function refined(task: SpecTask, piece: PlannedTask, needs: string[]): SpecTask {
  const { attributes } = task;
  const isCommand = attributes.command !== null;
  return {
    ...task,
    needs: [...new Set([...(task.needs ?? []), ...needs])],
    order: [],
    planned: {
      agent: !isCommand && attributes.agent === null && piece.agent !== null,
      capability: !isCommand && attributes.capability === null && piece.capability !== null,
      needs,
      reason: piece.reason,
    },
    instructions: withWords(task.instructions, isCommand ? "" : piece.instructions),
    attributes: {
      ...attributes,
      agent: isCommand ? attributes.agent : (attributes.agent ?? piece.agent),
      capability: isCommand ? attributes.capability : (attributes.capability ?? piece.capability),
      files: attributes.files.length > 0 ? attributes.files : [...piece.files],
      duration: attributes.duration ?? durationOf(piece),
    },
  };
}

/** A task of several pieces, as their parent, and these. */
function split(task: SpecTask, pieces: readonly PlannedTask[], naming: Naming): SpecTask[] {
  const parent: SpecTask = { ...task, needs: task.needs ?? [], order: [], runs: false };
  return [parent, ...pieces.map((piece) => added(piece, parent, naming))];
}

/** A piece that the file does not have. */
function added(piece: PlannedTask, parent: SpecTask | null, { ids, needsOf }: Naming): SpecTask {
  const { title, instructions, agent, capability, files } = piece;
  const duration = durationOf(piece);
  const own = {
    ...(agent === null ? {} : { agent }),
    ...(capability === null ? {} : { capability }),
    ...(files.length === 0 ? {} : { files: [...files] }),
    ...(duration === null ? {} : { duration }),
  };
  return {
    id: ids.get(piece.id) ?? piece.id,
    ownId: null,
    title,
    parent: parent?.id ?? null,
    state: parent?.state ?? "open",
    optional: false,
    parallel: false,
    requirements: [],
    needs: needsOf(piece),
    planned: { agent: agent !== null, capability: capability !== null, needs: needsOf(piece), reason: piece.reason },
    needsRange: null,
    order: [],
    checkpoint: false,
    section: parent?.section ?? [],
    instructions,
    ...inheritAttributes(own, parent?.attributes ?? null),
    runs: true,
    range: parent?.range ?? { line: 1, column: 1, start: 0, end: 0 },
    box: null,
    fingerprint: fingerprintOfWords([title, instructions, own]),
  };
}

function withWords(text: string, more: string): string {
  if (more.trim() === "" || text.includes(more.trim())) return text;
  return text === "" ? more : `${text}\n\n${more}`;
}

function durationOf({ minutes }: PlannedTask): number | null {
  return minutes === null ? null : Math.round(minutes * 60_000);
}
