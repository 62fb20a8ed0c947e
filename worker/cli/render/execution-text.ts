import type { Decision, DecisionChoice } from "../../../schemas/decision.ts";
import { formatDuration } from "../../../schemas/duration.ts";
import type { ExecutionView } from "../../../schemas/execution.ts";
import type { Failure } from "../../../schemas/failure.ts";
import { formatAmount } from "../../../schemas/money.ts";
import type { CommandContext } from "../context.ts";
import type { Terminal } from "../terminal.ts";
import { plain } from "./text.ts";

/** The last words on an execution, or what it waits for. */
export function summary(execution: ExecutionView, { terminal }: Pick<CommandContext, "terminal">): string {
  const { progress, costs, status } = execution;
  const colour = status === "completed" ? "green" : status === "failed" ? "red" : "yellow";
  const limit = costs.limit === null ? "" : ` of ${formatAmount(costs.limit, costs.currency)}`;
  const certainty = costs.total === null ? "" : `, ${costs.certainty}`;
  const counts = [`${progress.completed} of ${progress.total} completed`];
  if (progress.failed > 0) counts.push(`${progress.failed} failed`);
  if (progress.skipped > 0) counts.push(`${progress.skipped} not run`);
  const why = execution.failure ? `\n  ${failureText(execution.failure)}` : "";
  const simulated = execution.simulated ? "\n  Some steps were simulated: they did no real work." : "";
  return [
    `${terminal.style(colour, status)}: ${plain(execution.title)}${why}${simulated}`,
    `  ${counts.join(", ")} in ${formatDuration(progress.elapsed)}; cost ${formatAmount(costs.total, costs.currency)}${limit}${certainty}`,
    ...outlook(execution),
    ...execution.notices.map((notice) => `  ${terminal.style("yellow", "!")} ${plain(notice)}`),
    ...progress.decisions.map((decision) => `\n${decisionText(decision, terminal)}`),
    ...nextSteps(execution),
  ].join("\n");
}

/** When and at what cost the end is expected, while it is not over. */
function outlook({ progress, costs, completedAt }: ExecutionView): string[] {
  if (completedAt !== null) return [];
  const time = progress.remaining === null ? "time left unknown" : `about ${formatDuration(progress.remaining)} left`;
  const cost =
    progress.expectedCost === null
      ? "cost at the end unknown"
      : `${formatAmount(progress.expectedCost, costs.currency)} expected at the end`;
  return [`  ${time}; ${cost}`];
}

function nextSteps({ executionId, status, completedAt, steps }: ExecutionView): string[] {
  if (status === "interrupted" || status === "paused") return [`  planwright resume ${executionId}`];
  if (completedAt === null) return [];
  const hasResult = steps.some(({ result }) => typeof result?.change?.merged === "string");
  return [`  planwright report ${executionId}`, ...(hasResult ? [`  planwright result ${executionId}`] : [])];
}

function failureText({ code, message }: Failure): string {
  return `${plain(message)} [${code}]`;
}

/** A decision that waits: what happened, and how to answer. */
export function decisionText(decision: Decision, terminal: Terminal): string {
  const ways = decision.choices.map((choice) => `  planwright answer ${decision.decisionId} ${choice}${HINT[choice]}`);
  const asked = `${terminal.style("yellow", "?")} ${plain(decision.message)}${allowed(decision)}`;
  return [asked, ...particulars(decision), ...ways].join("\n");
}

const FILES_SHOWN = 20;

/** What a person has to see before they answer: all of what an agent wants to do, or where changes do not fit. */
export function particulars({ request, conflict, message }: Decision): string[] {
  const files = conflict?.files ?? [];
  const more = files.length - FILES_SHOWN;
  const subject = request?.subject ?? null;
  return [
    ...(subject === null || message.includes(subject) ? [] : subject.split("\n").map((line) => `    ${plain(line)}`)),
    ...files.slice(0, FILES_SHOWN).map((file) => `    ${plain(file)}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}

const HINT: Record<DecisionChoice, string> = {
  retry: "   (with changes: --set STEP.key=value, --comment STEP=TEXT)",
  skip: "",
  allow: "   (another amount: --amount N)",
  abort: "",
  allow_once: "",
  allow_session: "   (until the execution ends)",
  allow_always: "   (in this workspace)",
  reject: "",
};

function allowed({ amount, currency }: Decision): string {
  return amount === null ? "" : `; to go on it needs ${formatAmount(amount, currency)} more`;
}
