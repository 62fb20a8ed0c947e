import type { JSX } from "preact";
import type { BudgetLevel, BudgetPolicy, BudgetWindow, LimitScope, LimitStanding } from "../../schemas/budget.ts";
import type { Decision } from "../../schemas/decision.ts";
import { limitKey, rollingLength } from "../../schemas/limit-label.ts";
import { fromMicros, toMicros } from "../../schemas/money.ts";
import type { Plan } from "../../schemas/plan.ts";
import { State } from "../parts/icon.tsx";
import type { StateLook } from "../parts/step-state.ts";
import { money, oneLine, t } from "../text.ts";
import type { PlanPage } from "./plan-page.ts";

const SHOWN = 4;

/** The limits of the policies that hold for the plan, each with what is left of it now. */
export function Limits({ page, plan }: { page: PlanPage; plan: Plan }): JSX.Element | null {
  const limits = limitsOf(plan, page.shown.value?.executionId ?? null, page.workspace.value?.limits ?? []);
  if (limits.length === 0) return null;
  const shown = limits.slice(0, SHOWN);
  return (
    <div class="figure limits">
      <div class="figure-label">{t("Limits of the folder")}</div>
      <ul class="lines">
        {shown.map(({ key, name, level, left, of, currency, window }) => (
          <li key={key}>
            <span class="limit-name">{name}</span>
            {level !== "below" && <State look={levelLook(level)} />}
            <span class="figure-value">
              {left === null ? money(of, currency) : t("{0} of {1} left", money(left, currency), money(of, currency))}
            </span>{" "}
            <span class="muted">{windowWord(window)}</span>
          </li>
        ))}
      </ul>
      <button
        type="button"
        class="link"
        onClick={() => {
          page.host.tell({ type: "open-budget" });
        }}
      >
        {limits.length > SHOWN ? t("and {0} more in the budget view", limits.length - SHOWN) : t("Show the budget")}
      </button>
    </div>
  );
}

/** What a decision of the kind `budget` is about, with what is used of it; null: its limit is not known here. */
export function AskedLimit({ page, decision }: { page: PlanPage; decision: Decision }): JSX.Element | null {
  const standing = (page.workspace.value?.limits ?? []).find(
    ({ key, policy, executionId }) =>
      (decision.limit === null ? policy === null : key === decision.limit) &&
      (executionId === null || executionId === decision.executionId),
  );
  if (standing === undefined) return null;
  const { spent, reserved, allowed, limit, currency, policy, scope, window } = standing;
  const parts = [
    t("{0} spent", money(spent, currency)),
    reserved > 0 ? t("{0} reserved", money(reserved, currency)) : "",
    allowed > 0
      ? t("limit {0}, raised by {1} so far", money(limit, currency), money(allowed, currency))
      : t("limit {0}", money(limit, currency)),
  ];
  const name = policy === null ? t("Budget of the specification") : nameOf(policy, scope);
  return (
    <div class="muted">
      {t("{0} ({1}): {2}", name, windowWord(window), parts.filter((part) => part !== "").join(", "))}
    </div>
  );
}

/** What a policy limits, in a line, for the person who approves a plan. */
export function policyLines({ id, currency, window, limits, mode }: BudgetPolicy): string[] {
  return limits.map(({ scope, amount }) =>
    t("{0}: {1} {2}, {3}", nameOf(id, scope), money(amount, currency), windowWord(window), modeWord(mode)),
  );
}

interface ShownLimit {
  readonly key: string;
  readonly name: string;
  readonly level: BudgetLevel;
  /** Null: nobody has told yet. */
  readonly left: number | null;
  /** The limit with what people have allowed above it. */
  readonly of: number;
  readonly currency: string;
  readonly window: BudgetWindow;
}

/** What is left least of first. */
function limitsOf({ policies }: Plan, executionId: string | null, standings: readonly LimitStanding[]): ShownLimit[] {
  const limits = policies.flatMap(({ id, currency, window, limits: all }) =>
    all.map(({ scope, amount }): ShownLimit => {
      const key = limitKey(id, scope);
      const standing = standings.find(
        (one) => one.key === key && (one.executionId === null || one.executionId === executionId),
      );
      const name = nameOf(id, scope);
      if (standing === undefined) return { key, name, level: "below", left: null, of: amount, currency, window };
      const of = sum(standing.limit, standing.allowed);
      const left = Math.max(
        0,
        fromMicros((toMicros(of) ?? 0) - (toMicros(sum(standing.spent, standing.reserved)) ?? 0)),
      );
      return { key, name, level: standing.level, left, of, currency: standing.currency, window };
    }),
  );
  return limits.toSorted((one, other) => shareLeft(one) - shareLeft(other));
}

function shareLeft({ left, of }: ShownLimit): number {
  return left === null || of === 0 ? 1 : left / of;
}

/** Exact: floating point would show a millionth too much. */
function sum(one: number, other: number): number {
  return fromMicros((toMicros(one) ?? 0) + (toMicros(other) ?? 0));
}

function nameOf(policy: string, scope: LimitScope): string {
  switch (scope.kind) {
    case "total":
      return oneLine(policy);
    case "service":
      return t("{0}: {1}", oneLine(policy), oneLine(scope.service));
    case "other":
      return t("{0}: {1}", oneLine(policy), t("other services"));
    case "agent":
      return t("{0}: {1}", oneLine(policy), t("agent {0}", oneLine(scope.agent)));
  }
}

function windowWord(window: BudgetWindow): string {
  switch (window.kind) {
    case "execution":
      return t("each execution");
    case "rolling":
      return t("last {0}", rollingLength(window.length));
    case "calendar":
      return { day: t("today"), week: t("this week"), month: t("this month") }[window.unit];
  }
}

function levelLook(level: Exclude<BudgetLevel, "below">): StateLook {
  return level === "limit"
    ? { icon: "error", glyph: "", word: t("used up"), kind: "failed" }
    : { icon: "warning", glyph: "", word: t("warned"), kind: "waiting" };
}

function modeWord(mode: BudgetPolicy["mode"]): string {
  switch (mode) {
    case "warn":
      return t("you are told at the limit");
    case "enforce":
      return t("nothing more is started at the limit");
    case "approve":
      return t("you are asked at the limit");
  }
}
