import type { LimitStanding } from "../../schemas/budget.ts";
import type { Decision, DecisionKind } from "../../schemas/decision.ts";
import { formatDuration } from "../../schemas/duration.ts";
import { formatAmount } from "../../schemas/money.ts";
import type { ExecutionSummary } from "../../schemas/execution.ts";
import type { PlanSummary } from "../../schemas/plan.ts";
import { limitName, usedText, windowWord } from "../budget-words.ts";
import { plain } from "../plain-text.ts";
import { ago, long, moment, short } from "./figures.ts";
import { joined, lines, spokenOf, type Entry, type Icon, type Localizer, type Row } from "./row.ts";

/** Where something waits: `name` tells folders apart where there are several, else it is null. */
export interface InboxFolder {
  /** URI of the workspace folder. */
  readonly folder: string;
  readonly name: string | null;
}

/** What waits for a person, and since when. */
export interface Waiting {
  readonly since: string;
  readonly entry: Entry;
}

/** What a decision is about. */
export interface Asking {
  /** Title of its execution; null: it is not known. */
  readonly execution: string | null;
  /** The limit that may be raised; null: none is, or it is not known. */
  readonly limit: LimitStanding | null;
}

export function decisionWaiting(
  { folder, name }: InboxFolder,
  decision: Decision,
  asking: Asking,
  l10n: Localizer,
): Waiting {
  const { decisionId, executionId, stepId } = decision;
  return {
    since: decision.askedAt,
    entry: {
      id: `${folder}|decision|${decisionId}`,
      target: { folder, executionId, stepId, decision },
      draw: (now) => decisionRow(decision, asking, name, now, l10n),
    },
  };
}

function decisionRow(
  decision: Decision,
  { execution, limit }: Asking,
  folder: string | null,
  now: number,
  l10n: Localizer,
): Row {
  const title = short(plain(decision.title));
  const what = kindWord(decision.kind, l10n);
  const age = ago(decision.askedAt, now, l10n);
  const where = joined(execution === null ? null : short(plain(execution)), folder === null ? null : plain(folder));
  const amount = decision.amount === null ? null : formatAmount(decision.amount, decision.currency);
  const raised = limit === null ? null : limitName(limit, l10n);
  return {
    label: title,
    description: joined(what, amount, raised, age, where),
    icon: kindIcon(decision.kind),
    tooltip: lines(
      long(plain(decision.title)),
      joined(what, amount === null ? null : l10n.t("asks for {0}", amount)),
      long(decision.message.split("\n").map(plain).join("\n")),
      ...requestLines(decision, l10n),
      ...(limit === null ? [] : limitLines(limit, l10n)),
      where,
      l10n.t("Asked: {0}", moment(decision.askedAt)),
    ),
    context: ["decision", decision.kind],
    children: "none",
    spoken: spokenOf(l10n.t("Decision about {0}", title), what, amount, raised, plain(decision.message), age, where),
    command: "planwright.answer",
    changes: "each minute",
  };
}

/** What is used of the limit, and what it was raised by so far. */
function limitLines(limit: LimitStanding, l10n: Localizer): string[] {
  const { allowed, currency } = limit;
  const used = joined(limitName(limit, l10n), usedText(limit, l10n), windowWord(limit.window, l10n));
  return allowed === 0 ? [used] : [used, l10n.t("Allowed above it: {0}", formatAmount(allowed, currency))];
}

const FILES_SHOWN = 10;

/** All of what an agent wants to do, or where changes do not fit. */
function requestLines({ request, conflict, message }: Decision, l10n: Localizer): string[] {
  const subject = request?.subject ?? null;
  const files = conflict?.files ?? [];
  const more = files.length - FILES_SHOWN;
  return [
    ...(subject === null || message.includes(subject) ? [] : [long(subject.split("\n").map(plain).join("\n"))]),
    ...files.slice(0, FILES_SHOWN).map((file) => long(plain(file))),
    ...(more > 0 ? [l10n.t("and {0} more", more)] : []),
  ];
}

function kindWord(kind: DecisionKind, l10n: Localizer): string {
  switch (kind) {
    case "step_failed":
      return l10n.t("step failed");
    case "agent_unavailable":
      return l10n.t("agent not available");
    case "interrupted":
      return l10n.t("step was interrupted");
    case "budget":
      return l10n.t("over the budget");
    case "permission":
      return l10n.t("agent asks for permission");
    case "conflict":
      return l10n.t("changes do not fit");
    // A kind that a newer worker has shows its own name.
    default:
      return plain(String(kind));
  }
}

function kindIcon(kind: DecisionKind): Icon {
  switch (kind) {
    case "step_failed":
      return { id: "error", color: "planwright.failed" };
    case "agent_unavailable":
      return { id: "robot", color: "planwright.waiting" };
    case "interrupted":
      return { id: "debug-disconnect", color: "planwright.waiting" };
    case "budget":
      return { id: "credit-card", color: "planwright.waiting" };
    case "permission":
      return { id: "shield", color: "planwright.waiting" };
    case "conflict":
      return { id: "git-merge", color: "planwright.failed" };
    default:
      return { id: "question", color: "planwright.waiting" };
  }
}

/** What an execution has made, which waits to be accepted. */
export function resultWaiting({ folder, name }: InboxFolder, execution: ExecutionSummary, l10n: Localizer): Waiting {
  const { executionId, planId, specPath } = execution;
  const since = execution.completedAt ?? execution.startedAt;
  const title = short(plain(execution.title));
  const what = l10n.t("changes to accept");
  const where = name === null ? null : plain(name);
  return {
    since,
    entry: {
      id: `${folder}|result|${executionId}`,
      target: { folder, executionId, planId, specPath },
      draw: (now) => ({
        label: title,
        description: joined(what, ago(since, now, l10n), where),
        icon: { id: "git-pull-request", color: "planwright.waiting" },
        tooltip: lines(
          long(plain(execution.title)),
          what,
          long(plain(specPath)),
          where,
          l10n.t("Ended: {0}", moment(since)),
        ),
        context: ["result", "changes", "acceptable"],
        children: "none",
        spoken: spokenOf(l10n.t("Result of {0}", title), what, ago(since, now, l10n), where),
        command: "planwright.acceptResult",
        changes: "each minute",
      }),
    },
  };
}

/** A plan that waits for approval. */
export function planWaiting({ folder, name }: InboxFolder, plan: PlanSummary, l10n: Localizer): Waiting {
  const { planId, specPath } = plan;
  return {
    since: plan.createdAt,
    entry: {
      id: `${folder}|plan|${planId}`,
      target: { folder, planId, specPath },
      draw: (now) => planRow(plan, name, now, l10n),
    },
  };
}

function planRow(plan: PlanSummary, folder: string | null, now: number, l10n: Localizer): Row {
  const title = short(plain(plan.title));
  const what = l10n.t("plan to approve");
  const steps = plan.steps === 1 ? l10n.t("1 step") : l10n.t("{0} steps", plan.steps);
  const cost =
    plan.estimatedCost === null
      ? l10n.t("cost unknown")
      : l10n.t("about {0}", formatAmount(plan.estimatedCost, plan.currency));
  const time = plan.estimatedDuration === null ? null : l10n.t("about {0}", formatDuration(plan.estimatedDuration));
  const age = ago(plan.createdAt, now, l10n);
  const where = folder === null ? null : plain(folder);
  return {
    label: title,
    description: joined(what, steps, cost, age, where),
    icon: { id: "checklist", color: "planwright.ready" },
    tooltip: lines(
      long(plain(plan.title)),
      what,
      joined(steps, cost, time),
      long(plain(plan.specPath)),
      where,
      l10n.t("Planned: {0}", moment(plan.createdAt)),
    ),
    context: ["plan"],
    children: "none",
    spoken: spokenOf(l10n.t("Plan {0}", title), what, steps, cost, time, age, where),
    command: "planwright.openPlan",
    changes: "each minute",
  };
}
