import type { SpecDocument } from "../../schemas/spec.ts";
import { readJson, type JsonNode } from "../spec/json-source.ts";
import type { Element, Heading, NeedsPlace, Outline, Span, TaskPlace } from "./places.ts";

type ObjectNode = JsonNode & { readonly kind: "object" };

/** A task whose title stands further down than this begins with its first line only. */
const HEAD_LIMIT = 2_000;

/** Where things stand in a Task Master file: its tags are the headings. */
export function jsonOutline(text: string, document: SpecDocument): Outline {
  const reading = readJson(text);
  const reader = new JsonOutline(text, document);
  if (reading.ok) reader.read(reading.root, []);
  const { tasks } = reader;
  return {
    tasks,
    byId: new Map(tasks.map((place) => [place.task.id, place])),
    headings: reading.ok ? tagsOf(text, reading.root) : [],
    mentions: [],
    waves: null,
    fences: [],
    front: null,
    body: 0,
  };
}

function tagsOf(text: string, root: JsonNode): Heading[] {
  if (root.kind !== "object") return [];
  return [...root.members.values()].flatMap(({ key, start, value }) => {
    const hasTasks = value.kind === "object" && value.members.get("tasks")?.value.kind === "array";
    return hasTasks ? [{ from: start, to: lineEnd(text, start, value.end), level: 1, title: key, end: value.end }] : [];
  });
}

class JsonOutline {
  readonly tasks: TaskPlace[] = [];
  readonly #text: string;
  readonly #byStart: ReadonlyMap<number, SpecDocument["tasks"][number]>;

  constructor(text: string, document: SpecDocument) {
    this.#text = text;
    this.#byStart = new Map(document.tasks.map((task) => [task.range.start, task]));
  }

  read(node: JsonNode, parents: readonly TaskPlace[]): void {
    if (node.kind === "array") for (const item of node.items) this.read(item, parents);
    if (node.kind !== "object") return;
    const task = this.#byStart.get(node.start);
    const place = task && { task, parents, ...this.#placesIn(node, task) };
    if (place) this.tasks.push(place);
    for (const { value } of node.members.values()) this.read(value, place ? [...parents, place] : parents);
  }

  #placesIn(node: ObjectNode, task: TaskPlace["task"]): Omit<TaskPlace, "task" | "parents"> {
    const title = node.members.get("title")?.value;
    const id = node.members.get("id")?.value;
    const first = { from: node.start, to: lineEnd(this.#text, node.start, node.end) };
    const isNear = title && title.end - node.start < HEAD_LIMIT;
    return {
      line: isNear ? { from: node.start, to: title.end } : first,
      title: title ? bare(title) : first,
      mark: null,
      id: id && task.ownId !== null ? { ...bare(id), text: task.ownId } : null,
      needs: needsOf(node.members.get("dependencies")?.value, task.needs ?? []),
      attributes: [],
      room: null,
    };
  }
}

/** The reader gives the words of the list in its order, each as the id that it means. */
function needsOf(list: JsonNode | undefined, words: readonly string[]): NeedsPlace | null {
  if (list?.kind !== "array") return null;
  const items = list.items.filter(
    (item) => item.kind === "number" || (item.kind === "string" && item.value.trim() !== ""),
  );
  const elements = items.map((item, index): Element => ({ ...bare(item), text: words[index] ?? "" }));
  return { elements, whole: { from: list.start, to: list.end } };
}

/** A value without its quotes. */
function bare({ kind, start, end }: JsonNode): Span {
  return kind === "string" ? { from: start + 1, to: end - 1 } : { from: start, to: end };
}

/** Where the line ends, at the latest at `limit`: a whole file can be one line. */
function lineEnd(text: string, from: number, limit: number): number {
  let end = from;
  while (end < limit && text[end] !== "\n" && text[end] !== "\r") end += 1;
  return end;
}
