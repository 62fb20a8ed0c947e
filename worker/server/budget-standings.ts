import type { EngineLimit, LimitStanding } from "../../schemas/budget.ts";
import { exchanged, fromMicros, type Micros } from "../../schemas/money.ts";
import { levelOf, SPEC_LIMIT, standingsOf, type Standing } from "../engine/limits.ts";
import type { ExecutionState, StepState } from "../engine/state.ts";
import { counts } from "../engine/usage.ts";
import { ratesInto, type PolicySet } from "../plan/policies.ts";
import { engineLimitsOf } from "../run/engine-limits.ts";
import type { Money, PolicyBook } from "../run/policy-book.ts";
import type { WorkspaceRecord } from "./workspace.ts";

/** A limit of the file, with what its amounts are counted in. */
interface FileLimit {
  readonly limit: EngineLimit;
  readonly policy: string;
  readonly money: Money;
}

/**
 * How far all limits of a folder are used up, the most first: the policies of the file with a window of time, and what counts each
 * execution by itself for each that runs. `record` is null where nothing has run yet.
 */
export async function budgetStandings(set: PolicySet, record: WorkspaceRecord | null): Promise<LimitStanding[]> {
  const limits = set.policies.flatMap((policy): FileLimit[] => {
    const money = { currency: policy.currency, rates: ratesInto(set, policy.currency) };
    return engineLimitsOf({ policies: [policy], ...money }).map((limit) => ({ limit, policy: policy.id, money }));
  });
  const running = record ? await runningLimits(record) : [];
  await record?.executions.book.cover(limits.map(({ limit }) => limit));
  const windows = limits.map((one) => {
    if (one.limit.window.kind !== "execution") return windowStanding(one, record?.executions.book ?? null, running);
    const isShown = running.some(({ standings }) => standings.some(({ key }) => key === one.limit.key));
    return isShown ? null : windowStanding(one, null, []);
  });
  const all = [...windows.filter((standing) => standing !== null), ...running.flatMap(({ standings }) => standings)];
  return all.sort((a, b) => usedShare(b) - usedShare(a));
}

/** An execution that runs, as far as money is concerned. */
interface Running {
  readonly standings: readonly LimitStanding[];
  readonly environment: string | null;
  readonly currency: string;
  /** What is left of it may cost, by service and agent; null: not known. */
  readonly expected: readonly { readonly service: string; readonly agent: string; readonly amount: Micros | null }[];
}

async function runningLimits({ executions }: WorkspaceRecord): Promise<Running[]> {
  const live = executions.running.flatMap((id) => executions.live(id) ?? []);
  const found = await Promise.all(
    live.map((execution) =>
      execution
        .durably((state, t, around) => (state.finished ? null : runningOf(state, standingsOf(state, t, around))))
        // While the record cannot be written, only what is in it is true.
        .catch(() => null),
    ),
  );
  return found.filter((running) => running !== null);
}

function runningOf(state: ExecutionState, standings: readonly Standing[]): Running {
  const { currency, environment } = state.plan;
  const expected = state.steps.flatMap((step) => expectedOf(step));
  const own = standings.filter(({ limit }) => limit.window.kind === "execution");
  return {
    environment,
    currency,
    expected,
    standings: own.map((standing): LimitStanding => {
      const { limit, of, settled, reserved } = standing;
      const left = sumOf(limit, expected);
      return {
        ...shownOf(limit),
        policy: limit.key === SPEC_LIMIT ? null : (limit.key.split("/")[0] ?? null),
        executionId: state.executionId,
        currency,
        allowed: fromMicros(of - limit.limit),
        spent: fromMicros(settled),
        reserved: fromMicros(reserved),
        forecast: left === null ? null : fromMicros(settled + reserved + left),
        level: levelOf(standing),
        frees: null,
      };
    }),
  };
}

/** What a step that has not ended may cost besides what is reserved for it. */
function expectedOf({ phase, definition }: StepState): Running["expected"] {
  const { service, agent, simulated, skip, cost } = definition;
  if (phase.kind === "ended" || simulated || skip) return [];
  if (phase.kind === "running" && phase.live.granted > 0) return [];
  return [{ service, agent, amount: cost }];
}

function sumOf(limit: EngineLimit, expected: Running["expected"]): Micros | null {
  let sum = 0;
  for (const { service, agent, amount } of expected) {
    if (!counts(limit.scope, service, agent)) continue;
    if (amount === null) return null;
    sum += amount;
  }
  return sum;
}

function windowStanding(
  { limit, policy, money }: FileLimit,
  book: PolicyBook | null,
  running: readonly Running[],
): LimitStanding {
  const { spent, reserved, allowed } = book?.used(limit, money, null) ?? { spent: 0, reserved: 0, allowed: 0 };
  const frees = book?.frees(limit, null) ?? null;
  let forecast: Micros | null = spent + reserved;
  for (const { environment, currency, expected } of running) {
    if (limit.environment !== null && environment !== null && limit.environment !== environment) continue;
    const left = sumOf(limit, expected);
    const converted = left === null ? null : exchanged(left, currency, money.currency, money.rates, "up");
    forecast = forecast === null || converted === null ? null : forecast + converted;
  }
  return {
    ...shownOf(limit),
    policy,
    executionId: null,
    currency: money.currency,
    allowed: fromMicros(allowed),
    spent: fromMicros(spent),
    reserved: fromMicros(reserved),
    forecast: forecast === null ? null : fromMicros(forecast),
    level: levelOf({ limit, of: limit.limit + allowed, settled: spent, reserved }),
    frees: frees === null ? null : new Date(frees).toISOString(),
  };
}

function shownOf({
  key,
  label,
  scope,
  window,
  environment,
  mode,
  limit,
}: EngineLimit): Pick<LimitStanding, "key" | "label" | "scope" | "window" | "environment" | "mode" | "limit"> {
  return { key, label, scope, window, environment, mode, limit: fromMicros(limit) };
}

/** From 0; what has a limit of nothing is used up by anything. */
function usedShare({ spent, reserved, limit, allowed }: LimitStanding): number {
  const [used, of] = [spent + reserved, limit + allowed];
  return of === 0 ? (used > 0 ? Infinity : 0) : used / of;
}
