import {
  CompletionItemKind,
  InsertTextFormat,
  type CompletionItem,
  type CompletionList,
  type Range,
} from "vscode-languageserver/node";
import type { AgentView } from "../../../schemas/agent.ts";
import type { Dialect } from "../../../schemas/spec.ts";
import { AGENT_ATTRIBUTES } from "../../spec/markdown-dialect.ts";
import { ATTRIBUTE_KEYS } from "../../spec/attributes.ts";
import { FRONT_MATTER_KEYS } from "../../spec/front-matter.ts";
import { completionContext, type TaskLines } from "./completion-context.ts";
import type { Reading } from "../../lint/reading.ts";
import type { Span } from "../../lint/places.ts";
import { shown } from "../../lint/shown-text.ts";
import { ATTRIBUTE_HELP, FIXED_VALUES, FRONT_MATTER_HELP, type KeyHelp } from "./vocabulary.ts";

export interface CompletionRequest {
  readonly text: string;
  readonly offset: number;
  /** A reading of this text or of one shortly before, for the names of tasks; null: there is none yet. */
  readonly reading: Reading | null;
  readonly agents: readonly AgentView[];
  /** Whether the editor knows snippets. */
  readonly snippets: boolean;
  range(span: Span): Range;
}

/** More are not read; what is typed next narrows them. */
const ITEMS_SHOWN = 300;

export function completionsAt(request: CompletionRequest): CompletionList {
  const items = itemsAt(request);
  return { isIncomplete: items.length > ITEMS_SHOWN, items: items.slice(0, ITEMS_SHOWN) };
}

function itemsAt(request: CompletionRequest): CompletionItem[] {
  const dialect = request.reading?.document.dialect ?? "spec";
  if (dialect === "taskmaster" || dialect === "kiro-requirements") return [];
  const context = completionContext(request.text, request.offset);
  switch (context.kind) {
    case "front-key":
      return keyItems(request, FRONT_MATTER_KEYS, FRONT_MATTER_HELP, context);
    case "key":
      return [
        ...keyItems(request, keysOf(dialect), ATTRIBUTE_HELP, context),
        ...taskItems(request, { from: context.word.from, to: context.word.to }, ""),
      ];
    case "front-value":
      return valuesOf(request, context.key, null, new Set()).map((item) => withEdit(request, item, context.word));
    case "value": {
      if (!keysOf(dialect).includes(context.key)) return [];
      const items = valuesOf(request, context.key, context.task, context.present);
      const typed = request.text.slice(context.word.from, context.word.to).toLowerCase();
      // The editor narrows a list itself, unless it is too long to be sent.
      const narrowed = items.filter(({ label, detail }) => `${label} ${detail ?? ""}`.toLowerCase().includes(typed));
      return (items.length > ITEMS_SHOWN ? narrowed : items).map((item) => withEdit(request, item, context.word));
    }
    case "task":
      return taskItems(request, context.word, "- ");
    case "none":
      return [];
  }
}

/** The keys that the dialect reads; in files of other tools the others are text. */
function keysOf(dialect: Dialect): readonly string[] {
  return OWN_TASKS.has(dialect) ? ATTRIBUTE_KEYS : ATTRIBUTE_KEYS.filter((key) => AGENT_KEYS.has(key));
}

/** What is written here has tasks as we write them, or none yet. */
const OWN_TASKS: ReadonlySet<Dialect> = new Set(["spec", "prose"]);
const AGENT_KEYS: ReadonlySet<string> = AGENT_ATTRIBUTES;

function keyItems(
  request: CompletionRequest,
  keys: readonly string[],
  help: Readonly<Record<string, KeyHelp>>,
  { word, present }: { readonly word: Span; readonly present: ReadonlySet<string> },
): CompletionItem[] {
  const written = request.text.slice(word.from, word.to);
  return keys
    .filter((key) => !present.has(key) || key === written)
    .map((key, index): CompletionItem => {
      const { summary = "", example = "" } = help[key] ?? {};
      return {
        label: key,
        kind: CompletionItemKind.Property,
        detail: example,
        documentation: { kind: "markdown", value: summary },
        sortText: String(index).padStart(4, "0"),
        textEdit: { range: request.range(word), newText: `${key}: ` },
        // What can stand there is the next question.
        command: { title: "Suggest values", command: "editor.action.triggerSuggest" },
      };
    });
}

function valuesOf(
  request: CompletionRequest,
  key: string,
  task: TaskLines | null,
  present: ReadonlySet<string>,
): CompletionItem[] {
  const fixed = FIXED_VALUES[key];
  if (fixed) {
    return fixed
      .filter(({ value }) => !present.has(value) && (present.size === 0 || !ALONE.has(value)))
      .map(({ value, help }) => ({ label: value, kind: CompletionItemKind.EnumMember, documentation: help }));
  }
  switch (key) {
    case "reviews":
    case "needs":
      return task ? needItems(request, task, present) : [];
    case "agent":
    case "agents":
      return request.agents.map(agentItem);
    case "capability":
      return capabilityItems(request.agents);
    case "locks":
      return lockItems(request, present);
    case "timeout":
      return [{ label: "none", kind: CompletionItemKind.EnumMember, documentation: "As long as it wants." }];
    default:
      return [];
  }
}

/** Values that stand for a whole list. */
const ALONE: ReadonlySet<string> = new Set(["any", "none"]);

function needItems({ reading }: CompletionRequest, own: TaskLines, present: ReadonlySet<string>): CompletionItem[] {
  const tasks = reading?.document.dialect === "prose" ? [] : (reading?.document.tasks ?? []);
  const items = tasks
    .filter(({ id, ownId, title }) => !present.has(id) && (own.id === null ? title !== own.title : ownId !== own.id))
    .filter(({ id }) => /^[^\s,`[\]{}"']+$/.test(id))
    .map(({ id, title, section }, index): CompletionItem => ({
      label: id,
      kind: CompletionItemKind.Reference,
      detail: shown(title, 100),
      documentation: shown(section.join(" / "), 200),
      sortText: String(index).padStart(6, "0"),
      filterText: id,
    }));
  const none: CompletionItem = {
    label: "none",
    kind: CompletionItemKind.EnumMember,
    documentation: "It starts at once.",
    sortText: "~",
  };
  return present.size === 0 ? [...items, none] : items;
}

function agentItem(agent: AgentView, index: number): CompletionItem {
  const { id, name, available, status, unavailableReason, simulated } = agent;
  const state = !available
    ? `not available: ${unavailableReason ?? "no reason known"}`
    : status === "active"
      ? "available"
      : "inactive";
  const capabilities = agent.capabilities.map((one) => one.name).join(", ");
  return {
    label: id,
    kind: CompletionItemKind.Module,
    detail: shown(simulated ? `only simulates; a person chooses it` : state),
    documentation: shown(`${name}: ${capabilities}`, 1_000),
    sortText: `${available && status === "active" && !simulated ? 0 : 1}${String(index).padStart(4, "0")}`,
  };
}

function capabilityItems(agents: readonly AgentView[]): CompletionItem[] {
  const owners = new Map<string, { by: string[]; description: string }>();
  for (const { id, capabilities, available } of agents) {
    for (const { name, description } of capabilities) {
      const known = owners.get(name) ?? { by: [], description };
      known.by.push(available ? id : `${id} (not available)`);
      owners.set(name, known);
    }
  }
  return [...owners].map(([name, { by, description }]) => ({
    label: name,
    kind: CompletionItemKind.Value,
    detail: shown(by.join(", ")),
    ...(description === "" ? {} : { documentation: shown(description, 1_000) }),
  }));
}

/** The resources that other tasks or the pools name. */
function lockItems({ reading }: CompletionRequest, present: ReadonlySet<string>): CompletionItem[] {
  const { tasks = [], settings } = reading?.document ?? {};
  const names = new Set([
    ...Object.keys(settings?.pools ?? {}),
    ...tasks.flatMap(({ attributes }) => attributes.locks ?? []),
  ]);
  const items = [...names]
    .filter((name) => !present.has(name))
    .map((label): CompletionItem => ({ label, kind: CompletionItemKind.Value }));
  return present.size === 0 ? [...items, { label: "none", kind: CompletionItemKind.EnumMember }] : items;
}

function withEdit(request: CompletionRequest, item: CompletionItem, word: Span): CompletionItem {
  return { ...item, textEdit: { range: request.range(word), newText: item.label } };
}

/** Whole tasks to begin with. */
const TASKS: readonly { readonly label: string; readonly help: string; readonly body: readonly string[] }[] = [
  {
    label: "task",
    help: "A task for an agent",
    body: ["[ ] ${1:What is to be done}", "  - id: ${2:id}", "  - output: $0"],
  },
  {
    label: "command task",
    help: "A task that runs a command",
    body: ["[ ] ${1:What is to be done}", "  - id: ${2:id}", "  - command: [${3:npm, test}]", "$0"],
  },
  {
    label: "parallel task",
    help: "A task that may run beside its neighbours",
    body: ["[ ] [P] ${1:What is to be done}", "  - id: ${2:id}", "$0"],
  },
];

function taskItems(request: CompletionRequest, word: Span, marker: string): CompletionItem[] {
  const { snippets, range, text, reading } = request;
  // In files of other tools tasks have other words.
  if (!snippets || !OWN_TASKS.has(reading?.document.dialect ?? "spec")) return [];
  return TASKS.map(({ label, help, body }, index): CompletionItem => ({
    label,
    kind: CompletionItemKind.Snippet,
    detail: help,
    sortText: `z${index}`,
    filterText: `${text.slice(word.from, word.to)}${label}`,
    insertTextFormat: InsertTextFormat.Snippet,
    textEdit: { range: range(word), newText: `${marker}${body.join("\n")}` },
  }));
}
