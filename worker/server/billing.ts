import type { BilledAmounts, BillingSource } from "../../schemas/budget.ts";
import { FailureError, throwFailure } from "../../schemas/failure.ts";
import { exchanged, toMicros } from "../../schemas/money.ts";
import type { ResultOf } from "../../schemas/operations/table.ts";
import { canonicalJson } from "../plan/canonical-json.ts";
import { sha256 } from "../plan/hash.ts";
import { ratesInto, type PolicySet } from "../plan/policies.ts";
import { insertBilledAmount, isBilled, isSimulatedStep, type BilledEntry } from "../store/billing.ts";
import type { Database } from "../store/database.ts";
import { findExecution } from "../store/executions.ts";
import { askForBills } from "./billing-source.ts";
import { readBudget } from "./budget-file.ts";
import type { Workspace } from "./workspace.ts";

type BilledAmount = BilledAmounts[number];

/**
 * Asks the billing source and books what is new (catalogue E6). What it starts or asks must have been accepted by the person: `accept`
 * is the hash of what they were shown. Throws `not_approved` with that hash in its details until then.
 */
export async function bill(workspace: Workspace, accept: string | null): Promise<ResultOf<"budget.bill">> {
  const { set, billing, problems } = await readBudget(workspace.folder);
  const [problem] = problems;
  if (problem) throw new FailureError(problem);
  if (billing === null)
    throwFailure(
      "not_found",
      "there is no billing source: name a `command` or a `url` under `billing` in .planwright/budget.json",
    );
  await requireAccepted(workspace, billing, accept);
  const { amounts, refused: unread } = await askForBills(workspace, billing);
  const { database, executions } = await workspace.record();
  const refused = [...unread];
  const billed = new Set<string>();
  let [booked, known] = [0, 0];
  const bookedAt = workspace.options.clock.wall().toISOString();
  database.transaction(() => {
    for (const amount of amounts) {
      if (isBilled(database, amount.id)) {
        known += 1;
        continue;
      }
      const entry = entryOf(database, set, amount, bookedAt);
      if (typeof entry === "string") {
        refused.push(`${amount.id}: ${entry}`);
        continue;
      }
      insertBilledAmount(database, entry.entry, entry.endedAt);
      billed.add(amount.executionId);
      booked += 1;
    }
  });
  await database.durable();
  await executions.book.billed(billed);
  workspace.changed();
  return { booked, known, refused };
}

async function requireAccepted(workspace: Workspace, source: BillingSource, accept: string | null): Promise<void> {
  const hash = sha256([`billing ${canonicalJson(source)}`]);
  if (await workspace.approvals.isAccepted(hash)) return;
  if (accept === hash) return workspace.approvals.accept(hash);
  const what = source.url ?? (source.command ?? []).map((word) => JSON.stringify(word)).join(" ");
  const does = source.url === undefined ? "runs" : "asks";
  throwFailure(
    "not_approved",
    `the billing source ${does} ${what}, which nobody has accepted on this machine: planwright budget --bill asks you`,
    {
      details: { hash, does, what },
    },
  );
}

/** What is booked, or why it is not. */
function entryOf(
  database: Database,
  set: PolicySet,
  said: BilledAmount,
  bookedAt: string,
): { readonly entry: BilledEntry; readonly endedAt: string } | string {
  const { id, executionId, stepId, service, amount, currency } = said;
  const execution = findExecution(database, executionId);
  if (!execution) return `there is no execution "${executionId}"`;
  if (execution.completedAt === null) return `execution ${executionId} has not ended: ask again when it has`;
  const isSimulated = stepId === null ? false : isSimulatedStep(database, executionId, stepId);
  if (isSimulated === null) return `execution ${executionId} has no step "${stepId ?? ""}"`;
  if (isSimulated) return `step "${stepId ?? ""}" was simulated and cost nothing`;
  const original = { amount: toMicros(amount) ?? 0, currency };
  const micros = exchanged(original.amount, currency, execution.currency, ratesInto(set, execution.currency), "up");
  if (micros === null)
    return `there is no rate between ${currency} and ${execution.currency} in .planwright/budget.json`;
  const entry = { id, executionId, stepId, service, amount: micros, currency: execution.currency, bookedAt };
  return {
    entry: { ...entry, original: currency === execution.currency ? null : original },
    endedAt: execution.completedAt,
  };
}
