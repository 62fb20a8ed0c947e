import type { Hover } from "vscode-languageserver/node";
import { formatDuration } from "../../../schemas/duration.ts";
import { formatAmount } from "../../../schemas/money.ts";
import type { PlanStep } from "../../../schemas/plan.ts";
import type { LastRun } from "./language-host.ts";
import { taskAt, touches, type Reading } from "../../lint/reading.ts";
import type { Span, TaskPlace } from "../../lint/places.ts";
import type { PlanFacts, StepFacts } from "../../lint/plan-facts.ts";
import { requirementNames } from "../../lint/requirement-places.ts";
import { markdown } from "../../lint/shown-text.ts";
import { needsOf, type TaskNames } from "../../lint/task-names.ts";
import { ATTRIBUTE_HELP, FIXED_VALUES, FRONT_MATTER_HELP, type KeyHelp } from "./vocabulary.ts";

export interface HoverRequest {
  readonly reading: Reading;
  readonly names: TaskNames;
  readonly offset: number;
  readonly facts: PlanFacts | null;
  readonly run: LastRun | null;
}

/** What there is to say of a place. Everything that comes from the spec is escaped. */
export function hoverAt(request: HoverRequest): Hover | null {
  const { reading, offset } = request;
  const { front, body } = reading.outline;
  if (offset < body) {
    const entry = front?.entries.find(({ from, key }) => {
      return touches({ from: front.from + from, to: front.from + from + key.length }, offset);
    });
    const help = entry && FRONT_MATTER_HELP[entry.key];
    if (!front || !entry || !help) return null;
    const from = front.from + entry.from;
    return hover(request, keyLines(entry.key, help), { from, to: from + entry.key.length });
  }
  const mention = reading.outline.mentions.find((one) => touches(one, offset));
  if (mention) return tasksHover(request, mention, request.names.find(mention.text));
  const place = taskAt(reading, offset);
  if (!place) return null;
  const need = needsOf(place).find((one) => touches(one, offset));
  if (need) return tasksHover(request, need, request.names.find(need.text, place));
  const served = requirementHover(request, place);
  if (served) return served;
  if (touches(place.line, offset)) return hover(request, taskLines(request, place), place.line);
  const attribute = place.attributes.find(({ known, from, to }) => known && touches({ from, to }, offset));
  if (!attribute) return null;
  const help = ATTRIBUTE_HELP[attribute.key];
  if (touches(attribute.keySpan, offset)) {
    return help ? hover(request, keyLines(attribute.key, help), attribute.keySpan) : null;
  }
  const element = attribute.elements.find((one) => touches(one, offset));
  if (!element) return null;
  const value = FIXED_VALUES[attribute.key]?.find((one) => one.value === element.text);
  return value ? hover(request, [`**${markdown(value.value)}**`, markdown(value.help)], element) : null;
}

/** The tasks that a name means. */
function tasksHover(request: HoverRequest, name: Span, meant: readonly TaskPlace[]): Hover | null {
  const lines = meant.flatMap((one, index) => [...(index > 0 ? ["---"] : []), ...taskLines(request, one)]);
  return lines.length === 0 ? null : hover(request, lines, name);
}

/** What a requirement says, where a task names it. */
function requirementHover(request: HoverRequest, place: TaskPlace): Hover | null {
  const { reading, offset } = request;
  const { requirements } = reading.document;
  if (requirements.length === 0) return null;
  const name = requirementNames(reading, place).find((one) => touches(one, offset));
  const requirement = name && requirements.find(({ id }) => id === name.text);
  if (!requirement) return null;
  const { id, title, path, line } = requirement;
  return hover(request, [`**${markdown(id)}**`, markdown(title, 1_000), markdown(`${path}:${line}`)], name);
}

function hover({ reading }: HoverRequest, lines: readonly string[], span: Span): Hover {
  return { contents: { kind: "markdown", value: lines.join("\n\n") }, range: reading.range(span) };
}

/** Our own words, in which Markdown is meant. */
function keyLines(key: string, { summary, example }: KeyHelp): string[] {
  return [`**${markdown(key)}**`, summary, `Example: \`${example}\``];
}

function taskLines(request: HoverRequest, { task, line }: TaskPlace): string[] {
  const { facts, run, reading } = request;
  const where = `line ${reading.range(line).start.line + 1}`;
  const lines = [
    `**${markdown(task.title)}**`,
    `${markdown(task.id)} · ${where}${task.state === "open" ? "" : ` · ${task.state}`}`,
  ];
  if (task.optional) lines.push("Optional.");
  if (task.requirements.length > 0) lines.push(requirementLines(request, task.requirements));
  const step = facts?.steps.get(task.id);
  if (facts && step) lines.push(...stepLines(step, facts));
  const last = run?.steps.get(task.id);
  if (run && last) {
    const figures = [
      last.status,
      ...(last.duration === null ? [] : [formatDuration(last.duration)]),
      ...(last.cost === null ? [] : [formatAmount(last.cost, run.currency)]),
      ...(last.simulated ? ["simulated"] : []),
    ];
    lines.push(`Last run: ${figures.join(" · ")}`);
  }
  return lines;
}

/** More are not read in a hover. */
const REQUIREMENTS_SHOWN = 20;

/** What a task serves, in the words of the file that says so, where there is one. */
function requirementLines({ reading }: HoverRequest, ids: readonly string[]): string {
  const known = new Map(reading.document.requirements.map((one) => [one.id, one]));
  const lines = ids.slice(0, REQUIREMENTS_SHOWN).map((id) => {
    const requirement = known.get(id);
    return requirement ? `- ${markdown(id)}: ${markdown(requirement.title)}` : `- ${markdown(id)}`;
  });
  const more = ids.length > REQUIREMENTS_SHOWN ? [`- and ${ids.length - REQUIREMENTS_SHOWN} more`] : [];
  return ["Serves:", ...lines, ...more].join("\n");
}

const SOURCE: Readonly<Record<PlanStep["estimateSource"]["cost"], string>> = {
  declared: "as the spec says",
  history: "from earlier runs",
  registered: "as its agent is registered",
  none: "nothing to estimate",
  unknown: "unknown",
};

function stepLines(step: StepFacts, { currency }: PlanFacts): string[] {
  const agent =
    step.agent === null
      ? `none (${markdown(step.why.agent)})`
      : `${markdown(step.agent)} (${markdown(step.why.agent)})`;
  const duration =
    step.duration === null ? "time unknown" : `${formatDuration(step.duration)} (${SOURCE[step.source.duration]})`;
  const cost =
    step.cost === null ? "cost unknown" : `${formatAmount(step.cost, currency)} (${SOURCE[step.source.cost]})`;
  const note = step.note === null ? "" : `; ${markdown(step.note)}`;
  const dependencies = step.dependencies.map(
    ({ id, title, reason }) => `- ${markdown(title)} (${markdown(id)}): ${markdown(reason)}`,
  );
  const locks = step.locks.map(
    ({ name, reason }) => `- ${markdown(name)}: ${reason === null ? "named in the spec" : markdown(reason)}`,
  );
  return [
    `Agent: ${agent}`,
    `Capability: ${markdown(step.capability)} (${markdown(step.why.capability)})`,
    `Estimate: ${duration} · ${cost}${note}`,
    ...(dependencies.length === 0 ? ["Waits for nothing."] : [`Waits for:\n${dependencies.join("\n")}`]),
    ...(locks.length === 0 ? [] : [`Uses alone:\n${locks.join("\n")}`]),
  ];
}
