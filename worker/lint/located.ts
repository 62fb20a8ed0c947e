import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { Reading } from "./reading.ts";
import type { AttributePlace, Element, Span, TaskPlace } from "./places.ts";
import { quoted } from "../plan/quoted.ts";
import { requirementNames } from "./requirement-places.ts";
import { attributeOf, inheritedAttribute, needsOf, type TaskNames } from "./task-names.ts";

/** A diagnostic with the place that an editor underlines. */
export interface Located {
  readonly diagnostic: Diagnostic;
  readonly span: Span;
  /** The task that it is about. */
  readonly place: TaskPlace | null;
  /** The attribute that it is about. */
  readonly attribute: AttributePlace | null;
  /** The name of a task that it is about. */
  readonly element: Element | null;
  /** Other places that are concerned. */
  readonly related: readonly { readonly span: Span; readonly message: string }[];
}

/** Finds the few words that a diagnostic is about, where the diagnostic itself knows the whole task only. */
export function locate(diagnostic: Diagnostic, reading: Reading, names: TaskNames): Located {
  const { byId } = reading.outline;
  const place = byId.get(diagnostic.steps[0] ?? "") ?? null;
  const nothing = { diagnostic, place, attribute: null, element: null, related: [] };
  const about = place ? ofTask(diagnostic, place, reading, names) : {};
  const span = spanOf(diagnostic, place, reading);
  return { ...nothing, span, ...about };
}

type About = Partial<Pick<Located, "span" | "attribute" | "element" | "related" | "place">>;

function ofTask(diagnostic: Diagnostic, place: TaskPlace, reading: Reading, names: TaskNames): About {
  const others = diagnostic.steps.slice(1).flatMap((id) => reading.outline.byId.get(id) ?? []);
  switch (diagnostic.code) {
    case "unknown-dependency":
    case "duplicate-reference":
    case "forward-reference":
    case "self-dependency":
    case "skipped-dependency": {
      const element = neededBy(diagnostic, place, reading, names);
      const related = others.map((other) => ({ span: idSpan(other), message: "the task that is meant" }));
      return { element, related, ...(element ? { span: element } : {}) };
    }
    case "missing-barrier": {
      const file = attributeOf(place, "files")?.elements.find(({ text }) => diagnostic.message.includes(text));
      const related = others.map(({ title }) => ({ span: title, message: "the task that makes the file" }));
      return { related, ...(file ? { span: file } : {}) };
    }
    case "unknown-requirement": {
      const name = requirementNames(reading, place).find(({ text }) => diagnostic.message.includes(` ${text},`));
      return name ? { span: name } : {};
    }
    case "done-parent":
      return { related: others.map(({ title }) => ({ span: title, message: "a part that is open" })) };
    case "duplicate-id": {
      const related = others.map((other) => ({ span: idSpan(other), message: "the first task with this id" }));
      return { span: idSpan(place), related };
    }
    case "cycle":
      return { related: ringOf(diagnostic, reading) };
    case "false-parallel": {
      const second = others[0] ?? place;
      const related = [{ span: place.mark ?? place.title, message: "the other task that names the file" }];
      return { place: second, span: second.mark ?? second.title, related };
    }
    case "unknown-agent": {
      const attribute = inheritedAttribute(place, "agent");
      return attribute ? { attribute, span: attribute.value } : {};
    }
    case "currency": {
      const attribute = inheritedAttribute(place, "cost");
      return attribute ? { attribute, span: attribute.value } : {};
    }
    default:
      return {};
  }
}

/** One list may hold thousands of names with something wrong in each. */
const QUOTED_NAMES = new WeakMap<TaskPlace, ReadonlyMap<string, Element>>();

/** The needs of a task by the quoted name; of several the first. */
function byQuotedName(place: TaskPlace): ReadonlyMap<string, Element> {
  const known = QUOTED_NAMES.get(place);
  if (known) return known;
  const names = new Map(
    needsOf(place)
      .toReversed()
      .map((element) => [quoted(element.text), element]),
  );
  QUOTED_NAMES.set(place, names);
  return names;
}

/** The name in quotes, as the planner tells it. */
const NAME_TOLD =
  / (?:needs|its own parent|its own part) ("[^"]*(?:"[^"]+)*"), which (?:is no task|ends after|starts after)/;

/** The name in the needs of a task that a diagnostic tells of. Only its message says which one it was. */
function neededBy(
  { code, message, steps }: Diagnostic,
  place: TaskPlace,
  { outline }: Reading,
  names: TaskNames,
): Element | null {
  const elements = needsOf(place);
  const [, name] = NAME_TOLD.exec(message) ?? [];
  const named = name === undefined ? undefined : byQuotedName(place).get(name);
  if (code === "unknown-dependency") return named ?? null;
  const target = outline.byId.get(steps[1] ?? place.task.id);
  const hits = target ? elements.filter(({ text }) => names.means(text, target, place)) : [];
  if (code === "self-dependency") return named ?? hits[0] ?? null;
  // Of two that mean the same, the second is too much.
  return (code === "duplicate-reference" && hits.length > 1 ? hits[1] : hits[0]) ?? null;
}

function ringOf({ steps }: Diagnostic, { outline }: Reading): Located["related"] {
  return steps.slice(0, RING_SHOWN).flatMap((id, index) => {
    const place = outline.byId.get(id);
    const next = outline.byId.get(steps[(index + 1) % steps.length] ?? "");
    return place ? [{ span: place.title, message: `waits for "${next?.task.title ?? "the next"}"` }] : [];
  });
}

const RING_SHOWN = 20;

function idSpan(place: TaskPlace): Span {
  return place.id && place.id.to > place.id.from ? place.id : place.title;
}

function spanOf({ range, code, steps }: Diagnostic, place: TaskPlace | null, reading: Reading): Span {
  if (range === null) {
    const budget = code === "over-budget" || code === "near-budget" ? frontEntry(reading, "budget") : null;
    return budget ?? { from: 0, to: firstLineEnd(reading.text) };
  }
  // A whole task with its parts would be underlined.
  const isWhole = place !== null && range.start === place.task.range.start && range.end === place.task.range.end;
  if (isWhole) return place.title;
  const to = Math.max(range.start, Math.min(range.end, reading.text.length));
  // A step that prose as a whole stands for has no line of its own: its beginning is enough.
  const isProse = steps.length > 0 && reading.document.dialect === "prose";
  return { from: range.start, to: isProse ? range.start + firstLineEnd(reading.text.slice(range.start, to)) : to };
}

/** The value of a key of the front matter. */
export function frontEntry({ outline, text }: Reading, key: string): Span | null {
  const { front } = outline;
  const entry = front?.entries.find((one) => one.key === key);
  if (!front || !entry) return null;
  const { value } = entry;
  if (value.kind === "null") return { from: front.from + entry.from, to: front.from + entry.from + key.length };
  // What YAML counts to a value may reach into the next line.
  const from = front.from + value.from;
  return { from, to: from + text.slice(from, front.from + value.to).trimEnd().length };
}

function firstLineEnd(text: string): number {
  return /[\r\n]|$/.exec(text)?.index ?? text.length;
}
