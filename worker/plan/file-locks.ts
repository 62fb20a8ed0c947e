import type { PlanStep, StepLock } from "../../schemas/plan.ts";
import type { SpecTask } from "../../schemas/spec.ts";
import { fixedStart, isGlob, mayOverlap, plainPath } from "./path-overlap.ts";

/** Places where a lock for a pair of overlapping paths stands, over all steps; what goes beyond takes turns as a whole. */
const PAIR_LIMIT = 40_000;
/** Comparisons of a wildcard with another path. */
const COMPARISON_LIMIT = 200_000;

/** A path, and the steps that work on it. */
interface Claim {
  readonly path: string;
  readonly steps: PlanStep[];
  /** The task that states it for its subtasks; null where a step states it for itself. */
  readonly from: string | null;
  readonly index: number;
  /** Claims that may concern the same files. */
  readonly overlaps: Claim[];
}

interface Owner {
  readonly step: PlanStep;
  readonly task: SpecTask;
}

/**
 * Locks by step id that keep steps apart which work on the same files (catalogue C12): one for each path that a step states,
 * and one for each pair of different paths that overlap. What subtasks inherit from their parent keeps them apart from others
 * and not from one another: whether they run side by side is said by `[P]`, as with false parallels.
 */
export function fileLocks(owners: readonly Owner[], tasks: readonly SpecTask[]): Map<string, StepLock[]> {
  const claims = collectClaims(owners, tasks);
  const locks = new LockList();
  for (const { path, steps, from } of claims) {
    if (from === null) for (const step of steps) locks.add(step, `file:${path}`, `works on ${path}`);
  }
  const crowds = findOverlaps(claims);
  for (const { start, members } of crowds) {
    const reason = `so many wildcards begin with ${start || "the workspace folder"} that their steps take turns`;
    for (const { steps } of members) for (const step of steps) locks.add(step, `file:${start}* (all)`, reason);
  }
  const coarse = coarseClaims(claims);
  for (const claim of claims) {
    if (coarse.has(claim)) continue;
    for (const other of claim.overlaps) {
      if (other.index < claim.index && !coarse.has(other)) lockPair(locks, claim, other);
    }
  }
  lockCoarsely(locks, coarse);
  return locks.byStep;
}

class LockList {
  readonly byStep = new Map<string, StepLock[]>();
  readonly #names = new Map<string, Set<string>>();

  add(step: PlanStep, name: string, reason: string): void {
    const names = this.#names.get(step.id) ?? new Set();
    if (names.has(name)) return;
    this.#names.set(step.id, names.add(name));
    const list = this.byStep.get(step.id) ?? [];
    this.byStep.set(step.id, list);
    list.push({ name, reason });
  }
}

function collectClaims(owners: readonly Owner[], tasks: readonly SpecTask[]): Claim[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const claims = new Map<string, Claim>();
  const claim = (path: string, step: PlanStep, from: string | null): void => {
    const key = from === null ? path : JSON.stringify([path, step.id]);
    const present = claims.get(key);
    if (!present) claims.set(key, { path, steps: [step], from, index: claims.size, overlaps: [] });
    else if (present.steps.at(-1) !== step) present.steps.push(step);
  };
  for (const { step, task } of owners) {
    const { files, outputs, cwd } = task.attributes;
    const from = task.inherited.includes("files") ? statingTask(task, byId) : null;
    for (const path of files) claim(plainPath(path), step, from);
    for (const output of outputs) claim(plainPath(cwd === null ? output : `${cwd}/${output}`), step, null);
  }
  return [...claims.values()];
}

/** The task from which the files of another come. */
function statingTask(task: SpecTask, byId: ReadonlyMap<string, SpecTask>): string | null {
  let at: SpecTask | undefined = task;
  while (at?.inherited.includes("files") === true) at = at.parent === null ? undefined : byId.get(at.parent);
  return at?.id ?? null;
}

/** Folders that hold so many wildcards that comparing them all would take long, with what lies in them. */
interface Crowd {
  readonly start: string;
  readonly members: Claim[];
}

/**
 * Fills `overlaps`. Two paths can only overlap where the fixed start of one begins with that of the other, so each path is
 * compared with what is found under the beginnings of its own.
 */
function findOverlaps(claims: readonly Claim[]): Crowd[] {
  const literals = new Map<string, Claim[]>();
  const globs = new Map<string, Claim[]>();
  for (const claim of claims) {
    const [map, key] = isGlob(claim.path) ? [globs, fixedStart(claim.path)] : [literals, claim.path];
    const list = map.get(key);
    if (list) list.push(claim);
    else map.set(key, [claim]);
  }
  const lengths = [...new Set([...globs.keys()].map((start) => start.length))].sort((a, b) => a - b);
  const crowds = findCrowds(claims, globs, lengths);
  const crowded = new Set(crowds.map(({ start }) => start));
  for (const claim of claims) {
    const start = fixedStart(claim.path);
    const isLiteral = start === claim.path;
    for (const key of beginnings(start, lengths)) {
      if (crowded.has(key)) continue;
      for (const other of globs.get(key) ?? []) {
        if (!isLiteral && key === start && other.index >= claim.index) continue;
        if (mayOverlap(claim.path, other.path)) join(claim, other);
      }
    }
    for (const folder of foldersAbove(start)) for (const other of literals.get(folder) ?? []) join(claim, other);
    if (isLiteral) {
      for (const other of literals.get(start) ?? []) if (other.index < claim.index) join(claim, other);
    }
  }
  return crowds;
}

function* beginnings(start: string, lengths: readonly number[]): Generator<string> {
  for (const length of lengths) {
    if (length > start.length) return;
    yield start.slice(0, length);
  }
}

/** Of `a/b/c` the folders `a/b`, `a` and the workspace folder, which is empty. */
function* foldersAbove(start: string): Generator<string> {
  for (let at = start.lastIndexOf("/"); at > 0; at = start.lastIndexOf("/", at - 1)) yield start.slice(0, at);
  if (start !== "") yield "";
}

function join(a: Claim, b: Claim): void {
  if (a === b || isFamily(a, b) || (a.steps.length === 1 && b.steps.length === 1 && a.steps[0] === b.steps[0])) return;
  a.overlaps.push(b);
  b.overlaps.push(a);
}

/** True for two that come from one parent, and for that parent's own. */
function isFamily(a: Claim, b: Claim): boolean {
  if (a.from !== null && a.from === b.from) return true;
  const [inherited, own] = a.from === null ? [b, a] : [a, b];
  return own.from === null && own.steps.length === 1 && own.steps[0]?.id === inherited.from;
}

function findCrowds(
  claims: readonly Claim[],
  globs: ReadonlyMap<string, readonly Claim[]>,
  lengths: readonly number[],
): Crowd[] {
  if (globs.size === 0) return [];
  const members = new Map<string, Claim[]>([...globs.keys()].map((start) => [start, []]));
  for (const claim of claims) {
    for (const key of beginnings(fixedStart(claim.path), lengths)) members.get(key)?.push(claim);
  }
  const costs = [...members].map(([start, list]) => ({
    start,
    members: list,
    cost: list.length * (globs.get(start)?.length ?? 0),
  }));
  let total = costs.reduce((sum, { cost }) => sum + cost, 0);
  const crowds: Crowd[] = [];
  for (const crowd of costs.sort((a, b) => b.cost - a.cost)) {
    if (total <= COMPARISON_LIMIT) break;
    total -= crowd.cost;
    crowds.push(crowd);
  }
  return crowds;
}

/** The paths that overlap most, as many as it takes to get down to the limit of pairs. */
function coarseClaims(claims: readonly Claim[]): ReadonlySet<Claim> {
  const coarse = new Set<Claim>();
  const places = (claim: Claim): number =>
    claim.overlaps.reduce((sum, other) => sum + (coarse.has(other) ? 0 : claim.steps.length + other.steps.length), 0);
  const weights = claims.map((claim) => ({ claim, weight: places(claim) })).sort((a, b) => b.weight - a.weight);
  let total = weights.reduce((sum, { weight }) => sum + weight, 0) / 2;
  for (const { claim } of weights) {
    if (total <= PAIR_LIMIT) break;
    total -= places(claim);
    coarse.add(claim);
  }
  return coarse;
}

function lockPair(locks: LockList, a: Claim, b: Claim): void {
  const [first, second] = a.path < b.path ? [a.path, b.path] : [b.path, a.path];
  const inheritors = [a, b].flatMap(({ from, steps }) => (from === null ? [] : [steps[0]?.id ?? ""]));
  // Subtasks with an inherited path have a lock each, or they would keep one another out.
  const of = inheritors.length === 0 ? "" : ` of ${inheritors.sort().join(", ")}`;
  const name = first === second ? `file:${first}${of}` : `file:${first} & ${second}${of}`;
  for (const step of a.steps) locks.add(step, name, overlapReason(step, a, b));
  for (const step of b.steps) locks.add(step, name, overlapReason(step, b, a));
}

/** One lock for all that hangs together by way of these claims. */
function lockCoarsely(locks: LockList, coarse: ReadonlySet<Claim>): void {
  const seen = new Set<Claim>();
  for (const first of coarse) {
    if (seen.has(first)) continue;
    const together = new Set([first]);
    for (const claim of together) {
      for (const other of claim.overlaps) if (coarse.has(claim) || coarse.has(other)) together.add(other);
    }
    const reason = `so many paths overlap ${first.path} and one another that their steps take turns`;
    for (const claim of together) {
      seen.add(claim);
      for (const step of claim.steps) locks.add(step, `file:${first.path} (all)`, reason);
    }
  }
}

function overlapReason(step: PlanStep, own: Claim, other: Claim): string {
  const first = other.steps.find(({ id }) => id !== step.id);
  const more = other.steps.length > 2 ? ` and more` : "";
  const of = first ? ` of "${first.title}"${more}` : "";
  return own.path === other.path ? `works on ${own.path}, as that${of}` : `${own.path} overlaps ${other.path}${of}`;
}
