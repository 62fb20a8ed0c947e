import type { EngineLimit } from "../../schemas/budget.ts";
import { limitKey, limitLabel } from "../../schemas/limit-label.ts";
import { exchanged, toMicros } from "../../schemas/money.ts";
import type { Plan } from "../../schemas/plan.ts";

/** The limits of a plan's policies as the engine checks them, in the plan's currency. What has no rate is left out: such a plan has an error. */
export function engineLimitsOf({
  policies,
  rates,
  currency,
}: Pick<Plan, "policies" | "rates" | "currency">): EngineLimit[] {
  return policies.flatMap((policy) =>
    policy.limits.flatMap(({ scope, amount }, index): EngineLimit[] => {
      const limit = exchanged(toMicros(amount) ?? 0, policy.currency, currency, rates, "down");
      if (limit === null) return [];
      const { window, environment, mode, wait } = policy;
      const shared = { window, environment, mode, wait };
      return [
        {
          key: limitKey(policy.id, scope),
          label: limitLabel(policy.id, scope),
          scope,
          ...shared,
          limit,
          warnAt: Math.floor(limit * policy.warningThreshold),
          // People are asked once a policy, about its total.
          approvalRequired: policy.approvalRequired && index === 0,
        },
      ];
    }),
  );
}
