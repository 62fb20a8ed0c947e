import { jsonAt, readJson, type JsonNode } from "../../spec/json-source.ts";
import type { WaveEntry, WaveGraph } from "../../spec/wave-graph.ts";
import type { Reading } from "../reading.ts";
import { shown } from "../shown-text.ts";
import { oneChange, type FixRequest } from "./fix-request.ts";
import { lineStart, type Fix, type TextChange } from "./text-change.ts";

/** A graph of waves in JSON; a diagram is a drawing, which a person changes. */
function wavesOf({ outline }: Reading): WaveGraph | null {
  return outline.waves?.kind === "waves" ? outline.waves : null;
}

/** The graph names what is no task of the file. */
export function danglingReferenceFixes({ diagnostic, reading, names }: FixRequest): Fix[] {
  const graph = wavesOf(reading);
  const entry = graph && entryAt(graph, diagnostic.range?.start ?? -1);
  if (!graph || !entry) return [];
  const near = names.nearest(entry.id);
  const isListed = graph.waves.some(({ tasks }) => tasks.some(({ id }) => id === near));
  const quotes = reading.text[entry.start] === '"' ? 1 : 0;
  const place = { from: entry.start + quotes, to: entry.end - quotes };
  const isNumber = near !== null && /^\d+(?:\.\d+)*$/.test(near);
  return [
    ...oneChange(`Remove ${shown(entry.id)} from the waves`, withoutEntry(graph, entry), true),
    ...(isNumber && !isListed ? oneChange(`Change to ${shown(near)}`, { ...place, text: near }) : []),
  ];
}

/** The graph lists a task twice. */
export function listedTwiceFixes({ diagnostic, reading }: FixRequest): Fix[] {
  const graph = wavesOf(reading);
  const entry = graph && entryAt(graph, diagnostic.range?.start ?? -1);
  return graph && entry ? oneChange(`Remove ${shown(entry.id)} from this wave`, withoutEntry(graph, entry), true) : [];
}

/** No wave lists a task. */
export function unlistedTaskFixes({ place, reading }: FixRequest): Fix[] {
  const graph = wavesOf(reading);
  const id = place?.task.ownId ?? null;
  const last = graph?.waves.at(-1);
  if (!graph || id === null || !last) return [];
  const entry = last.tasks.at(-1);
  const added = entry ? { from: entry.end, to: entry.end, text: `, "${id}"` } : null;
  return [
    ...waveFix(`Add ${shown(id)} as a wave of its own`, insertWave(reading, graph, graph.waves.length, id), true),
    ...oneChange(`Add ${shown(id)} to the last wave (${shown(last.name, 40)})`, added),
  ];
}

/** No wave lists a checkpoint: it becomes a wave between those before and those behind it. */
export function unlistedCheckpointFixes({ place, reading }: FixRequest): Fix[] {
  const graph = wavesOf(reading);
  const id = place?.task.ownId ?? null;
  if (!graph || !place || id === null) return [];
  const byId = new Map(reading.outline.tasks.map((one) => [one.task.ownId, one.line.from]));
  const isBefore = (entry: WaveEntry): boolean => (byId.get(entry.id) ?? 0) < place.line.from;
  const at = graph.waves.findLastIndex(({ tasks }) => tasks.some(isBefore)) + 1;
  return waveFix(`Add ${shown(id)} as a wave of its own`, insertWave(reading, graph, at, id), true);
}

/** A checkpoint holds a task back that the waves would let go earlier. */
export function waveBarrierFixes({ diagnostic, reading }: FixRequest): Fix[] {
  const graph = wavesOf(reading);
  const entry = graph && entryAt(graph, diagnostic.range?.start ?? -1);
  const removed = graph && entry ? withoutEntry(graph, entry) : null;
  const added = graph && entry ? insertWave(reading, graph, graph.waves.length, entry.id) : [];
  if (!removed || !entry || added.length === 0) return [];
  return waveFix(`Move ${shown(entry.id)} into a wave of its own at the end`, [removed, ...added], true);
}

function waveFix(title: string, changes: readonly TextChange[], preferred: boolean): Fix[] {
  return changes.length === 0 ? [] : [{ title, changes, preferred }];
}

function entryAt({ waves }: WaveGraph, start: number): WaveEntry | null {
  return waves.flatMap(({ tasks }) => tasks).find((entry) => entry.start === start) ?? null;
}

function withoutEntry({ waves }: WaveGraph, entry: WaveEntry): TextChange | null {
  const { tasks = [] } = waves.find((wave) => wave.tasks.includes(entry)) ?? {};
  const index = tasks.indexOf(entry);
  const [before, after] = [tasks[index - 1], tasks[index + 1]];
  if (before) return { from: before.end, to: entry.end, text: "" };
  return { from: entry.start, to: after ? after.start : entry.end, text: "" };
}

/** A new wave before the one at `index`, written as the others are; the numbers of those behind it go up. */
function insertWave({ text, eol }: Reading, { start, end }: WaveGraph, index: number, id: string): TextChange[] {
  const reading = readJson(text, start, end);
  const list = reading.ok ? (jsonAt(reading.root, ["waves"]) ?? reading.root) : null;
  const waves = list?.kind === "array" ? list.items : [];
  const [first, last, before] = [waves[0], waves.at(-1), waves[index - 1]];
  if (!first || !last || !before || waves.some(isLinked)) return [];
  const numbers = waves.map(numberOf);
  const [low] = numbers;
  const isRow = numbers.every((number, at) => number !== null && low && number.value === low.value + at);
  // What is called otherwise has names that only a person can give.
  if (!isRow && last.kind !== "array") return [];
  const line = lineStart(text, last.start);
  const lead = text.slice(line, last.start);
  const gap = /^[ \t]*$/.test(lead) && line > first.start ? `${eol}${lead}` : " ";
  const written = isRow && low ? `{ "${low.key}": ${low.value + index}, "tasks": ["${id}"] }` : `["${id}"]`;
  const renumbered = numbers
    .slice(index)
    .flatMap((number) => (number ? [{ from: number.from, to: number.to, text: String(number.value + 1) }] : []));
  return [{ from: before.end, to: before.end, text: `,${gap}${written}` }, ...renumbered];
}

/** What comes after what is stated there: one in between would have to be stated, too. */
function isLinked(wave: JsonNode): boolean {
  return wave.kind === "object" && ["depends_on", "dependsOn", "depends"].some((key) => wave.members.has(key));
}

function numberOf(wave: JsonNode): { key: string; value: number; from: number; to: number } | null {
  for (const key of ["id", "wave"]) {
    const node = jsonAt(wave, [key]);
    if (node?.kind === "number" && Number.isSafeInteger(node.value))
      return { key, value: node.value, from: node.start, to: node.end };
  }
  return null;
}
