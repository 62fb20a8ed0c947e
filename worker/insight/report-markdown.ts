import { formatDuration } from "../../schemas/duration.ts";
import { formatAmount } from "../../schemas/money.ts";
import type { Report } from "../../schemas/report.ts";
import { stepName } from "../../schemas/step-name.ts";
import { reportLimitsText } from "./report-budget.ts";
import { evidenceText } from "./report-boxes.ts";

type ReportStep = Report["steps"][number];

const MARKS: Readonly<Record<ReportStep["status"], string>> = {
  pending: "·",
  ready: "·",
  running: "…",
  waiting: "…",
  completed: "✔",
  failed: "✘",
  skipped: "–",
  cancelled: "■",
};

/** The report for people. Text that comes from specs and agents is escaped: a report must not be able to fake its own parts. */
export function reportMarkdown(report: Report): string {
  const parts = [
    `# ${text(report.title)}: ${report.status}`,
    summary(report),
    stepTable(report),
    requirements(report),
    failures(report),
    retries(report),
    evidence(report),
    interventions(report),
    artifacts(report),
    outputs(report),
    hooks(report),
    costs(report),
    reportLimitsText(report, text),
    boxes(report),
    notices(report),
  ];
  return parts.filter((part) => part !== "").join("\n\n") + "\n";
}

function summary(report: Report): string {
  const { counts } = report;
  const rows = [
    ["Execution", `\`${report.executionId}\``],
    ["Plan", `\`${report.planId}\` (approved content \`${report.planHash.slice(0, 12)}\`)`],
    ["Spec", `\`${code(report.specPath)}\``],
    ["Started", report.startedAt],
    ["Ended", report.completedAt ?? "not ended"],
    ["Duration", `${formatDuration(report.duration)} (estimated ${duration(report.estimatedDuration)})`],
    ["Cost", `${cost(report)} (estimated ${formatAmount(report.estimatedCost, report.costs.currency)})`],
    [
      "Steps",
      `${counts.total}: ${counts.completed} completed, ${counts.failed} failed, ${counts.skipped} skipped, ${counts.cancelled} cancelled, ${counts.retried} retried`,
    ],
  ];
  const simulated = report.simulated ? "\n\n> **Simulated:** steps marked *simulated* did no real work." : "";
  const failure = report.failure ? `\n\n> **${report.failure.code}:** ${text(report.failure.message)}` : "";
  return `| | |\n|---|---|\n${rows.map(([name, value]) => `| ${name} | ${value} |`).join("\n")}${simulated}${failure}`;
}

function cost({ costs }: Report): string {
  const limit = costs.limit === null ? "" : ` of ${formatAmount(costs.limit, costs.currency)}`;
  if (costs.total === null) return `unknown${limit}: ${costs.unknown} without a known cost`;
  const unknown = costs.unknown > 0 ? `, and ${costs.unknown} unknown` : "";
  return `${formatAmount(costs.total, costs.currency)}${limit}, ${costs.certainty}${unknown}`;
}

function stepTable(report: Report): string {
  const rows = report.steps.map((step) => {
    const name = `${text(stepName(step))}${step.simulated ? " *(simulated)*" : ""}`;
    const agent = step.agent === null ? "–" : `\`${code(step.agent)}\``;
    const check = step.check ? (step.check.passed ? "passed" : "failed") : "–";
    const money = step.simulated ? "–" : formatAmount(step.cost, report.costs.currency);
    return `| ${MARKS[step.status]} ${step.status} | ${name} | ${agent} | ${step.attempts.length} | ${duration(step.duration)} | ${money} | ${check} | ${step.line ?? "–"} |`;
  });
  return `## Steps\n\n| State | Step | Agent | Attempts | Duration | Cost | Check | Line |\n|---|---|---|---:|---:|---:|---|---:|\n${rows.join("\n")}`;
}

const REQUIREMENT_STATES: Readonly<Record<Report["requirements"][number]["state"], string>> = {
  done: "✔ done",
  partly: "◐ partly",
  open: "· open",
  uncovered: "✘ no task",
};

function requirements(report: Report): string {
  if (report.requirements.length === 0) return "";
  const rows = report.requirements.map(({ id, title, path, line, state, tasks, moreTasks }) => {
    const served = tasks.map((task) => {
      const how = task.simulated ? ", *simulated*" : task.before && task.status === "completed" ? " before" : "";
      return `\`${code(task.id)}\` ${task.status}${how}`;
    });
    if (moreTasks > 0) served.push(`and ${moreTasks} more`);
    const place = path === null ? "" : `\`${code(path)}:${line ?? 1}\``;
    return `| \`${code(id)}\` | ${text(title ?? "")} | ${REQUIREMENT_STATES[state]} | ${served.join(", ") || "–"} | ${place || "–"} |`;
  });
  const uncovered = report.requirements.flatMap(({ id, state }) => (state === "uncovered" ? [`\`${code(id)}\``] : []));
  const told = uncovered.length === 0 ? "" : `\n\nNo task serves ${uncovered.join(", ")}.`;
  return `## Requirements\n\n| Id | Requirement | State | Tasks | Place |\n|---|---|---|---|---|\n${rows.join("\n")}${told}`;
}

function failures(report: Report): string {
  const failed = report.steps.filter((step) => step.failure !== null);
  if (failed.length === 0) return "";
  const lines = failed.map(
    (step) =>
      `- **${text(step.title)}** (${step.status}, \`${step.failure?.code ?? ""}\`): ${text(step.failure?.message ?? "")}`,
  );
  return `## What did not complete\n\n${lines.join("\n")}`;
}

function retries(report: Report): string {
  const retried = report.steps.filter((step) => step.attempts.length > 1);
  if (retried.length === 0) return "";
  const lines = retried.flatMap((step) =>
    step.attempts.map((attempt) => {
      const why = attempt.failure ? `: ${text(attempt.failure.message)}` : "";
      return `- ${text(step.title)}, attempt ${attempt.attempt}: ${attempt.outcome} after ${duration(attempt.duration)}${why}`;
    }),
  );
  return `## Attempts of steps that were retried\n\n${lines.join("\n")}`;
}

/** What shows what the last attempt of each step has done, unless it was simulated. */
function evidence(report: Report): string {
  const rows = report.steps.flatMap((step) => {
    const last = step.simulated ? undefined : step.attempts.at(-1);
    return (last?.evidence ?? []).map(
      ({ label, text: shown }) =>
        `| ${text(stepName(step))} | ${last?.attempt ?? ""} | ${text(label)} | ${text(shown)} |`,
    );
  });
  return rows.length === 0 ? "" : `## Evidence\n\n| Step | Attempt | | |\n|---|---:|---|---|\n${rows.join("\n")}`;
}

function interventions(report: Report): string {
  if (report.interventions.length === 0) return "";
  const lines = report.interventions.map(({ at, by, stepId, what }) => {
    const about = stepId === null ? "" : ` (\`${code(stepId)}\`)`;
    return `- ${at}, ${by === null ? "not by a person" : text(by)}${about}: ${text(what)}`;
  });
  return `## What people decided and what interrupted it\n\n${lines.join("\n")}`;
}

function artifacts(report: Report): string {
  if (report.artifacts.length === 0) return "";
  const rows = report.artifacts.map(
    (artifact) =>
      `| \`${code(artifact.path)}\` | ${text(artifact.type)} | ${artifact.size} | \`${code(artifact.sha256.slice(0, 16))}\` |`,
  );
  return `## Artifacts\n\n| Path | Type | Bytes | SHA-256 |\n|---|---|---:|---|\n${rows.join("\n")}`;
}

function outputs(report: Report): string {
  const rows = report.steps.flatMap((step) =>
    step.outputs.map(({ name, value }) => `| ${text(stepName(step))} | ${text(name)} | ${text(String(value))} |`),
  );
  return rows.length === 0 ? "" : `## Named outputs\n\n| Step | Name | Value |\n|---|---|---|\n${rows.join("\n")}`;
}

function hooks(report: Report): string {
  const rows = report.hooks.map(({ hook, event, stepId, state, attempts, problem, answer }) => {
    const said = problem ?? (answer === null ? "" : typeof answer === "string" ? answer : JSON.stringify(answer));
    return `| ${text(hook)} | ${event} | ${stepId === null ? "–" : `\`${code(stepId)}\``} | ${state} | ${attempts} | ${text(said.slice(0, 200)) || "–"} |`;
  });
  return rows.length === 0
    ? ""
    : `## Hooks\n\n| Hook | Event | Step | State | Tries | Answer |\n|---|---|---|---|---:|---|\n${rows.join("\n")}`;
}

function costs(report: Report): string {
  const services = Object.entries(report.costs.byService);
  if (services.length === 0) return "";
  const rows = services.map(
    ([service, amount]) => `| ${text(service)} | ${formatAmount(amount, report.costs.currency)} |`,
  );
  return `## Costs by service\n\n| Service | Amount |\n|---|---:|\n${rows.join("\n")}`;
}

function boxes({ boxes: { ticked, left } }: Report): string {
  if (ticked.length + left.length === 0) return "";
  const rows = [
    ...ticked.map((box) => {
      const where = box.into === "file" ? "" : " in an editor, not saved then";
      return `| ${text(stepName({ id: box.task, title: box.title }))} | ${box.line} | \`[${code(box.from) || " "}]\` → \`[${code(box.to)}]\`, ${box.at}${where} | ${text(evidenceText(box))} |`;
    }),
    ...left.map(({ task, title, line, reason }) => {
      return `| ${text(stepName({ id: task, title }))} | ${line} | left alone | ${text(reason)} |`;
    }),
  ];
  return `## Boxes\n\n| Task | Line | Box | Why |\n|---|---:|---|---|\n${rows.join("\n")}`;
}

function notices(report: Report): string {
  return report.notices.length === 0
    ? ""
    : `## Notices\n\n${report.notices.map((notice) => `- ${text(notice)}`).join("\n")}`;
}

function duration(milliseconds: number | null): string {
  return milliseconds === null ? "unknown" : formatDuration(milliseconds);
}

/** Escaped so that neither Markdown nor HTML nor what sets formulas interprets anything of it, also not as the start of a list item. */
function text(value: string): string {
  return oneLine(value)
    .replace(/[\\`*_{}[\]<>#|~&$]/g, (char) => (char === "<" ? "&lt;" : char === "&" ? "&amp;" : `\\${char}`))
    .replace(/^(\d*)([-+.)])/, "$1\\$2");
}

/** For inside a code span in a table. */
function code(value: string): string {
  return oneLine(value).replace(/[`|]/g, "'");
}

/** Controls, and invisible characters that reorder or hide text (SEC20). */
const UNSAFE = /[\p{Cc}\p{Cf}]/gu;

function oneLine(value: string): string {
  return value.replace(/\s+/g, " ").trim().replace(UNSAFE, "\u00b7");
}
