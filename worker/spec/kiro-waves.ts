import type { Diagnostic } from "../../schemas/diagnostic.ts";
import { jsonAt, readJson, type JsonNode } from "./json-source.ts";
import { readEdges } from "./mermaid-edges.ts";
import type { SourceText } from "./source-text.ts";
import { taskNumber, type Fence, type Wave, type WaveEntry, type WaveGraph } from "./wave-graph.ts";

/**
 * Reads the block of Kiro's section "Task Dependency Graph": `{"waves": [{"id": 0, "tasks": ["1.1"]}]}`, the list alone, lists of
 * ids alone, or a diagram with `1.1 --> 1.2`. Null: the block is something else. One that cannot be read has no waves and says why.
 */
export function readWaveGraph(source: SourceText, fence: Fence, heading: string): WaveGraph | null {
  const isInSection = /dependency graph|task dependenc|execution waves?|依赖|依存/i.test(heading);
  const start = Math.min(source.lineEnd(fence.from) + 1, fence.to);
  const last = source.lineStart(source.lineAt(fence.to));
  const end = /^[ \t]*(?:`{3,}|~{3,})[ \t\r]*$/.test(source.text.slice(last, fence.to))
    ? Math.max(start, last)
    : fence.to;
  const text = source.text.slice(start, Math.min(end, start + 200));
  if (/^(?:jsonc?5?)?$/i.test(fence.language) && /^\s*[[{]/.test(text)) {
    return new WaveReader(source, start, end).read(isInSection);
  }
  if (!isInSection || !/^(?:mermaid)?$/i.test(fence.language)) return null;
  const waves = readEdges(source.text, start, end);
  return waves.length === 0 ? null : { kind: "edges", waves, start, end, diagnostics: [] };
}

/** More than the tasks that a file can have. */
const WAVE_LIMIT = 100_000;

class WaveReader {
  readonly #diagnostics: Diagnostic[] = [];
  readonly #source: SourceText;
  readonly #start: number;
  readonly #end: number;

  constructor(source: SourceText, start: number, end: number) {
    this.#source = source;
    this.#start = start;
    this.#end = end;
  }

  read(isInSection: boolean): WaveGraph | null {
    const reading = readJson(this.#source.text, this.#start, this.#end);
    if (!reading.ok) {
      const text = this.#source.text.slice(this.#start, this.#end);
      if (!isInSection && !/^\s*\{\s*"waves"/.test(text)) return null;
      const { message, offset } = reading.problem;
      const how = "the tasks keep the order of the file until it can be read";
      this.#tell("bad-json", "warning", `the wave graph is no JSON: ${message}; ${how}`, {
        start: offset,
        end: Math.min(offset + 1, this.#end),
      });
      return this.#graph([]);
    }
    const waves = jsonAt(reading.root, ["waves"]) ?? (isInSection && isWaveList(reading.root) ? reading.root : null);
    if (waves === null) return null;
    if (waves.kind !== "array") {
      this.#tell("bad-json", "warning", '`waves` is no list: write [{"id": 0, "tasks": ["1.1"]}]', waves);
      return this.#graph([]);
    }
    if (waves.items.length > WAVE_LIMIT) {
      const message = `the graph has ${waves.items.length.toLocaleString("en-US")} waves, and ${WAVE_LIMIT.toLocaleString("en-US")} are read: the tasks keep the order of the file`;
      this.#tell("too-large", "warning", message, waves);
      return this.#graph([]);
    }
    return this.#graph(this.#wavesOf(waves.items));
  }

  #wavesOf(items: readonly JsonNode[]): Wave[] {
    const names = items.map((item, index) => {
      const id = jsonAt(item, ["id"]) ?? jsonAt(item, ["wave"]) ?? jsonAt(item, ["name"]);
      return (id && nameOf(id)) ?? String(index);
    });
    const byName = new Map<string, number>();
    for (const [index, name] of names.entries()) if (!byName.has(name)) byName.set(name, index);
    const waves = items.map((item, index): Wave => {
      const stated = jsonAt(item, ["depends_on"]) ?? jsonAt(item, ["dependsOn"]) ?? jsonAt(item, ["depends"]);
      const after = stated === null || stated.kind === "null" ? null : this.#afterOf(stated, byName);
      return {
        name: names[index] ?? String(index),
        tasks: this.#tasksOf(item.kind === "array" ? item : jsonAt(item, ["tasks"]), item),
        after: after ?? (index === 0 ? [] : [index - 1]),
      };
    });
    return this.#isCircular(waves, items) ? [] : waves;
  }

  #tasksOf(list: JsonNode | null, wave: JsonNode): WaveEntry[] {
    if (list?.kind !== "array") {
      this.#tell("bad-json", "warning", 'this wave has no list of tasks: write "tasks": ["1.1", "1.2"]', list ?? wave);
      return [];
    }
    return list.items.flatMap((item) => {
      const { start, end } = item;
      // Some list `{"id": "1.1", …}` instead of the id alone.
      const id = nameOf(item) ?? nameOf(jsonAt(item, ["id"]));
      if (id !== null) return [{ id: taskNumber(id) ?? id, start, end }];
      this.#tell("bad-json", "warning", 'this is no task: write its number in quotes, such as "1.1"', item);
      return [];
    });
  }

  #afterOf(stated: JsonNode, byName: ReadonlyMap<string, number>): number[] {
    const after: number[] = [];
    for (const item of stated.kind === "array" ? stated.items : [stated]) {
      const name = nameOf(item);
      const index = name === null ? undefined : byName.get(name);
      if (index !== undefined) after.push(index);
      else {
        const message = `the wave comes after ${name === null ? "something" : `the wave "${name}"`}, which is no wave of this graph: name one of them`;
        this.#tell("dangling-reference", "warning", message, item);
      }
    }
    return after;
  }

  /** Waves that wait for each other in a circle have no order. */
  #isCircular(waves: readonly Wave[], items: readonly JsonNode[]): boolean {
    const circle = circleOf(waves);
    if (circle === null) return false;
    const names = circle.map((index) => `"${waves[index]?.name ?? ""}"`);
    const shown = names.length > 12 ? [...names.slice(0, 11), "…", names.at(-1) ?? ""] : names;
    const message = `the waves ${shown.join(" → ")} come after one another in a circle: take one out of \`depends_on\``;
    const place = items[circle[0] ?? 0];
    this.#tell("cycle", "error", message, place ?? { start: this.#start, end: this.#end });
    return true;
  }

  #tell(
    code: Diagnostic["code"],
    severity: Diagnostic["severity"],
    message: string,
    { start, end }: { start: number; end: number },
  ): void {
    this.#diagnostics.push({ code, severity, message, range: this.#source.range(start, end), steps: [] });
  }

  #graph(waves: readonly Wave[]): WaveGraph {
    return { kind: "waves", waves, start: this.#start, end: this.#end, diagnostics: this.#diagnostics };
  }
}

/** Lists also stand in sections of that name that list something else. */
function isWaveList(root: JsonNode): boolean {
  const isWave = (item: JsonNode): boolean => item.kind === "array" || jsonAt(item, ["tasks"]) !== null;
  return root.kind === "array" && root.items.length > 0 && root.items.every(isWave);
}

function nameOf(node: JsonNode | null): string | null {
  if (node?.kind === "string") return node.value;
  return node?.kind === "number" ? node.text : null;
}

/** The waves of one circle, in order, the first one again at the end; null when there is none. */
function circleOf(waves: readonly Wave[]): number[] | null {
  const state = new Uint8Array(waves.length);
  for (const first of waves.keys()) {
    const path: { index: number; next: number }[] = state[first] === 0 ? [{ index: first, next: 0 }] : [];
    for (let at = path.at(-1); at; at = path.at(-1)) {
      state[at.index] = 1;
      const after = waves[at.index]?.after[at.next];
      at.next += 1;
      if (after === undefined) {
        state[at.index] = 2;
        path.pop();
      } else if (state[after] === 1) {
        const way = path.map(({ index }) => index);
        return [...way.slice(way.indexOf(after)), after];
      } else if (state[after] === 0) path.push({ index: after, next: 0 });
    }
  }
  return null;
}
