import { boxMarks } from "../../spec/box-marks.ts";
import type { TaskPlace } from "../places.ts";
import type { Reading } from "../reading.ts";
import { shown } from "../shown-text.ts";
import { oneChange, type FixRequest } from "./fix-request.ts";
import { removeNeed } from "./needs-change.ts";
import type { Fix, TextChange } from "./text-change.ts";

/** What shows a task as open or done, in the place where the file shows its state. Null: it shows none. */
function setState({ document }: Reading, { task }: TaskPlace, state: "open" | "done"): TextChange | null {
  if (task.box === null) return null;
  const { start, end } = task.box;
  return { from: start, to: end, text: boxMarks(document.dialect)[state] };
}

/** A parent is done, parts of it are not. */
export function doneParentFixes({ place, reading, diagnostic }: FixRequest): Fix[] {
  if (!place) return [];
  const parts = diagnostic.steps.slice(1).flatMap((id) => reading.outline.byId.get(id) ?? []);
  const changes = parts.flatMap((part) => setState(reading, part, "done") ?? []);
  const only = parts.length === 1 ? `"${shown(parts[0]?.task.title ?? "", 60)}"` : `its ${parts.length} open parts`;
  return [
    ...oneChange(`Mark "${shown(place.task.title, 60)}" as open`, setState(reading, place, "open"), true),
    ...(changes.length < parts.length ? [] : [{ title: `Mark ${only} as done`, changes, preferred: false }]),
  ];
}

/** All parts of a parent are done, it is not. */
export function openParentFixes({ place, reading }: FixRequest): Fix[] {
  if (!place) return [];
  return oneChange(`Mark "${shown(place.task.title, 60)}" as done`, setState(reading, place, "done"), true);
}

/** A task needs one that does not run. */
export function skippedDependencyFixes({ place, element, reading, diagnostic }: FixRequest): Fix[] {
  const needed = reading.outline.byId.get(diagnostic.steps[1] ?? "");
  const title = shown(needed?.task.title ?? "", 60);
  const isOptional = needed?.task.optional === true;
  const opened = needed ? (isOptional ? withoutStar(reading, needed) : openAgain(reading, needed)) : null;
  const removed = place && element ? removeNeed(reading, place, element, "no attribute") : null;
  return [
    ...oneChange(`Remove "${shown(element?.text ?? "")}" from what it needs`, removed, true),
    ...oneChange(isOptional ? `Make "${title}" required` : `Mark "${title}" as open`, opened),
  ];
}

/** Only what is marked itself: the parts of what is left out as a whole have marks of their own. */
function openAgain(reading: Reading, place: TaskPlace): TextChange | null {
  const isOwn = place.task.state === "skipped" && place.parents.every(({ task }) => task.state !== "skipped");
  return isOwn ? setState(reading, place, "open") : null;
}

/** The star stands behind the box. */
function withoutStar({ text }: Reading, { task }: TaskPlace): TextChange | null {
  if (task.box === null) return null;
  const from = task.box.end + 1;
  const star = /^\\?\*/.exec(text.slice(from, from + 2))?.[0];
  return star === undefined ? null : { from, to: from + star.length, text: "" };
}
