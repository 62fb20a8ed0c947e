import type { Diagnostic, DiagnosticCode, SourceRange } from "../../schemas/diagnostic.ts";
import type { TaskState } from "../../schemas/spec.ts";
import type { OwnAttributes } from "./attributes.ts";
import { finishTasks } from "./finish-tasks.ts";
import { readJson, type JsonMember, type JsonNode } from "./json-source.ts";
import type { DialectBody } from "./markdown-reader.ts";
import type { SourceText } from "./source-text.ts";
import type { TaskDraft } from "./task-draft.ts";
import { TagNames, type NamedTask } from "./taskmaster-ids.ts";

/**
 * Task Master's `tasks.json`: `{tag: {tasks, metadata}}`, or `{tasks}` as in its older versions (github.com/eyaltoledano/claude-task-master).
 * All tags are read, each a section of its own. What is wrong in one place keeps nothing else from being read.
 */
export function readTaskMaster(source: SourceText, bodyStart: number): DialectBody {
  return new TaskMasterReader(source).read(bodyStart);
}

/** What Task Master writes, and the other words for it that its users and agents write. */
const STATES: ReadonlyMap<string, TaskState> = new Map([
  ...(["pending", "in-progress", "review", "blocked"] as const).map((name) => [name, "open"] as const),
  ...(["done", "completed"] as const).map((name) => [name, "done"] as const),
  ...(["deferred", "cancelled", "canceled"] as const).map((name) => [name, "skipped"] as const),
]);

const PRIORITIES: ReadonlyMap<string, number> = new Map([
  ["critical", 20],
  ["high", 10],
  ["medium", 0],
  ["low", -10],
]);

/** More would say nothing new, and a file of another kind could bring a million. */
const DIAGNOSTIC_LIMIT = 200;
const ID_LIMIT = 100;

interface Tag {
  /** Null: the list of a file without tags. */
  readonly name: string | null;
  readonly path: string;
  readonly tasks: ArrayNode;
  readonly metadata: Members | null;
}

type Members = ReadonlyMap<string, JsonMember>;
type ArrayNode = JsonNode & { kind: "array" };
type ObjectNode = JsonNode & { kind: "object" };

interface Place {
  readonly start: number;
  readonly end: number;
}

/** What a task stands in. */
interface Around {
  readonly section: readonly string[];
  readonly parent: NamedTask | null;
  readonly siblings: TaskDraft[];
}

class TaskMasterReader {
  readonly #source: SourceText;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #drafts: TaskDraft[] = [];
  /** The id of each draft without what keeps tags apart. */
  readonly #ownIds: (string | null)[] = [];
  #untold = 0;

  constructor(source: SourceText) {
    this.#source = source;
  }

  read(bodyStart: number): DialectBody {
    const reading = readJson(this.#source.text, bodyStart);
    if (!reading.ok) {
      const { message, offset } = reading.problem;
      this.#tell("bad-json", "error", `the file is not JSON: ${message}`, { start: offset, end: offset + 1 });
      return { title: null, preamble: "", tasks: [], checkpoints: [], diagnostics: this.#diagnostics };
    }
    for (const member of reading.repeated) {
      const message = `the key "${shortened(member.key)}" stands twice in one object, and only the last one counts: remove one`;
      this.#tell("bad-json", "warning", message, member);
    }
    const { root } = reading;
    const tags = root.kind === "object" ? this.#tagsOf(root.members) : [];
    const main = tags.find(({ name }) => name === "master") ?? tags[0];
    for (const tag of tags) this.#readTag(tag, tag === main || tag.name === null ? "" : `${tag.name}:`);
    if (this.#drafts.length === 0) this.#tellEmpty(root, tags.length > 0);
    return { title: titleOf(root, tags), preamble: preambleOf(tags), checkpoints: [], ...this.#finish() };
  }

  #tagsOf(members: Members): Tag[] {
    const tags: Tag[] = [];
    for (const { key, value } of members.values()) {
      if (key === "tasks" && value.kind === "array") {
        tags.push({ name: null, path: "tasks", tasks: value, metadata: membersOf(members.get("metadata")) });
        continue;
      }
      const tag = value.kind === "object" ? value.members : null;
      const tasks = tag?.get("tasks")?.value;
      const path = `${shortened(key)}.tasks`;
      if (tag && tasks?.kind === "array") {
        tags.push({ name: shortened(key), path, tasks, metadata: membersOf(tag.get("metadata")) });
      } else if (tasks) this.#tellShape(path, tasks, "a list of tasks");
      else if (key === "tasks") this.#tellShape("tasks", value, "a list of tasks");
    }
    return tags;
  }

  /** `prefix` keeps the ids of a tag apart from those of the others; the main one goes without. */
  #readTag({ name, path, tasks }: Tag, prefix: string): void {
    const section = name === null ? [] : [name];
    const read = this.#readTasks(tasks, path, { section, parent: null, siblings: [] });
    this.#add(read, new TagNames(read), prefix);
  }

  /** In file order, parents before their parts. */
  #add(tasks: readonly NamedTask[], names: TagNames, prefix: string): void {
    for (const task of tasks) {
      const { draft, dependencies, parts } = task;
      const id = names.idOf(task);
      if (id !== null) draft.own.id = `${prefix}${id}`;
      this.#drafts.push(draft);
      this.#ownIds.push(id);
      if (dependencies) {
        draft.own.needs = names.needsOf(task);
        draft.needsRange = this.#range(dependencies.place);
      }
      this.#add(parts, names, prefix);
    }
  }

  #readTasks(list: ArrayNode, path: string, around: Around): NamedTask[] {
    return list.items.flatMap((node, index) => {
      const itemPath = `${path}[${index}]`;
      if (node.kind === "object") return [this.#readTask(node, itemPath, around)];
      this.#tellShape(itemPath, node, "a task, which is an object");
      return [];
    });
  }

  #readTask(node: ObjectNode, path: string, { section, parent, siblings }: Around): NamedTask {
    const { members } = node;
    const start = { start: node.start, end: node.start + 1 };
    const { state, box } = this.#stateOf(members.get("status")?.value, path);
    const isLeftOut = state === "skipped" || (state === "open" && parent?.draft.leftOut === true);
    const draft: TaskDraft = {
      title: this.#titleOf(members.get("title")?.value, path, start),
      state: isLeftOut ? "skipped" : state,
      leftOut: isLeftOut,
      parallel: false,
      optional: false,
      // Order means nothing here, so that a task cannot hold back what stands below it.
      checkpoint: false,
      parent: parent?.draft ?? null,
      children: [],
      siblings,
      section,
      range: this.#range(node),
      titleRange: this.#range(members.get("id")?.value ?? start),
      box: box && this.#range(box),
      own: this.#attributesOf(members.get("priority")?.value, path),
      requirements: [],
      needsRange: null,
      instructions: this.#instructionsOf(members, path),
    };
    siblings.push(draft);
    const parts: NamedTask[] = [];
    const task: NamedTask = {
      draft,
      parent,
      parts,
      written: this.#idOf(members.get("id")?.value, path, start),
      dependencies: this.#dependenciesOf(members.get("dependencies")?.value, `${path}.dependencies`),
    };
    const subtasks = members.get("subtasks")?.value;
    const place = `${path}.subtasks`;
    if (subtasks?.kind === "array") {
      if (parent) this.#addNested(draft, subtasks, place);
      else parts.push(...this.#readTasks(subtasks, place, { section, parent: task, siblings: draft.children }));
    } else if (subtasks && subtasks.kind !== "null") this.#tellShape(place, subtasks, "a list of tasks");
    return task;
  }

  /** Task Master has tasks and subtasks; what other programs nest below these is told to whoever does the subtask. */
  #addNested(draft: TaskDraft, list: ArrayNode, path: string): void {
    if (list.items.length === 0) return;
    const message = `${path}: Task Master knows no subtasks of subtasks, so they are read as text of "${shortened(draft.title)}": make them subtasks of the task above if they should be steps`;
    this.#tell("too-deep", "info", message, { start: list.start, end: list.start + 1 });
    const parts = `Its parts:\n\n${nestedText(list, "").join("\n")}`;
    draft.instructions = draft.instructions === "" ? parts : `${draft.instructions}\n\n${parts}`;
  }

  #idOf(node: JsonNode | undefined, path: string, task: Place): string | null {
    const id = node ? wordOf(node) : null;
    if (id !== null && id !== "" && id.length <= ID_LIMIT) return id;
    if (!node || node.kind === "null" || id === "") {
      const message = `${path}: this task has no id: give it one, so that others can depend on it`;
      this.#tell("bad-value", "warning", message, node ?? task);
    } else this.#tellShape(`${path}.id`, node, `a number or a word of at most ${ID_LIMIT} characters`, "warning");
    return null;
  }

  #titleOf(node: JsonNode | undefined, path: string, task: Place): string {
    const title = node?.kind === "string" ? node.value.replace(/\s+/g, " ").trim() : "";
    if (title === "") {
      const message = `${path}: this task has no title: write what is to be done as its "title"`;
      this.#tell("bad-value", "error", message, node ?? task);
    }
    return title;
  }

  #stateOf(node: JsonNode | undefined, path: string): { state: TaskState; box: Place | null } {
    if (!node || node.kind === "null") return { state: "open", box: null };
    if (node.kind !== "string") {
      this.#tellShape(`${path}.status`, node, "a status in quotes", "warning");
      return { state: "open", box: null };
    }
    const state = STATES.get(node.value.trim().toLowerCase().replace(/[ _]/g, "-"));
    if (state === undefined) {
      const known = [...STATES.keys()].slice(0, -1).join(", ");
      const message = `${path}.status: "${shortened(node.value)}" is no status of Task Master, and the task counts as open; accepted: ${known}`;
      this.#tell("bad-value", "warning", message, node);
    }
    return { state: state ?? "open", box: { start: node.start + 1, end: node.end - 1 } };
  }

  #attributesOf(node: JsonNode | undefined, path: string): OwnAttributes {
    if (!node || node.kind === "null") return {};
    const priority = node.kind === "string" ? PRIORITIES.get(node.value.trim().toLowerCase()) : undefined;
    if (priority !== undefined) return { priority };
    this.#tellShape(`${path}.priority`, node, [...PRIORITIES.keys()].join(", "), "warning");
    return {};
  }

  #instructionsOf(members: Members, path: string): string {
    const [description, details, strategy] = ["description", "details", "testStrategy"].map((key) => {
      const value = members.get(key)?.value;
      if (!value || value.kind === "null") return "";
      if (value.kind === "string") return value.value.replace(/\r\n?/g, "\n").trim();
      this.#tellShape(`${path}.${key}`, value, "a text", "warning");
      return "";
    });
    const tested = strategy === undefined || strategy === "" ? "" : `How it is tested:\n\n${strategy}`;
    return [description, details, tested].filter((part) => part !== "").join("\n\n");
  }

  #dependenciesOf(node: JsonNode | undefined, path: string): NamedTask["dependencies"] {
    if (!node || node.kind === "null") return null;
    if (node.kind !== "array") {
      this.#tellShape(path, node, "a list of ids", "warning");
      const words = (wordOf(node) ?? "").split(",").map((word) => word.trim());
      return { place: node, words: words.filter((word) => word !== "") };
    }
    const words = node.items.flatMap((item, index) => {
      const word = wordOf(item);
      if (word !== null && word !== "") return [word];
      this.#tellShape(`${path}[${index}]`, item, "the id of a task", "warning");
      return [];
    });
    return { place: node, words };
  }

  #finish(): Pick<DialectBody, "tasks" | "diagnostics"> {
    const { tasks, diagnostics } = finishTasks(this.#drafts, [], () => ({ order: new Map() }));
    if (this.#untold > 0) {
      const message = `${this.#untold.toLocaleString("en-US")} more places of the file are not as Task Master writes them`;
      const range = this.#range({ start: 0, end: 0 });
      this.#diagnostics.push({ code: "bad-value", severity: "warning", message, range, steps: [] });
    }
    return {
      // What keeps tags apart is ours; the file's own ids are without.
      tasks: tasks.map((task, at) => ({ ...task, ownId: this.#ownIds[at] ?? null })),
      diagnostics: [...this.#diagnostics, ...diagnostics],
    };
  }

  #tellEmpty(root: JsonNode, hasTags: boolean): void {
    if (this.#diagnostics.some(({ severity }) => severity === "error")) return;
    const message = hasTags
      ? "this Task Master file has no tasks: add the first one"
      : 'this JSON file holds no tasks as Task Master has them: {"tasks": […]}, or the same inside of tags, such as {"master": {"tasks": […]}}';
    this.#tell("empty-spec", "error", message, { start: root.start, end: root.start + 1 });
  }

  /** What loses a task is an error; what loses something of one, a warning. */
  #tellShape(path: string, node: JsonNode, wanted: string, severity: Diagnostic["severity"] = "error"): void {
    const isLong = node.kind === "object" || node.kind === "array";
    const found = isLong ? (node.kind === "array" ? "a list" : "an object") : shortened(this.#textOf(node));
    const place = isLong ? { start: node.start, end: node.start + 1 } : node;
    this.#tell("bad-value", severity, `${path}: ${found} stands here; accepted: ${wanted}`, place);
  }

  #textOf({ start, end }: Place): string {
    return this.#source.text.slice(start, Math.min(end, start + 200));
  }

  #tell(code: DiagnosticCode, severity: Diagnostic["severity"], message: string, place: Place): void {
    if (this.#diagnostics.length >= DIAGNOSTIC_LIMIT) this.#untold += 1;
    else this.#diagnostics.push({ code, severity, message, range: this.#range(place), steps: [] });
  }

  #range({ start, end }: Place): SourceRange {
    return this.#source.range(start, Math.min(end, this.#source.text.length));
  }
}

function nestedText(list: ArrayNode, indent: string): string[] {
  return list.items.flatMap((node) => {
    if (node.kind !== "object") return [];
    const words = ["title", "description", "details"]
      .map((key) => textOf(node.members, key))
      .filter((text) => text !== "");
    const below = node.members.get("subtasks")?.value;
    const line = `${indent}- ${words.join(": ").replace(/\s+/g, " ")}`;
    return [line, ...(below?.kind === "array" ? nestedText(below, `${indent}  `) : [])];
  });
}

/** The words of an id: numbers in their own digits, because 31.10 is not 31.1. */
function wordOf(node: JsonNode): string | null {
  if (node.kind === "number") return node.text;
  return node.kind === "string" ? node.value.trim() : null;
}

function membersOf(member: JsonMember | undefined): Members | null {
  return member?.value.kind === "object" ? member.value.members : null;
}

function textOf(members: Members | null, key: string): string {
  const value = members?.get(key)?.value;
  return value?.kind === "string" ? value.value.trim() : "";
}

function titleOf(root: JsonNode, tags: readonly Tag[]): string | null {
  const ofFile =
    root.kind === "object" ? [membersOf(root.members.get("metadata")), membersOf(root.members.get("meta"))] : [];
  for (const metadata of [...ofFile, ...tags.map((tag) => tag.metadata)]) {
    const name = textOf(metadata, "projectName");
    if (name !== "") return shortened(name);
  }
  const [only, another] = tags;
  return another || !only || only.name === "master" ? null : only.name;
}

/** What people wrote of the tags; what Task Master writes by itself says nothing. */
function preambleOf(tags: readonly Tag[]): string {
  const said = tags.flatMap(({ name, metadata }) => {
    const text = textOf(metadata, "description");
    return text === "" || /^(?:Tasks for \S+ context|Tag created on [\d/.-]+)$/.test(text) ? [] : [{ name, text }];
  });
  return said.map(({ name, text }) => (tags.length === 1 ? text : `${name ?? "tasks"}: ${text}`)).join("\n\n");
}

/** Keys and values of the file in messages, ids and sections. */
function shortened(text: string): string {
  const line = text.slice(0, 200).replace(/\s+/g, " ");
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`;
}
