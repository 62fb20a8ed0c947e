import type { BudgetPolicy, LimitStanding } from "../../../schemas/budget.ts";
import { formatDuration } from "../../../schemas/duration.ts";
import { limitKey, limitLabel } from "../../../schemas/limit-label.ts";
import { formatAmount, fromMicros, toMicros } from "../../../schemas/money.ts";
import type { Plan } from "../../../schemas/plan.ts";
import type { BudgetMode } from "../../../schemas/spec.ts";
import { plain, table } from "./text.ts";
import { windowText } from "./window-text.ts";

/** The policies of a plan, which whoever approves it approves with it (catalogue E1), and what is left of them now. */
export function policiesText({ policies, rates, currency }: Plan, standings: readonly LimitStanding[]): string {
  const left = new Map(standings.map((standing) => [standing.key, leftText(standing)]));
  if (policies.length === 0) return "";
  const rows = policies.flatMap((policy) =>
    policy.limits.map(({ scope, amount }, index) => [
      plain(limitLabel(policy.id, scope)),
      formatAmount(amount, policy.currency),
      windowText(policy.window),
      left.get(limitKey(policy.id, scope)) ?? "",
      index === 0 ? terms(policy) : "",
    ]),
  );
  const used = new Set(policies.map((policy) => policy.currency));
  const said = Object.entries(rates)
    .filter(([name]) => used.has(name))
    .map(([name, rate]) => `1 ${name} is ${formatAmount(rate / 1_000_000, currency)}`);
  return [`Limits:`, table(rows), ...(said.length === 0 ? [] : [`  ${said.join(", ")}`])].join("\n");
}

function leftText({ limit, allowed, spent, reserved, currency }: LimitStanding): string {
  const micros = (amount: number): number => toMicros(amount) ?? 0;
  const left = micros(limit) + micros(allowed) - micros(spent) - micros(reserved);
  return left < 0
    ? `passed by ${formatAmount(fromMicros(-left), currency)}`
    : `${formatAmount(fromMicros(left), currency)} left`;
}

const MODES: Record<BudgetMode, string> = {
  warn: "you are told",
  enforce: "nothing more is started, and what passes it is stopped",
  approve: "you are asked",
};

function terms({ mode, approvalRequired, wait, environment }: BudgetPolicy): string {
  return [
    MODES[mode],
    ...(approvalRequired ? ["you are asked before the first step"] : []),
    ...(mode === "enforce" && wait > 0 ? [`a step waits up to ${formatDuration(wait)} for the time to move on`] : []),
    ...(environment === null ? [] : [`environment ${plain(environment)}`]),
  ].join(", ");
}
