import path from "node:path/posix";
import type { Artifact } from "../../schemas/event.ts";
import type { AttemptView, Blocker, StepView } from "../../schemas/execution.ts";
import type { Failure } from "../../schemas/failure.ts";
import { formatAmount } from "../../schemas/money.ts";
import { plain } from "../plain-text.ts";
import { fileSize, long, moment, pastDuration, short, spending, tickingDuration } from "./figures.ts";
import { joined, lines, spokenOf, type Entry, type Localizer, type Row } from "./row.ts";
import { attemptLook, executionLook, stepLook } from "./state-look.ts";

/** What a row of a step shows, from the whole view or from glances that came later. */
export type StepData = Pick<
  StepView,
  "id" | "title" | "status" | "agent" | "simulated" | "attempts" | "duration" | "cost"
> & {
  readonly currency: string;
  readonly blocker: Blocker | null;
  /** Of the last attempt. */
  readonly problem: string | null;
  /** How long its attempt had been running at a moment of the clock that draws; null when none runs. */
  readonly running: { readonly elapsed: number; readonly at: number } | null;
};

interface Place {
  /** URI of the workspace folder. */
  readonly folder: string;
  readonly executionId: string;
}

export function stepEntry(place: Place, step: StepData, l10n: Localizer): Entry {
  return {
    id: `${place.folder}|${place.executionId}|${step.id}`,
    target: { ...place, stepId: step.id },
    draw: (now) => stepRow(step, now, l10n),
  };
}

/** Nothing moves it but a person. */
function asksPerson({ status, blocker }: Pick<StepData, "status" | "blocker">): boolean {
  return status === "waiting" && (blocker?.kind === "approval" || blocker?.kind === "agent");
}

function stepRow(step: StepData, now: number, l10n: Localizer): Row {
  const look = asksPerson(step) ? executionLook("waiting", l10n) : stepLook(step.status, l10n);
  const title = short(plain(step.title));
  const time = timeOf(step, now);
  const cost = spending(step.cost, null, step.currency, l10n);
  const simulated = step.simulated ? l10n.t("simulated") : null;
  const attempts = step.attempts > 1 ? l10n.t("{0} attempts", step.attempts) : null;
  const reason = reasonOf(step);
  const agent = step.agent === null ? null : plain(step.agent);
  return {
    label: title,
    description: joined(look.word, time, cost, attempts, simulated, reason === null ? null : short(reason)),
    icon: look.icon,
    tooltip: lines(
      long(plain(step.title)),
      joined(look.word, simulated),
      reason === null ? null : long(reason),
      agent === null ? null : l10n.t("Agent: {0}", agent),
      step.attempts === 0 ? null : l10n.t("Attempts: {0}", step.attempts),
      time === null ? null : l10n.t("Time: {0}", time),
      step.attempts === 0 ? null : l10n.t("Cost: {0}", costInWords(step, l10n)),
      l10n.t("Step {0}", plain(step.id)),
    ),
    context: ["step", step.status, ...abilities(step)],
    children: step.attempts === 0 ? "none" : "closed",
    spoken: spokenOf(l10n.t("Step {0}", title), look.word, reason, time, cost, attempts, simulated),
    command: step.attempts === 0 ? "planwright.openPlan" : "planwright.openLog",
    changes: step.running === null ? "never" : "each second",
  };
}

/** Why it does not run, or why it failed. */
function reasonOf({ status, blocker, problem }: StepData): string | null {
  if (status === "pending" || status === "ready" || status === "waiting") return blocker && plain(blocker.detail);
  return status === "failed" && problem !== null ? plain(problem) : null;
}

function timeOf({ running, duration }: StepData, now: number): string | null {
  if (running !== null) return tickingDuration(running.elapsed + Math.max(0, now - running.at));
  return duration === null ? null : pastDuration(duration);
}

function costInWords({ cost, currency }: Pick<StepData, "cost" | "currency">, l10n: Localizer): string {
  return cost === null ? l10n.t("unknown") : formatAmount(cost, currency);
}

/** What menus offer for a step; the worker has the last word. */
function abilities({ status, attempts, blocker }: StepData): string[] {
  const can: string[] = [];
  if (asksPerson({ status, blocker })) can.push("asking");
  if (attempts > 0) can.push("logged");
  if (status === "running") can.push("killable");
  if (status === "failed" || status === "cancelled" || status === "waiting") can.push("retryable");
  if (status === "completed" || status === "failed") can.push("rerunnable");
  return can;
}

/** An attempt and what it left behind. */
export function attemptEntry(place: Place & { readonly stepId: string }, attempt: AttemptView, l10n: Localizer): Entry {
  const started = Date.parse(attempt.startedAt);
  return {
    id: `${place.folder}|${place.executionId}|${place.stepId}|${attempt.attempt}`,
    target: place,
    draw: (now) => attemptRow(attempt, attempt.outcome === null ? Math.max(0, now - started) : attempt.duration, l10n),
  };
}

function attemptRow(attempt: AttemptView, duration: number | null, l10n: Localizer): Row {
  const look = attemptLook(attempt.outcome, l10n);
  const label = l10n.t("Attempt {0}", attempt.attempt);
  const running = attempt.outcome === null;
  const time = duration === null ? null : running ? tickingDuration(duration) : pastDuration(duration);
  const simulated = attempt.simulated ? l10n.t("simulated") : null;
  const costs = attempt.costs.map((cost) => joined(formatAmount(cost.amount, cost.currency), certainty(cost, l10n)));
  const problem = attempt.failure === null ? null : plain(attempt.failure.message);
  const agent = plain(attempt.agent);
  return {
    label,
    description: joined(look.word, time, costs.join(" + "), agent, simulated, problem === null ? null : short(problem)),
    icon: look.icon,
    tooltip: lines(
      joined(label, look.word, simulated),
      attempt.failure === null ? null : failureLines(attempt.failure),
      l10n.t("Agent: {0}", agent),
      l10n.t("Begun: {0}", moment(attempt.startedAt)),
      time === null ? null : l10n.t("Time: {0}", time),
      ...costs.map((cost) => l10n.t("Cost: {0}", cost)),
      ...evidence(attempt, l10n),
      ...outputs(attempt, l10n),
      ...attempt.refused.slice(0, MOST_LINES).map((one) => {
        return l10n.t("Refused cost: {0}, because {1}", long(plain(one.said)), long(plain(one.reason)));
      }),
    ),
    context: ["attempt", attempt.outcome ?? "running", "logged"],
    children: attempt.artifacts.length === 0 ? "none" : "closed",
    spoken: spokenOf(label, look.word, problem, time, ...costs, agent, simulated),
    command: "planwright.openLog",
    changes: running ? "each second" : "never",
  };
}

/** The message of a failure keeps its lines. */
function failureLines({ message }: Failure): string {
  return long(message.split("\n").map(plain).join("\n"));
}

function certainty({ certainty: sure }: AttemptView["costs"][number], l10n: Localizer): string | null {
  switch (sure) {
    case "estimated":
      return l10n.t("estimated");
    case "measured":
      return l10n.t("measured");
    case "billed":
      return l10n.t("billed");
    // The amount says so.
    case "unknown":
      return null;
  }
}

/** How its command and its check ended. */
function evidence({ result }: AttemptView, l10n: Localizer): string[] {
  const found: string[] = [];
  if (result?.end) found.push(l10n.t("Command: {0}", endOf(result.end, l10n)));
  if (result?.check) {
    found.push(l10n.t("Check {0}: {1}", short(plain(result.check.command)), endOf(result.check.end, l10n)));
  }
  return found;
}

/** What its extractors found. */
function outputs({ result }: AttemptView, l10n: Localizer): string[] {
  const found = (result?.outputs ?? []).slice(0, MOST_LINES);
  return found.map(({ name, value }) => l10n.t("Output {0}: {1}", plain(name), short(plain(String(value)))));
}

const MOST_LINES = 10;

function endOf({ exitCode, signal }: { exitCode: number | null; signal: string | null }, l10n: Localizer): string {
  return signal === null ? l10n.t("exit code {0}", exitCode ?? 0) : l10n.t("ended by {0}", plain(signal));
}

export function artifactEntry(
  place: Place & { readonly stepId: string },
  attempt: number,
  artifact: Artifact,
  l10n: Localizer,
): Entry {
  const name = short(plain(path.basename(artifact.path)));
  const folder = path.dirname(artifact.path);
  const row: Row = {
    label: name,
    description: joined(folder === "." ? null : short(plain(folder)), fileSize(artifact.size)),
    icon: { id: "file", color: null },
    tooltip: lines(
      long(plain(artifact.path)),
      joined(plain(artifact.type), fileSize(artifact.size)),
      artifact.url === null ? null : long(plain(artifact.url)),
    ),
    context: ["artifact"],
    children: "none",
    spoken: spokenOf(l10n.t("Artifact {0}", plain(artifact.path)), fileSize(artifact.size)),
    command: "planwright.openArtifact",
    changes: "never",
  };
  return {
    id: `${place.folder}|${place.executionId}|${place.stepId}|${attempt}|${artifact.path}`,
    target: { ...place, path: artifact.path },
    draw: () => row,
  };
}
