import type { Diagnostic, DiagnosticCode } from "../../schemas/diagnostic.ts";
import type { SpecTask } from "../../schemas/spec.ts";
import { nearestName } from "../spec/nearest-name.ts";

/** The tasks that each task states to need. What cannot be resolved is left out and told. */
export function resolveNeeds(tasks: readonly SpecTask[]): {
  needs: ReadonlyMap<string, readonly SpecTask[]>;
  diagnostics: Diagnostic[];
} {
  const resolver = new NeedsResolver(tasks);
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
  readonly #names: string[];
  #suggestions = 0;

  constructor(tasks: readonly SpecTask[]) {
    for (const [index, task] of tasks.entries()) {
      this.#place.set(task.id, index);
      this.#byId.set(task.id, task);
      if (task.ownId !== null) append(this.#byOwnId, task.ownId, task);
      append(this.#byTitle, task.title.toLowerCase(), task);
    }
    this.#names = [...new Set([...this.#byOwnId.keys(), ...this.#byId.keys()])];
  }

  resolve(task: SpecTask, words: readonly string[]): SpecTask[] {
    const found = new Set<SpecTask>();
    for (const word of words) {
      const target = this.#find(task, word);
      if (target === null || this.#isOwnFamily(task, target, word)) continue;
      if (found.has(target)) {
        this.#tell(task, "duplicate-reference", "warning", `"${task.title}" needs "${word}" twice: remove one`, [
          target.id,
        ]);
      }
      found.add(target);
      if ((this.#place.get(target.id) ?? 0) > (this.#place.get(task.id) ?? 0) && target.state === "open") {
        const message = `"${task.title}" needs "${target.title}", which stands further down (line ${target.range.line}): move it up if the order of the file should be the order of work`;
        this.#tell(task, "forward-reference", "warning", message, [target.id]);
      }
    }
    return [...found];
  }

  /** Own ids first, then our ids, then whole titles. */
  #find(task: SpecTask, word: string): SpecTask | null {
    const own = this.#byOwnId.get(word);
    const titled = this.#byTitle.get(word.toLowerCase());
    const candidates = own ?? (this.#byId.has(word) ? [this.#byId.get(word)] : titled);
    const [first, second] = candidates ?? [];
    if (first && second) {
      const lines = `on line ${first.range.line} ("${first.title}") and line ${second.range.line} ("${second.title}")`;
      const what = own ? "the id" : "the title";
      const message = `"${task.title}" needs "${word}", but ${what} stands ${lines}: give one of them another id`;
      this.#tell(task, "duplicate-reference", "error", message, [first.id, second.id]);
      return null;
    }
    if (first) return first;
    this.#suggestions += 1;
    const suggestion = this.#suggestions > SUGGESTION_LIMIT ? null : nearestName(word, this.#names);
    const advice =
      suggestion === null ? "give a task this id, or remove it from `needs`" : `did you mean "${suggestion}"?`;
    this.#tell(task, "unknown-dependency", "error", `"${task.title}" needs "${word}", which is no task: ${advice}`, []);
    return null;
  }

  /** A task cannot wait for itself, for a parent that ends after it, or for a child that starts after it. */
  #isOwnFamily(task: SpecTask, target: SpecTask, word: string): boolean {
    let relation: string | null = null;
    if (target === task) relation = "itself";
    else if (this.#isAbove(target, task)) relation = `its own parent "${word}", which ends after it`;
    else if (this.#isAbove(task, target)) relation = `its own part "${word}", which starts after it`;
    if (relation === null) return false;
    this.#tell(task, "self-dependency", "error", `"${task.title}" needs ${relation}: remove it from \`needs\``, [
      task.id,
    ]);
    return true;
  }

  #isAbove(above: SpecTask, below: SpecTask): boolean {
    for (let at = below.parent; at !== null; at = this.#byId.get(at)?.parent ?? null) if (at === above.id) return true;
    return false;
  }

  #tell(task: SpecTask, code: DiagnosticCode, severity: "error" | "warning", message: string, others: string[]): void {
    const steps = [task.id, ...others.filter((id) => id !== task.id)];
    this.diagnostics.push({ code, severity, message, range: task.needsRange ?? task.range, steps });
  }
}

function append(map: Map<string, SpecTask[]>, key: string, task: SpecTask): void {
  const list = map.get(key);
  if (list) list.push(task);
  else map.set(key, [task]);
}
