import type { CodeLens, Command } from "vscode-languageserver/node";
import { DIALECT_NAMES } from "../../../schemas/dialect-names.ts";
import { formatDuration } from "../../../schemas/duration.ts";
import type { ExecutionStatus, StepStatus } from "../../../schemas/execution.ts";
import { formatAmount } from "../../../schemas/money.ts";
import type { LastRun, StepRun } from "./language-host.ts";
import type { Reading } from "../../lint/reading.ts";
import type { Heading, TaskPlace } from "../../lint/places.ts";

/** What is shown above the lines of a spec (catalogue O2). `top`: only at the beginning of the file. */
export type LensSetting = "all" | "top" | "off";

/** Beyond this many tasks only the top and the sections have lenses: an editor draws each of them. */
const TASKS_WITH_LENSES = 2_000;

const STEP_ICON: Readonly<Record<StepStatus, string>> = {
  pending: "circle-outline",
  ready: "circle-outline",
  running: "sync~spin",
  waiting: "bell-dot",
  completed: "pass",
  failed: "error",
  skipped: "debug-step-over",
  cancelled: "circle-slash",
};

const EXECUTION_ICON: Readonly<Record<ExecutionStatus, string>> = {
  running: "sync~spin",
  paused: "debug-pause",
  waiting: "bell-dot",
  cancelling: "sync~spin",
  completed: "pass",
  failed: "error",
  cancelled: "circle-slash",
  interrupted: "debug-disconnect",
};

/** In the order in which sections tell them. */
const STEP_STATES = ["failed", "waiting", "running", "ready", "pending", "cancelled", "skipped", "completed"] as const;

/** The lenses of a spec. Nothing in them comes from its text, so nothing in it can become an icon or a command. */
export function lensesOf(uri: string, reading: Reading, run: LastRun | null, setting: LensSetting): CodeLens[] {
  if (setting === "off" || reading.document.dialect === "kiro-requirements") return [];
  const lenses = topLenses(uri, reading, run);
  if (setting === "top" || reading.document.dialect === "prose") return lenses;
  for (const heading of reading.outline.headings) lenses.push(...sectionLenses(uri, reading, run, heading));
  if (reading.outline.tasks.length > TASKS_WITH_LENSES) return lenses;
  for (const place of reading.outline.tasks) lenses.push(...taskLenses(uri, reading, run, place));
  return lenses;
}

function topLenses(uri: string, reading: Reading, run: LastRun | null): CodeLens[] {
  const range = reading.range({ from: 0, to: 0 });
  const lenses = [
    { range, command: command(withIcon("list-tree", "Plan"), "planwright.plan", uri) },
    { range, command: command(withIcon("play", "Execute"), "planwright.execute", uri) },
  ];
  if (run) lenses.push({ range, command: command(runTitle(run), "planwright.openPlan", uri, run.executionId) });
  const dialect = dialectLens(uri, reading);
  if (dialect) lenses.push({ range, command: dialect });
  return lenses;
}

/** As what the file is read, where its name does not say so, and a way to say otherwise. */
function dialectLens(uri: string, { document, path }: Reading): Command | null {
  const { dialect, tasks, recognised } = document;
  if (dialect === "spec" && /\.spec\.md$/i.test(path)) return null;
  const open = tasks.filter(({ runs, state }) => runs && state === "open").length;
  const figures = [DIALECT_NAMES[dialect], ...(dialect === "prose" ? [] : [`${open} open`])];
  const tooltip = `Read as ${DIALECT_NAMES[dialect]} because ${recognised}. Click to read it otherwise.`;
  return { ...command(withIcon("list-unordered", figures.join(" · ")), "planwright.readAs", uri), tooltip };
}

function runTitle(run: LastRun): string {
  const state = run.status === "waiting" ? "waits for you" : run.status;
  const figures = [state, formatDuration(run.duration), formatAmount(run.cost, run.currency)];
  if (run.cost === null) figures[2] = "cost unknown";
  return withIcon(EXECUTION_ICON[run.status], [...figures, ...(run.simulated ? ["simulated"] : [])].join(" · "));
}

/** None for a section that holds every task: the top says the same. */
function sectionLenses(uri: string, reading: Reading, run: LastRun | null, heading: Heading): CodeLens[] {
  const { tasks } = reading.outline;
  const places = tasks.filter(({ line }) => line.from >= heading.from && line.from < heading.end);
  if (places.length === tasks.length) return [];
  const range = reading.range(heading);
  const title = run && sectionTitle(run, places);
  const first = places.find(({ task }) => task.runs && task.state === "open");
  return [
    ...(run && title ? [{ range, command: command(title, "planwright.openPlan", uri, run.executionId) }] : []),
    ...(first ? [{ range, command: runFromHere(uri, first.task.id) }] : []),
    ...(run && places.some(({ task }) => (run.steps.get(task.id)?.attempts ?? 0) > 0)
      ? [{ range, command: command(withIcon("output", "Open log"), "planwright.openLog", run.executionId) }]
      : []),
  ];
}

/** Null when nothing of the section was in the run. */
function sectionTitle(run: LastRun, places: readonly TaskPlace[]): string | null {
  const counts = new Map<StepStatus, number>();
  let duration = 0;
  let cost = 0;
  for (const { task } of places) {
    const step = run.steps.get(task.id);
    if (!step) continue;
    counts.set(step.status, (counts.get(step.status) ?? 0) + 1);
    duration += step.duration ?? 0;
    cost += step.cost ?? 0;
  }
  if (counts.size === 0) return null;
  const [worst = "completed"] = STEP_STATES.filter((status) => counts.has(status));
  const states = STEP_STATES.toReversed().flatMap((status) => {
    const count = counts.get(status);
    return count === undefined ? [] : [`${count} ${status}`];
  });
  const figures = [
    states.join(", "),
    ...(duration > 0 ? [formatDuration(duration)] : []),
    ...(cost > 0 ? [formatAmount(cost, run.currency)] : []),
  ];
  return withIcon(STEP_ICON[worst], figures.join(" · "));
}

function taskLenses(uri: string, reading: Reading, run: LastRun | null, place: TaskPlace): CodeLens[] {
  const { task } = place;
  const range = reading.range(place.line);
  const step = run?.steps.get(task.id);
  const lenses: CodeLens[] = [];
  if (run && step) {
    lenses.push({
      range,
      command: command(stepTitle(step, run), "planwright.openPlan", uri, run.executionId, task.id),
    });
  }
  if (task.runs) lenses.push({ range, command: runFromHere(uri, task.id) });
  if (run && step && step.attempts > 0) {
    lenses.push({
      range,
      command: command(withIcon("output", "Open log"), "planwright.openLog", run.executionId, task.id),
    });
  }
  return lenses;
}

function runFromHere(uri: string, taskId: string): Command {
  return command(withIcon("debug-continue-small", "Run from here"), "planwright.runFrom", uri, taskId);
}

function stepTitle(step: StepRun, run: LastRun): string {
  const figures = [
    step.status,
    ...(step.duration === null ? [] : [formatDuration(step.duration)]),
    ...(step.attempts === 0 ? [] : [step.cost === null ? "cost unknown" : formatAmount(step.cost, run.currency)]),
    ...(step.attempts > 1 ? [`${step.attempts} attempts`] : []),
    ...(step.simulated ? ["simulated"] : []),
  ];
  return withIcon(STEP_ICON[step.status], figures.join(" · "));
}

/** VS Code drops an ordinary space behind an icon. */
function withIcon(icon: string, words: string): string {
  return `$(${icon})\u00A0${words}`;
}

function command(title: string, id: string, ...args: string[]): Command {
  return { title, command: id, arguments: args };
}
