import { nearestId } from "../../spec/nearest-name.ts";
import type { TaskPlace } from "../places.ts";
import { requirementLists, requirementNames } from "../requirement-places.ts";
import { shown } from "../shown-text.ts";
import { oneChange, type FixRequest } from "./fix-request.ts";
import { lineStart, nextLine, type Fix } from "./text-change.ts";

const OFFERED = 3;
const TITLE_LIMIT = 100;
/** Nobody puts more blanks around a comma. */
const NEAR = 20;

/** No task serves a criterion: tasks that serve its neighbours may, or it needs one of its own. */
export function uncoveredFixes({ diagnostic, reading }: FixRequest): Fix[] {
  const { dialect, requirements } = reading.document;
  const id = /^no task refers to (\S+) \(/.exec(diagnostic.message)?.[1];
  const criterion = requirements.find((one) => one.id === id);
  if (dialect !== "kiro" || id === undefined || !criterion) return [];
  const family = id.slice(0, id.lastIndexOf(".") + 1);
  const near = reading.outline.tasks
    .filter(({ task }) => task.requirements.some((one) => one.startsWith(family)))
    .flatMap((place) => {
      const last = requirementLists(reading, place).at(-1)?.ids.at(-1);
      return last ? [{ place, at: last.to }] : [];
    });
  const named = near
    .slice(0, OFFERED)
    .flatMap(({ place, at }, index) =>
      oneChange(`Let ${label(place)} serve ${id}`, { from: at, to: at, text: `, ${id}` }, index === 0),
    );
  return [...named, ...newTask(reading, id, criterion.title)];
}

/** Behind the last task, with the next number. */
function newTask({ outline, text, eol }: FixRequest["reading"], id: string, title: string): Fix[] {
  const top = outline.tasks.filter(({ parents }) => parents.length === 0);
  const last = outline.tasks.at(-1);
  if (!last) return [];
  const number = Math.max(...top.map(({ task }) => Number.parseInt(task.ownId ?? "0", 10))) + 1;
  const end = nextLine(text, last.task.range.end);
  const isBroken = /[\r\n]$/.test(text.slice(0, end));
  const words = title.length > TITLE_LIMIT ? `${title.slice(0, TITLE_LIMIT).trimEnd()}…` : title;
  const task = `${isBroken ? "" : eol}- [ ] ${number}. ${words}${eol}  - _Requirements: ${id}_${eol}`;
  return oneChange(`Add a task for ${id}`, { from: end, to: end, text: task });
}

/** A task serves what is not there. */
export function unknownRequirementFixes({ diagnostic, reading, place }: FixRequest): Fix[] {
  const [, words = ""] = /refers to (.+?), which /.exec(diagnostic.message) ?? [];
  const unknown = new Set(words.split(", "));
  const names = place ? requirementNames(reading, place).filter(({ text }) => unknown.has(text)) : [];
  const [name] = names;
  // Several at once are several decisions.
  if (!place || !name || names.length > 1 || unknown.size > 1) return [];
  const near = nearestId(
    name.text,
    reading.document.requirements.map(({ id }) => id),
  );
  const { text } = reading;
  const start = Math.max(lineStart(text, name.from), name.from - NEAR);
  const before = /(?:,[ \t]*|[ \t]*\[)$/.exec(text.slice(start, name.from))?.[0] ?? "";
  const behind = /^[ \t]*,[ \t]*/.exec(text.slice(name.to, name.to + NEAR))?.[0] ?? "";
  const isBracket = before.endsWith("[") && text[name.to] === "]";
  const removal = isBracket
    ? { from: name.from - before.length, to: name.to + 1, text: "" }
    : before.startsWith(",")
      ? { from: name.from - before.length, to: name.to, text: "" }
      : behind === ""
        ? null
        : { from: name.from, to: name.to + behind.length, text: "" };
  return [
    ...(near === null ? [] : oneChange(`Change to ${shown(near)}`, { ...name, text: near }, true)),
    ...oneChange(`Remove ${shown(name.text)}`, removal, near === null),
  ];
}

function label({ task }: TaskPlace): string {
  const title = `"${shown(task.title, 60)}"`;
  return task.ownId === null ? title : `${shown(task.ownId)} ${title}`;
}
