import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { SpecTask } from "../../schemas/spec.ts";
import type { OrderedTasks } from "./markdown-dialect.ts";
import type { SourceText } from "./source-text.ts";
import { isStep, type CheckpointDraft, type TaskDraft } from "./task-draft.ts";
import { ENTRY_LIMIT, orderTasks } from "./task-order.ts";
import type { WaveEntry, WaveGraph } from "./wave-graph.ts";

type Order = SpecTask["order"];

/** A file as its waves order it. */
interface Place {
  readonly source: SourceText;
  readonly graph: WaveGraph;
  readonly drafts: readonly TaskDraft[];
  readonly checkpoints: readonly CheckpointDraft[];
  readonly idOf: (draft: TaskDraft) => string;
}

/**
 * The order of a Kiro file that has a wave graph (semantics, Specs, "Order, others"): each task waits for all of the waves that its own
 * comes after. Checkpoints hold whatever the waves say, so waves order only what stands between two of them. A task that no wave lists
 * waits for all that stand before it.
 */
export function orderByWaves(place: Place): OrderedTasks {
  const inFile = orderTasks(place.drafts, place.idOf);
  if (inFile === null || place.graph.waves.length === 0) {
    return { order: inFile, diagnostics: place.graph.diagnostics };
  }
  const orderer = new WaveOrderer(place);
  // Of a graph that names no task of the file, only that is told.
  const order = orderer.isUsed ? orderer.order(inFile) : inFile;
  return { order, diagnostics: [...place.graph.diagnostics, ...orderer.diagnostics] };
}

class WaveOrderer {
  readonly diagnostics: Diagnostic[] = [];
  readonly #place: Place;
  readonly #segments: ReadonlyMap<TaskDraft, number>;
  readonly #openedBy: readonly (CheckpointDraft | null)[];
  /** The wave of each listed task, and where it is listed. */
  readonly #listed = new Map<TaskDraft, { wave: number; entry: WaveEntry }>();
  /** What of each wave stands in each segment and runs; see `#key`. */
  readonly #members = new Map<number, Order[number][]>();
  readonly #waits = new Map<number, Order>();
  readonly #levels: readonly number[];
  /** The lowest level of a wave with members in a segment: what comes before it has none there. */
  readonly #lowest = new Map<number, number>();
  #work = 0;

  constructor(place: Place) {
    this.#place = place;
    const { segments, openedBy } = segmentsOf(place);
    this.#segments = segments;
    this.#openedBy = openedBy;
    this.#levels = levelsOf(place.graph);
    this.#list();
  }

  get isUsed(): boolean {
    return this.#listed.size > 0;
  }

  /** Null: more than can be written down. */
  order(inFile: ReadonlyMap<TaskDraft, Order>): Map<TaskDraft, Order> | null {
    const { drafts, idOf } = this.#place;
    const order = new Map<TaskDraft, Order>();
    const belowListed = new Set<TaskDraft>();
    /** What an unlisted task waits for: all that stands between it and the one before, that one included. */
    let before: TaskDraft[] = [];
    let segment = -1;
    for (const draft of drafts) {
      const own = this.#segments.get(draft) ?? 0;
      if (own !== segment) before = [];
      segment = own;
      const listed = this.#listed.get(draft);
      const isBelow = draft.parent !== null && (this.#listed.has(draft.parent) || belowListed.has(draft.parent));
      if (isBelow) belowListed.add(draft);
      if (draft.own.needs === undefined) {
        if (listed) order.set(draft, this.#waitsOf(listed.wave, own));
        else if (isBelow) order.set(draft, inFile.get(draft) ?? []);
        else if (draft.children.length === 0 && draft.state === "open") {
          this.#tellUnlisted(draft);
          const reason = (title: string): string => `stands behind "${title}", and no wave lists it`;
          order.set(
            draft,
            before.map((task) => ({ task: idOf(task), reason: reason(task.title) })),
          );
          this.#work += before.length;
          before = [];
        }
      }
      if (isStep(draft)) before.push(draft);
      if (this.#work > ENTRY_LIMIT) return null;
    }
    this.#tellBarriers();
    return order;
  }

  /** Finds the tasks that the waves list. */
  #list(): void {
    const { drafts, graph, idOf } = this.#place;
    const byOwnId = new Map<string, TaskDraft>();
    const running = new Set<TaskDraft>();
    for (const draft of drafts) {
      if (draft.own.id !== undefined && !byOwnId.has(draft.own.id)) byOwnId.set(draft.own.id, draft);
      if (isStep(draft)) for (let at: TaskDraft | null = draft; at && !running.has(at); at = at.parent) running.add(at);
    }
    for (const [wave, { tasks }] of graph.waves.entries()) {
      for (const entry of tasks) {
        const draft = byOwnId.get(entry.id);
        const earlier = draft && this.#listed.get(draft);
        if (!draft) {
          const message = `the wave graph names ${entry.id}, which is no task of this file: take it out, or give a task this number`;
          this.#tell("dangling-reference", "warning", message, entry, []);
        } else if (earlier) {
          const name = graph.waves[earlier.wave]?.name ?? "";
          const message = `the wave graph lists ${entry.id} twice, and the first place counts (wave ${name}): take one out`;
          this.#tell("duplicate-reference", "warning", message, entry, [idOf(draft)]);
        } else {
          this.#listed.set(draft, { wave, entry });
          if (!running.has(draft)) continue;
          const segment = this.#segments.get(draft) ?? 0;
          const key = this.#key(wave, segment);
          this.#lowest.set(segment, Math.min(this.#lowest.get(segment) ?? Infinity, this.#levels[wave] ?? 0));
          const members = this.#members.get(key) ?? [];
          members.push({ task: idOf(draft), reason: this.#reason(draft) });
          this.#members.set(key, members);
        }
      }
    }
  }

  #reason({ title }: TaskDraft): string {
    return this.#place.graph.kind === "waves"
      ? `is in a later wave than "${title}"`
      : `comes after "${title}" in the dependency graph`;
  }

  #key(wave: number, segment: number): number {
    return wave * this.#openedBy.length + segment;
  }

  /** The tasks of the waves before; a wave in which nothing runs hands on what it waits for itself. Shared by all tasks of the wave. */
  #waitsOf(wave: number, segment: number): Order {
    const todo = [wave];
    const open = new Set<number>();
    for (let at = todo.at(-1); at !== undefined; at = todo.at(-1)) {
      const key = this.#key(at, segment);
      const after = this.#place.graph.waves[at]?.after ?? [];
      this.#work += after.length + 1;
      const unknown = open.has(at) ? [] : after.filter((before) => this.#isUnknown(before, segment));
      if (this.#waits.has(key) || unknown.length === 0 || this.#work > ENTRY_LIMIT) {
        if (!this.#waits.has(key)) this.#waits.set(key, this.#joined(after, segment));
        todo.pop();
        continue;
      }
      open.add(at);
      todo.push(...unknown);
    }
    return this.#waits.get(this.#key(wave, segment)) ?? [];
  }

  #isUnknown(wave: number, segment: number): boolean {
    if ((this.#levels[wave] ?? 0) < (this.#lowest.get(segment) ?? 0)) return false;
    const key = this.#key(wave, segment);
    return !this.#members.has(key) && !this.#waits.has(key);
  }

  #joined(waves: readonly number[], segment: number): Order {
    const parts = waves.map((wave) => {
      const key = this.#key(wave, segment);
      return this.#members.get(key) ?? this.#waits.get(key) ?? [];
    });
    const [only = [], ...more] = parts.filter((part) => part.length > 0);
    this.#work += only.length;
    if (more.length === 0) return only;
    const entries = new Map(only.map((entry) => [entry.task, entry]));
    for (const part of more) for (const entry of part) entries.set(entry.task, entry);
    this.#work += entries.size;
    return [...entries.values()];
  }

  #tellUnlisted(draft: TaskDraft): void {
    const steps = [this.#place.idOf(draft)];
    const { titleRange: range } = draft;
    const name = `"${draft.title}"`;
    if (draft.checkpoint || /checkpoint|检查点|チェックポイント/i.test(draft.title)) {
      const follows = draft.checkpoint ? ", and what stands behind it waits for it" : "";
      const message = `no wave lists the checkpoint ${name}: it waits for all that stands before it${follows}`;
      this.diagnostics.push({ code: "unlisted-checkpoint", severity: "info", message, range, steps });
    } else {
      const message = `no wave lists ${name}, so it waits for all that stands before it: add ${draft.own.id ?? "it"} to the wave graph`;
      this.diagnostics.push({ code: "unlisted-task", severity: "warning", message, range, steps });
    }
  }

  /** Waves that let a task start before a checkpoint that it stands behind. The first one of each checkpoint is told. */
  #tellBarriers(): void {
    const { drafts, idOf } = this.#place;
    let highest: Level | null = null;
    let highestHere: Level | null = null;
    let segment = 0;
    let told = -1;
    for (const draft of drafts) {
      const listed = this.#listed.get(draft);
      if (!listed || draft.state === "skipped") continue;
      const own = this.#segments.get(draft) ?? 0;
      if (own !== segment) {
        if (highestHere && (!highest || highestHere.level > highest.level)) highest = highestHere;
        highestHere = null;
        segment = own;
      }
      const level = this.#levels[listed.wave] ?? 0;
      if (!highestHere || level > highestHere.level) highestHere = { draft, level };
      const checkpoint = this.#openedBy[own];
      if (!highest || level > highest.level || told === own || !checkpoint) continue;
      told = own;
      const message = `the wave graph lets "${draft.title}" start without "${highest.draft.title}", but the checkpoint "${checkpoint.title}" (line ${checkpoint.range.line}) stands between them and holds it back: put ${draft.own.id ?? "it"} into a later wave`;
      this.#tell("missing-barrier", "warning", message, listed.entry, [idOf(draft), idOf(highest.draft)]);
    }
  }

  #tell(
    code: Diagnostic["code"],
    severity: Diagnostic["severity"],
    message: string,
    { start, end }: { start: number; end: number },
    steps: string[],
  ): void {
    this.diagnostics.push({ code, severity, message, range: this.#place.source.range(start, end), steps });
  }
}

interface Level {
  readonly draft: TaskDraft;
  readonly level: number;
}

/** How many waves come before each, at most. Waves in a circle count as the first ones. */
function levelsOf({ waves }: WaveGraph): number[] {
  const levels = waves.map(() => 0);
  const open = waves.map(({ after }) => after.length);
  const followers: number[][] = waves.map(() => []);
  for (const [index, { after }] of waves.entries()) for (const before of after) followers[before]?.push(index);
  const ready = [...waves.keys()].filter((index) => open[index] === 0);
  for (let at = ready.pop(); at !== undefined; at = ready.pop()) {
    for (const next of followers[at] ?? []) {
      levels[next] = Math.max(levels[next] ?? 0, (levels[at] ?? 0) + 1);
      open[next] = (open[next] ?? 0) - 1;
      if (open[next] === 0) ready.push(next);
    }
  }
  return levels;
}

/** Checkpoints cut the tasks into segments, as the planner does: the number of each task's, and what opens each. */
function segmentsOf({ drafts, checkpoints }: Place): {
  segments: Map<TaskDraft, number>;
  openedBy: (CheckpointDraft | null)[];
} {
  const bare = checkpoints.filter(({ task }) => task === null);
  const byTask = new Map(checkpoints.flatMap((point) => (point.task === null ? [] : [[point.task, point] as const])));
  const segments = new Map<TaskDraft, number>();
  const openedBy: (CheckpointDraft | null)[] = [null];
  let index = 0;
  let next = 0;
  const visit = (draft: TaskDraft): void => {
    for (let point = bare[next]; point && point.before <= index; point = bare[next]) {
      openedBy.push(point);
      next += 1;
    }
    index += 1;
    const point = byTask.get(draft);
    if (point) openedBy.push(point);
    for (const child of draft.children) visit(child);
    segments.set(draft, openedBy.length - 1);
    if (point) openedBy.push(point);
  };
  for (const draft of drafts) if (draft.parent === null) visit(draft);
  return { segments, openedBy };
}
