import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import type { ExecutionEvent } from "../../schemas/event.ts";
import { Hook, HookEvent } from "../../schemas/hook.ts";
import { Redactor } from "../../worker/logs/redactor.ts";
import { HookOutbox } from "../../worker/server/hooks-outbox.ts";
import { HookSender, type Sending } from "../../worker/server/hooks-sender.ts";
import type { Database } from "../../worker/store/database.ts";
import { lastSeq } from "../../worker/store/events.ts";
import { listDeliveries } from "../../worker/store/hook-deliveries.ts";
import { StoreJournal } from "../../worker/store/journal.ts";
import { openDatabase } from "../../worker/store/open-database.ts";
import { savePlan } from "../../worker/store/plans.ts";
import type { TryEnd } from "../../worker/workflow/hooks/delivery-rules.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { planOf } from "../support/planning.ts";
import { inFolder } from "../support/store.ts";
import { worldOf } from "../simulation/random-world.ts";
import { EXECUTION, Simulation } from "../simulation/simulation.ts";

const ALL = Hook.parse({ id: "all", on: HookEvent.options, url: "https://hooks.example/all", maxAttempts: 50 });
const ENDS = Hook.parse({ id: "ends", on: ["success", "failure", "cancelled"], command: ["tell"], maxAttempts: 50 });
const HOOKS = [ALL, ENDS];

/** Of which events a hook for everything is told; written anew from the schema's words, not from the code. */
function isOccasion(event: ExecutionEvent): boolean {
  switch (event.type) {
    case "attempt.finished":
      return event.outcome === "succeeded" && event.artifacts.length + (event.result?.outputs?.length ?? 0) > 0;
    case "budget.level":
      return event.level !== "below";
    case "decision.asked":
    case "decision.answered":
    case "decision.withdrawn":
    case "step.finished":
    case "execution.created":
    case "execution.paused":
    case "execution.resumed":
    case "execution.expired":
    case "execution.interrupted":
    case "execution.finished":
    case "cancel.requested":
    case "steps.reopened":
    case "plan.revised":
    case "review.returned":
      return true;
    default:
      return false;
  }
}

/** What must be queued, as `key event`, in order. */
function expected(events: readonly ExecutionEvent[]): string[] {
  const ends = { completed: "success", failed: "failure", cancelled: "cancelled" } as const;
  return events.filter(isOccasion).flatMap((event) => {
    const end = event.type === "execution.finished" ? ends[event.status] : null;
    return [`${EXECUTION}.${event.seq}.all`, ...(end === null ? [] : [`${EXECUTION}.${event.seq}.ends`])];
  });
}

/** The journal of a random world, in which people, crashes and budgets do what they like. */
function journalOf(seed: number): ExecutionEvent[] {
  const simulation = new Simulation(worldOf(seed), { isThorough: false });
  simulation.run();
  return simulation.events;
}

function newOutbox(onQueued: () => void = () => undefined): HookOutbox {
  return new HookOutbox(() => new Redactor({ values: ["tell-nobody"], patterns: [] }), onQueued);
}

async function opened(folder: string, outbox: HookOutbox): Promise<{ database: Database; journal: StoreJournal }> {
  const further: HookOutbox["project"] = (...what) => outbox.project(...what);
  const database = await openDatabase(join(folder, "a.db"), { further });
  return { database, journal: new StoreJournal(database, further) };
}

function savePlans(database: Database, events: readonly ExecutionEvent[]): void {
  const plan = { ...planOf("# Told to nobody: tell-nobody\n\n- [ ] a\n  - command: x\n"), hooks: HOOKS };
  for (const event of events)
    if (event.type === "execution.created" || event.type === "plan.revised")
      savePlan(database, { ...plan, planId: event.planId }, "");
}

function queued(database: Database): string[] {
  return listDeliveries(database, null, 100_000)
    .map(({ key }) => key)
    .sort();
}

function isPending(database: Database): boolean {
  return listDeliveries(database, null, 100_000).some(({ state }) => state === "pending");
}

/** Into how many pieces a journal is cut, and after which of them the worker dies. */
const cuts = fc.array(fc.record({ size: fc.integer({ min: 1, max: 12 }), dies: fc.integer({ min: 0, max: 4 }) }), {
  minLength: 1,
  maxLength: 12,
});

describe("hooks (F2)", function () {
  this.timeout(120_000);

  it("are queued each occasion once, with the same key, however the journal is cut and whenever the worker dies", () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), cuts, async (seed, pieces) =>
        inFolder(async (folder) => {
          const events = journalOf(seed);
          let { database, journal } = await opened(folder, newOutbox());
          savePlans(database, events);
          for (let at = 0, turn = 0; at < events.length; turn += 1) {
            const { size, dies } = pieces[turn % pieces.length] ?? { size: 1, dies: 1 };
            const piece = events.slice(at, at + size);
            const stored = journal.append(EXECUTION, piece);
            if (dies === 0) {
              // As a process that is killed while it waits for the disk: what it was to acknowledge may or may not be there.
              stored.catch(() => undefined);
              await database.abandon();
              ({ database, journal } = await opened(folder, newOutbox()));
              at = lastSeq(database, EXECUTION);
            } else {
              await stored;
              at += piece.length;
            }
          }
          await database.abandon();
          ({ database } = await opened(folder, newOutbox()));
          assert.deepEqual(queued(database), expected(events).sort());
          const texts = database.all("SELECT payload FROM hook_deliveries", [], (row) => String(row["payload"]));
          assert.ok(texts.every((text) => !text.includes("tell-nobody") && text.includes("[redacted]")));
          await database.close();
        }),
      ),
      { numRuns: 25 },
    ));

  it("are sent all, at least once, in order and with the first answer kept, by workers that die and receivers that fail", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.array(fc.constantFrom("works", "fails", "dies"), { minLength: 1, maxLength: 40 }),
        async (seed, fates) =>
          inFolder(async (folder) => {
            const events = journalOf(seed);
            const clock = new FakeClock();
            const arrivals: string[] = [];
            const answers = new Map<string, number>();
            let turn = 0;
            let { database, journal } = await opened(folder, newOutbox());
            savePlans(database, events);
            await journal.append(EXECUTION, events);
            const wanted = expected(events);
            for (let lives = 0; isPending(database); lives += 1) {
              assert.ok(lives < 2_000, "it does not come to an end");
              let dead = false;
              const sender = new HookSender({
                database,
                clock,
                hookOf: ({ hook }) => Promise.resolve({ hook: hook === "all" ? ALL : ENDS }),
                send: (_, { key }) => {
                  const fate = fates[(turn += 1) % fates.length] ?? "works";
                  if (fate === "fails" && turn % 7 !== 0)
                    return sent({ kind: "failed", problem: "no", after: null, final: false });
                  arrivals.push(key);
                  // It arrived, and the worker dies before it has noted that.
                  dead ||= fate === "dies" && turn % 5 !== 0;
                  if (dead) return lost();
                  if (!answers.has(key)) answers.set(key, turn);
                  return sent({ kind: "delivered", answer: { n: turn } });
                },
                notice: (message) => assert.fail(message),
                onChange: () => undefined,
              });
              sender.poke();
              for (let idle = 0; idle < 3 && !dead; idle += sender.isBusy ? 0 : 1) await clock.advance(1_000);
              await sender.close();
              await database.abandon();
              ({ database, journal } = await opened(folder, newOutbox()));
            }
            const deliveries = listDeliveries(database, null, 100_000);
            assert.deepEqual([...new Set(arrivals)].sort(), [...wanted].sort());
            for (const { key, state, answer } of deliveries) {
              assert.equal(state, "delivered", key);
              assert.deepEqual(answer, { n: answers.get(key) });
            }
            for (const hook of ["all", "ends"]) {
              const order = [...new Set(arrivals.filter((key) => key.endsWith(`.${hook}`)))];
              assert.deepEqual(
                order,
                wanted.filter((key) => key.endsWith(`.${hook}`)),
                "in order",
              );
            }
            await database.close();
          }),
      ),
      { numRuns: 15 },
    ));
});

function sent(end: TryEnd): Sending {
  return { result: Promise.resolve(end), stop: () => undefined };
}

/** One of which the worker hears nothing any more. */
function lost(): Sending {
  const { promise, resolve } = Promise.withResolvers<TryEnd>();
  return { result: promise, stop: () => resolve({ kind: "failed", problem: "stopped", after: null, final: false }) };
}
