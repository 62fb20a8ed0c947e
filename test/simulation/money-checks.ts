import type { EventOf } from "../../schemas/event.ts";
import type { Surroundings } from "../../worker/engine/state.ts";
import type { JournalModel } from "./journal-model.ts";
import { isIn, type Stand } from "./money-book.ts";
import { agentOf, type StepBook } from "./step-book.ts";
import { hold } from "./violation.ts";

/** The limits that hold a step back, and whether it could ever fit them by itself. */
export interface MoneyBlock {
  readonly stand: Stand;
  /** Not even what running attempts give back makes room. */
  readonly isHopeless: boolean;
  /** Its window moves on within the time that a step may wait. */
  readonly isPatient: boolean;
}

export function moneyBlocks(
  model: JournalModel,
  step: StepBook,
  stands: Stand[],
  t: number,
  around: Surroundings,
): MoneyBlock[] {
  const needed = model.money.reservation(step);
  return stands.flatMap((stand): MoneyBlock[] => {
    const { limit, of, settled, reserved } = stand;
    if (limit.mode === "warn" || !model.money.mayCount(limit.scope, step.def.service, agentOf(step))) return [];
    if (settled + reserved + needed <= of) return [];
    const isHopeless = settled + needed > of;
    const frees = isHopeless && limit.wait > 0 && needed <= of ? model.money.frees(limit, t, around) : null;
    const from = Math.max(step.readyAt, model.money.moved.get(limit.key) ?? 0);
    return [{ stand, isHopeless, isPatient: frees !== null && frees <= from + limit.wait }];
  });
}

/** Nothing but a person, or its end, helps a step. */
export function isBeyond(blocks: readonly MoneyBlock[]): boolean {
  return blocks.some(
    ({ stand, isHopeless, isPatient }) => isHopeless && (stand.limit.mode === "approve" || !isPatient),
  );
}

/** At every reservation spent + reserved <= limit (semantics, Budget), for each limit that is concerned. */
export function checkMoney(
  model: JournalModel,
  event: EventOf<"attempt.started">,
  step: StepBook,
  around: Surroundings,
): void {
  const name = `${event.stepId}/${event.attempt}`;
  const reserved = model.money.reservation(step);
  hold(3, event.reserved === reserved, () => `${name} reserves ${event.reserved}, not ${reserved}`);
  for (const { limit, of, settled, reserved: taken } of model.money.stands(model.running, event.t, around)) {
    if (!model.money.mayCount(limit.scope, step.def.service, event.agent)) continue;
    const hasWord = step.def.simulated || !limit.approvalRequired || wasAllowed(model, limit.key);
    hold("decisions", hasWord, () => `${name} starts and ${limit.key} was not approved`);
    if (limit.mode === "warn") continue;
    const left = of - settled - taken;
    hold(3, reserved <= left, () => `${name} reserves ${reserved} and ${left} of ${limit.key} is left`);
  }
}

function wasAllowed({ money }: JournalModel, limit: string): boolean {
  return money.allowances.some(({ key }) => key === limit);
}

/** A person may be asked about money. */
export function checkMoneyQuestion(model: JournalModel, event: EventOf<"decision.asked">, around: Surroundings): void {
  const step = model.step(event.stepId);
  const stands = model.money.stands(model.running, event.t, around);
  const stand = stands.find(({ limit }) => limit.key === event.limit);
  hold("decisions", stand !== undefined, () => `asked about ${event.limit}, which is no limit`);
  const { limit, of, settled } = stand;
  hold("decisions", event.choices.join() === "allow,skip,abort", () => `offered: ${event.choices.join()}`);
  const blocks = moneyBlocks(model, step, stands, event.t, around);
  if (event.amount === null) {
    const isDue = limit.approvalRequired && !wasAllowed(model, limit.key) && !step.def.simulated;
    hold("decisions", isDue, () => `a word for ${limit.key} is asked for and not needed`);
    hold("decisions", blocks.length === 0, () => `a word for ${limit.key} is asked for and does not help`);
    return;
  }
  const block = blocks.find((one) => one.stand === stand);
  hold("decisions", limit.mode === "approve" && block?.isHopeless === true, () => `${event.stepId} fits ${limit.key}`);
  const isOver = blocks.some((one) => one.isHopeless && one.stand.limit.mode === "enforce" && !one.isPatient);
  hold("decisions", !isOver, () => `${event.stepId} does not fit whatever is allowed`);
  const lacking = model.money.reservation(step) - (of - settled);
  hold("decisions", event.amount === lacking, () => `${event.amount} is asked for, ${lacking} is lacking`);
}

/** A running attempt costs too much where a limit is enforced. */
export function isTooDear(model: JournalModel, { def, live }: StepBook, t: number, around: Surroundings): boolean {
  if (!live) return false;
  const isOverCap = def.cap !== null && live.reported > def.cap;
  const isOverGrant = live.reported > live.granted;
  return model.money.stands(model.running, t, around).some(({ limit, of, settled, reserved }) => {
    if (limit.mode !== "enforce") return false;
    if (![def.service, ...live.services].some((service) => isIn(limit.scope, service, live.agent))) return false;
    return isOverCap || (isOverGrant && settled + reserved > of);
  });
}

/** People are told once of each change of a limit. */
export function checkLevel(model: JournalModel, event: EventOf<"budget.level">, around: Surroundings): void {
  const stand = model.money.stands(model.running, event.t, around).find(({ limit }) => limit.key === event.limit);
  hold("levels", stand !== undefined, () => `${event.limit} is no limit`);
  const real = levelOf(stand);
  hold("levels", event.level === real, () => `${event.limit} is told to be at ${event.level}, it is at ${real}`);
  const before = model.money.levels.get(event.limit) ?? "below";
  hold("levels", event.level !== before, () => `${event.limit} is told twice to be at ${before}`);
  const isExact = event.used === stand.settled && event.of === stand.of;
  hold("levels", isExact, () => `${event.limit}: ${event.used} of ${event.of}, not ${stand.settled} of ${stand.of}`);
}

/** When nothing is left to say: everybody has been told of every limit, nothing too dear goes on, and no question is out of date. */
export function checkMoneyAtRest(model: JournalModel, t: number, around: Surroundings): void {
  const stands = model.money.stands(model.running, t, around);
  for (const stand of stands) {
    const told = model.money.levels.get(stand.limit.key) ?? "below";
    hold("levels", levelOf(stand) === told, () => `nobody is told that ${stand.limit.key} is at ${levelOf(stand)}`);
  }
  if (model.stop !== null) return;
  for (const step of model.running) {
    const goesOn = step.live !== null && step.live.stopping === null && isTooDear(model, step, t, around);
    hold(3, !goesOn, () => `${step.def.id} costs too much and goes on`);
  }
  for (const [id, { kind, stepId, limit, amount }] of model.decisions) {
    if (kind !== "budget" || amount === null) continue;
    const stand = stands.find((one) => one.limit.key === limit);
    const fits = stand !== undefined && stand.settled + model.money.reservation(model.step(stepId)) <= stand.of;
    hold("decisions", !fits, () => `${id} stays open although ${stepId} fits ${limit} again`);
  }
}

function levelOf({ limit, of, settled }: Stand): string {
  if (settled === 0) return "below";
  if (settled >= of) return "limit";
  return of - settled <= limit.limit - limit.warnAt ? "threshold" : "below";
}
