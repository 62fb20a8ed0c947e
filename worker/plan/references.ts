import type { Diagnostic, DiagnosticCode } from "../../schemas/diagnostic.ts";
import type { Dialect, SpecDocument, SpecTask } from "../../schemas/spec.ts";
import { nearestId } from "../spec/nearest-name.ts";
import { needsWords } from "./needs-words.ts";
import { quoted } from "./quoted.ts";

/** The tasks that each task states to need. What cannot be resolved is left out and told. */
export function resolveNeeds({ tasks, dialect }: Pick<SpecDocument, "tasks" | "dialect">): {
  needs: ReadonlyMap<string, readonly SpecTask[]>;
  diagnostics: Diagnostic[];
} {
  const resolver = new NeedsResolver(tasks, dialect);
  const needs = new Map<string, readonly SpecTask[]>();
  for (const task of tasks) if (task.needs !== null) needs.set(task.id, resolver.resolve(task, task.needs));
  return { needs, diagnostics: resolver.diagnostics };
}

/** More suggestions than these would be noise, and comparing names takes time. */
const SUGGESTION_LIMIT = 50;

class NeedsResolver {
  readonly diagnostics: Diagnostic[] = [];
  readonly #place = new Map<string, number>();
  readonly #byId = new Map<string, SpecTask>();
  readonly #byOwnId = new Map<string, SpecTask[]>();
  readonly #byTitle = new Map<string, SpecTask[]>();
  readonly #names: ReadonlySet<string>;
  /** The tasks in whose subtree something runs. */
  readonly #working = new Set<string>();
  readonly #parts = new Map<string, SpecTask[]>();
  readonly #leftOut = new Map<string, boolean>();
  readonly #dialect: Dialect;
  readonly #list: string;
  #suggestions = 0;

  constructor(tasks: readonly SpecTask[], dialect: Dialect) {
    this.#dialect = dialect;
    this.#list = needsWords(dialect).told;
    for (const [index, task] of tasks.entries()) {
      this.#place.set(task.id, index);
      this.#byId.set(task.id, task);
      if (task.ownId !== null) append(this.#byOwnId, keyOf(dialect, task, task.ownId), task);
      append(this.#byTitle, task.title.toLowerCase(), task);
      if (task.parent !== null) append(this.#parts, task.parent, task);
    }
    for (const task of tasks) {
      if (!task.runs) continue;
      for (let at: SpecTask | undefined = task; at && !this.#working.has(at.id);) {
        this.#working.add(at.id);
        at = at.parent === null ? undefined : this.#byId.get(at.parent);
      }
    }
    const own = tasks.flatMap(({ ownId }) => ownId ?? []);
    this.#names = new Set([...own, ...this.#byId.keys()]);
  }

  resolve(task: SpecTask, words: readonly string[]): SpecTask[] {
    const found = new Set<SpecTask>();
    // What is written many times is told once or twice, not many times.
    const seen = new Map<string, number>();
    for (const word of words) {
      const times = (seen.get(word) ?? 0) + 1;
      seen.set(word, times);
      if (times > 2) continue;
      const target = this.#find(task, word);
      if (target === null || this.#isOwnFamily(task, target, word)) continue;
      if (found.has(target)) {
        this.#tell(
          task,
          "duplicate-reference",
          "warning",
          `${quoted(task.title)} needs ${quoted(word)} twice: remove one`,
          [target.id],
        );
      }
      found.add(target);
      this.#tellOfPlace(task, target);
      this.#tellOfSkipped(task, target);
    }
    return [...found];
  }

  #tellOfPlace(task: SpecTask, target: SpecTask): void {
    // In Task Master's files order means nothing (semantics, Specs).
    if (this.#dialect === "taskmaster" || target.state !== "open" || task.state !== "open") return;
    if ((this.#place.get(target.id) ?? 0) <= (this.#place.get(task.id) ?? 0)) return;
    const message = `${quoted(task.title)} needs ${quoted(target.title)}, which stands further down (line ${target.range.line}): move it up if the order of the file should be the order of work`;
    this.#tell(task, "forward-reference", "warning", message, [target.id]);
  }

  /** A task whose need is left out does not wait for it: its agent may miss what it counts on. */
  #tellOfSkipped(task: SpecTask, target: SpecTask): void {
    if (task.state !== "open" || !this.#isLeftOut(target)) return;
    const [why, how] = target.optional
      ? ["is optional and left out", "run the optional tasks too"]
      : ["does not run, as the file says", "open it again"];
    const message = `${quoted(task.title)} needs ${quoted(target.title)} (line ${target.range.line}), which ${why}: ${how}, or remove it from ${this.#list}`;
    this.#tell(task, "skipped-dependency", "warning", message, [target.id]);
  }

  /** True for what is skipped, and for a whole of which all parts are. Parts are nested as deep as a file is, so none is gone into twice. */
  #isLeftOut(task: SpecTask): boolean {
    const known = this.#leftOut.get(task.id);
    if (known !== undefined) return known;
    this.#leftOut.set(task.id, false);
    const parts = this.#parts.get(task.id) ?? [];
    const isOut =
      task.state === "skipped" ||
      (task.state === "open" && !task.runs && parts.length > 0 && parts.every((part) => this.#isLeftOut(part)));
    this.#leftOut.set(task.id, isOut);
    return isOut;
  }

  /** Own ids first, then our ids, then whole titles. */
  #find(task: SpecTask, word: string): SpecTask | null {
    const own = this.#byOwnId.get(keyOf(this.#dialect, task, word));
    const titled = this.#byTitle.get(word.toLowerCase());
    // In Task Master's files dependencies stay inside of their tag, and are ids.
    const others = this.#byId.has(word) ? [this.#byId.get(word)] : titled;
    const candidates = own ?? (this.#dialect === "taskmaster" ? [] : others);
    const [first, second] = candidates ?? [];
    if (first && second) {
      const lines = `on line ${first.range.line} (${quoted(first.title)}) and line ${second.range.line} (${quoted(second.title)})`;
      const what = own ? "the id" : "the title";
      const message = `${quoted(task.title)} needs ${quoted(word)}, but ${what} stands ${lines}: give one of them another id`;
      this.#tell(task, "duplicate-reference", "error", message, [first.id, second.id]);
      return null;
    }
    if (first) return first;
    this.#suggestions += 1;
    const suggestion = this.#suggestions > SUGGESTION_LIMIT ? null : nearestId(word, this.#namesFor(task));
    const advice =
      suggestion === null
        ? `give a task this id, or remove it from ${this.#list}`
        : `did you mean ${quoted(suggestion)}?`;
    this.#tell(
      task,
      "unknown-dependency",
      "error",
      `${quoted(task.title)} needs ${quoted(word)}, which is no task: ${advice}`,
      [],
    );
    return null;
  }

  /** The names that a task can give to what it needs. */
  #namesFor(task: SpecTask): Iterable<string> {
    if (this.#dialect !== "taskmaster") return this.#names;
    const begin = keyOf(this.#dialect, task, "");
    return [...this.#byOwnId.keys()].flatMap((key) => (key.startsWith(begin) ? key.slice(begin.length) : []));
  }

  /** A task cannot wait for itself, for a parent that ends after it, or for a child that starts after it. */
  #isOwnFamily(task: SpecTask, target: SpecTask, word: string): boolean {
    let relation: string | null = null;
    if (target === task) relation = "itself";
    else if (this.#isAbove(target, task)) relation = `its own parent ${quoted(word)}, which ends after it`;
    else if (this.#isAbove(task, target)) relation = `its own part ${quoted(word)}, which starts after it`;
    if (relation === null) return false;
    this.#tell(
      task,
      "self-dependency",
      "error",
      `${quoted(task.title)} needs ${relation}: remove it from ${this.#list}`,
      [task.id],
    );
    return true;
  }

  #isAbove(above: SpecTask, below: SpecTask): boolean {
    for (let at = below.parent; at !== null; at = this.#byId.get(at)?.parent ?? null) if (at === above.id) return true;
    return false;
  }

  #tell(task: SpecTask, code: DiagnosticCode, severity: "error" | "warning", message: string, others: string[]): void {
    // What is over or left out waits for nothing: its needs prevent no plan.
    const isPast = severity === "error" && !this.#working.has(task.id);
    const steps = [task.id, ...others.filter((id) => id !== task.id)];
    this.diagnostics.push({
      code,
      severity: isPast ? "warning" : severity,
      message,
      range: task.needsRange ?? task.range,
      steps,
    });
  }
}

/** In Task Master's files the ids of each tag are its own. */
function keyOf(dialect: Dialect, { section }: SpecTask, id: string): string {
  return dialect === "taskmaster" ? `${section[0] ?? ""}\n${id}` : id;
}

function append(map: Map<string, SpecTask[]>, key: string, task: SpecTask): void {
  const list = map.get(key);
  if (list) list.push(task);
  else map.set(key, [task]);
}
