import type { BudgetView, BudgetWindow, EstimateAccuracy, LimitStanding, SpentLine } from "../../../schemas/budget.ts";
import { formatAmount, fromMicros, toMicros } from "../../../schemas/money.ts";
import type { Terminal } from "../terminal.ts";
import { clip, plain, table } from "./text.ts";
import { windowText } from "./window-text.ts";

/** Limits, what was spent by what, and how good estimates were (catalogue E1-E5), for people. */
export function budgetText(view: BudgetView, days: number, terminal: Terminal): string {
  const range = `the last ${days === 1 ? "day" : `${days} days`}`;
  const nothing = view.byService.length === 0 ? `Nothing was spent in ${range}.` : "";
  const blocks = [
    limits(view, terminal),
    nothing,
    breakdown(`By service, in ${range}`, view.byService, terminal),
    breakdown("By agent", view.byAgent, terminal),
    breakdown("By execution", view.byExecution.slice(0, SHOWN), terminal, view.byExecution.length),
    breakdown("By day", view.byDay.slice(-SHOWN), terminal, view.byDay.length),
    accuracy(view.accuracy, terminal),
    approvals(view, terminal),
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

/** Lines of a breakdown that may be long. */
const SHOWN = 14;

function heading(text: string, terminal: Terminal): string {
  return terminal.style("bold", text);
}

function limits({ limits: all, problems }: BudgetView, terminal: Terminal): string {
  if (all.length === 0) {
    const hint = "No limits. A budget in a spec's front matter is one, or a policy in .planwright/budget.json.";
    return problems.length > 0 ? "" : hint;
  }
  return [heading("Limits", terminal), ...all.map((limit) => limitLines(limit, terminal))].join("\n");
}

function limitLines(limit: LimitStanding, terminal: Terminal): string {
  const { label, executionId, window, mode, environment, currency } = limit;
  const of = sum(limit.limit, limit.allowed);
  const used = sum(limit.spent, limit.reserved);
  const share = of > 0 ? used / of : used > 0 ? 1 : 0;
  const terms = [
    windowText(window),
    mode,
    ...(environment === null ? [] : [`environment ${plain(environment)}`]),
    ...(executionId === null ? [] : [executionId]),
  ];
  const told = {
    below: "",
    threshold: terminal.style("yellow", "  warned"),
    limit: terminal.style("red", "  used up"),
  };
  const amount = (value: number): string => formatAmount(value, currency);
  const facts = [
    `${amount(limit.spent)} spent of ${amount(of)}${limit.allowed > 0 ? `, ${amount(limit.allowed)} of it allowed by people` : ""}`,
    ...(limit.reserved > 0 ? [`${amount(limit.reserved)} reserved`] : []),
    `forecast ${forecastText(limit.forecast, currency)}`,
    ...(limit.frees === null || (window.kind === "rolling" && limit.spent === 0)
      ? []
      : [freesText(limit.frees, window)]),
  ];
  return [
    `  ${bar(share)} ${percent(share).padStart(4)}  ${plain(label)}${told[limit.level]}  ${terminal.style("dim", terms.join(", "))}`,
    `             ${facts.join("; ")}`,
  ].join("\n");
}

function forecastText(value: number | null, currency: string): string {
  return value === null ? "unknown, because a step has no estimate" : formatAmount(value, currency);
}

function freesText(at: string, window: BudgetWindow): string {
  const local = new Date(at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
  return window.kind === "rolling" ? `some of it counts no more from ${local}` : `begins anew on ${local}`;
}

/** Floating point would show a millionth too much. */
function sum(one: number, other: number): number {
  return fromMicros((toMicros(one) ?? 0) + (toMicros(other) ?? 0));
}

const CELLS = 10;

function bar(share: number): string {
  // Something that is used shows, and full is full.
  const cells = share >= 1 ? CELLS : Math.min(CELLS - 1, Math.ceil(share * CELLS));
  return "█".repeat(cells) + "░".repeat(CELLS - cells);
}

/** Rounded down, so that nothing looks used up before it is. */
function percent(share: number): string {
  return `${Math.floor(share * 100 + 1e-9)} %`;
}

function breakdown(title: string, lines: readonly SpentLine[], terminal: Terminal, all = lines.length): string {
  if (lines.length === 0) return "";
  const largest = new Map<string, number>();
  for (const { currency, amount } of lines) largest.set(currency, Math.max(amount, largest.get(currency) ?? 0));
  const rows = lines.map(({ name, amount, currency, certainty, unknown, held }) => [
    clip(plain(name), 40),
    formatAmount(amount, currency),
    bar(amount / (largest.get(currency) || 1)),
    [
      certainty,
      ...(unknown > 0 ? [`${unknown} ${unknown === 1 ? "cost" : "costs"} unknown`] : []),
      ...(held > 0 ? [`${formatAmount(held, currency)} kept for what is unknown, which limits count`] : []),
    ].join(", "),
  ]);
  const more =
    all > lines.length ? `\n  ${terminal.style("dim", `and ${all - lines.length} more: --json has all`)}` : "";
  return `${heading(title, terminal)}\n${table(rows)}${more}`;
}

function accuracy(lines: readonly EstimateAccuracy[], terminal: Terminal): string {
  if (lines.length === 0) return "";
  const texts = lines.map(({ attempts, currency, estimated, actual, medianRatio, withinTenth }) => {
    const ratio = medianRatio === null ? "" : `; half of them cost at most ${shareText(medianRatio)} of their estimate`;
    const within = withinTenth === null ? "" : `, ${percent(withinTenth)} stayed within a tenth above it or below`;
    const runs = `${attempts} ${attempts === 1 ? "run" : "runs"}`;
    return `  ${runs}: ${formatAmount(estimated, currency)} estimated, ${formatAmount(actual, currency)} measured${ratio}${within}`;
  });
  return [heading("Estimates", terminal), ...texts].join("\n");
}

/** With as many digits as it takes to say something. */
function shareText(ratio: number): string {
  const share = ratio * 100;
  return `${share >= 10 || share === 0 ? Math.round(share) : Number(share.toPrecision(1))} %`;
}

function approvals({ approvals: all }: BudgetView, terminal: Terminal): string {
  if (all.length === 0) return "";
  const rows = all
    .slice(0, SHOWN)
    .map(({ at, by, amount, currency, label, title, executionId }) => [
      at.replace("T", " ").slice(0, 16),
      plain(by),
      amount === 0 ? "go ahead" : `+${formatAmount(amount, currency)}`,
      `${plain(label)}, for "${clip(plain(title), 40)}" of ${executionId}`,
    ]);
  return `${heading("Allowed by people (UTC)", terminal)}\n${table(rows)}`;
}
