import { z } from "zod";
import type { ExecutionEvent } from "../../schemas/event.ts";
import { Hook } from "../../schemas/hook.ts";
import type { Redactor } from "../logs/redactor.ts";
import { json } from "../store/columns.ts";
import type { Database } from "../store/database.ts";
import { findExecution } from "../store/executions.ts";
import { queueDelivery } from "../store/hook-deliveries.ts";
import { findPlan } from "../store/plans.ts";
import { concernsHooks, payloadsOf, type HookSubject } from "../workflow/hooks/payloads.ts";

/** What is known of plans is kept for so many of them. */
const PLANS_KEPT = 8;

/**
 * Queues what hooks are to be told, as a table that follows from the events: in the same transaction as the others, and after a crash
 * the store makes up for what is missing. So every occasion is queued once, whenever the worker dies.
 */
export class HookOutbox {
  readonly #redactor: () => Redactor;
  readonly #onQueued: () => void;
  /** By plan id; null: it has no hooks. */
  readonly #plans = new Map<string, Omit<HookSubject, "isSimulated"> | null>();

  /** `onQueued` is called inside the transaction. */
  constructor(redactor: () => Redactor, onQueued: () => void) {
    this.#redactor = redactor;
    this.#onQueued = onQueued;
  }

  /** To be called with events whose other tables are up to date. */
  project(database: Database, executionId: string, events: readonly ExecutionEvent[]): void {
    if (!events.some(concernsHooks)) return;
    const execution = findExecution(database, executionId);
    const plan = execution && this.#planOf(database, execution.planId);
    if (!plan) return;
    const subject = { ...plan, isSimulated: execution.simulated };
    const redactor = this.#redactor();
    let hasQueued = false;
    for (const event of events) {
      for (const payload of payloadsOf(event, subject)) {
        const { title, message, data } = payload;
        queueDelivery(database, { ...payload, ...redactor.json({ title, message, data }) }, event.seq);
        hasQueued = true;
      }
    }
    if (hasQueued) this.#onQueued();
  }

  #planOf(database: Database, planId: string): Omit<HookSubject, "isSimulated"> | null {
    const known = this.#plans.get(planId);
    if (known !== undefined) return known;
    const found = hasHooks(database, planId) ? subjectOf(database, planId) : null;
    for (const oldest of [...this.#plans.keys()].slice(0, Math.max(0, this.#plans.size - PLANS_KEPT + 1)))
      this.#plans.delete(oldest);
    this.#plans.set(planId, found);
    return found;
  }
}

/** Without reading the steps, which may be thousands. */
function hasHooks(database: Database, planId: string): boolean {
  const hooks = database.first(
    "SELECT coalesce(json_extract(plan, '$.hooks'), '[]') AS hooks FROM plans WHERE id = ?",
    [planId],
    (row) => z.array(Hook).parse(json(row, "hooks")),
  );
  return hooks !== null && hooks.length > 0;
}

function subjectOf(database: Database, planId: string): Omit<HookSubject, "isSimulated"> | null {
  const plan = findPlan(database, planId);
  if (!plan) return null;
  const steps = new Map(plan.steps.map(({ id, title, simulated }) => [id, { title, simulated }]));
  return { title: plan.title, currency: plan.currency, hooks: plan.hooks, step: (id) => steps.get(id) ?? null };
}
