import { join } from "node:path";
import { BudgetPolicies, SinglePolicy, type BillingSource, type BudgetFile } from "../../schemas/budget.ts";
import { isDeepStrictEqual } from "node:util";
import { FailureError, throwFailure, type Failure } from "../../schemas/failure.ts";
import { toMicros } from "../../schemas/money.ts";
import { readSettingsFile, type Explanation, type SettingsFormat } from "../agents/settings-file.ts";
import type { Plan } from "../../schemas/plan.ts";
import { definitionsOf, NO_POLICIES, policiesFor, policySet, type PolicySet } from "../plan/policies.ts";

/** What stands in `.planwright/budget.json` of a folder (catalogue E1). */
export interface FolderBudget {
  /** Nothing of a bad file is used. */
  readonly set: PolicySet;
  readonly billing: BillingSource | null;
  /** Code `bad_budget_file`, each with its place. */
  readonly problems: readonly Failure[];
}

const NONE: FolderBudget = { set: NO_POLICIES, billing: null, problems: [] };

/** Inside the workspace. */
const PATH = ".planwright/budget.json";

/** Reads it anew. Does not reject. */
export async function readBudget(folder: string): Promise<FolderBudget> {
  const read = await readSettingsFile(join(folder, PATH), BUDGET_FORMAT);
  return read === null ? NONE : budgetOf(read.value, read.problems);
}

function budgetOf(file: BudgetFile | null, problems: readonly Failure[]): FolderBudget {
  return file === null ? { ...NONE, problems } : { set: policySet(file), billing: file.billing ?? null, problems };
}

/** How it is read. */
export const BUDGET_FORMAT: SettingsFormat<BudgetFile> = {
  path: PATH,
  code: "bad_budget_file",
  // Whoever has begun a list wants to be told of the list.
  schema: (value) =>
    typeof value === "object" && value !== null && "policies" in value ? BudgetPolicies : SinglePolicy,
  check: (file) => [...checkIds(file), ...checkCurrencies(file), ...checkBilling(file)],
};

/**
 * Throws when a plan must not be approved or started for the sake of the file: `bad_budget_file` when it cannot be used, `not_approved`
 * when it says something else than when the plan was made. What runs already goes on as it was approved.
 */
export function refuseBudget(plan: Plan, { set, problems }: FolderBudget): void {
  const [problem] = problems;
  if (problem) throw new FailureError(problem);
  const { policies, rates } = policiesFor(set, plan.context.environment, plan.currency);
  if (isDeepStrictEqual({ policies, rates }, { policies: plan.policies, rates: plan.rates })) return;
  throwFailure(
    "not_approved",
    `${PATH} has changed since plan ${plan.planId} was made: plan ${plan.specPath} again and approve it`,
  );
}

function pathOf(file: BudgetFile, index: number): PropertyKey[] {
  return "policies" in file ? ["policies", index] : [];
}

function checkIds(file: BudgetFile): Explanation[] {
  const definitions = definitionsOf(file);
  return definitions.flatMap(({ id }, index) =>
    definitions.slice(0, index).some((before) => before.id === id)
      ? [
          {
            path: [...pathOf(file, index), "id"],
            message: `"${id}" is used twice: every policy needs an id of its own`,
          },
        ]
      : [],
  );
}

/** Rates are counted in the currency of the first policy, and every other currency of a policy needs one. */
function checkCurrencies(file: BudgetFile): Explanation[] {
  const definitions = definitionsOf(file);
  const base = definitions[0]?.limits.currency ?? "USD";
  const found: Explanation[] = [];
  for (const [currency, rate] of Object.entries(file.rates)) {
    if (currency === base)
      found.push({ path: ["rates", currency], message: `rates count in ${base}, the currency of the first policy` });
    else if ((toMicros(Number(rate)) ?? 0) === 0)
      found.push({ path: ["rates", currency], message: "a number above 0 is needed" });
  }
  definitions.forEach(({ limits: { currency } }, index) => {
    if (currency === base || Object.hasOwn(file.rates, currency)) return;
    const message = `${currency} has no rate: write what 1 ${currency} is worth in ${base} into \`rates\`, or use ${base}`;
    found.push({ path: [...pathOf(file, index), "limits", "currency"], message });
  });
  return found;
}

function checkBilling({ billing }: BudgetFile): Explanation[] {
  if (billing === undefined || (billing.command === undefined) !== (billing.url === undefined)) return [];
  return [{ path: ["billing"], message: "either `command` or `url` is needed" }];
}
