import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { REPOSITORY } from "../support/seeded-tree.ts";
import { importEngine, type Engine } from "./engine.ts";
import type { Rule } from "./violation.ts";

/** The engine with one mechanism broken on purpose. */
export interface Mutant {
  /** What it breaks. */
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The promise that the simulation finds broken first; some break two that show at the same time. */
  readonly rules: readonly Rule[];
}

/** A folder in which broken engines can be imported. It holds a copy of all that they need. */
export class MutantFolder {
  readonly #folder: string;
  #count = 0;

  constructor() {
    this.#folder = mkdtempSync(path.join(tmpdir(), "planwright-mutants-"));
    cpSync(path.join(REPOSITORY, "schemas"), path.join(this.#folder, "schemas"), { recursive: true });
    // Packages are found through it; a junction needs no rights on Windows.
    symlinkSync(path.join(REPOSITORY, "node_modules"), path.join(this.#folder, "node_modules"), "junction");
    writeFileSync(path.join(this.#folder, "package.json"), '{ "type": "module" }');
  }

  /** Throws unless the text to be replaced is found exactly once: a mutant that changes nothing proves nothing. */
  async engine({ file, from, to, name }: Mutant): Promise<Engine> {
    this.#count += 1;
    const folder = path.join(this.#folder, "worker", `engine-${this.#count}`);
    mkdirSync(path.dirname(folder), { recursive: true });
    cpSync(path.join(REPOSITORY, "worker/engine"), folder, { recursive: true });
    const place = path.join(folder, file);
    const parts = readFileSync(place, "utf8").split(from);
    if (parts.length !== 2) throw new Error(`${name}: its text is found ${parts.length - 1} times in ${file}`);
    writeFileSync(place, parts.join(to));
    return importEngine(folder);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** At least one for each invariant, and for each mechanism that has no number. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "a step starts when one of its dependencies is met",
    file: "fold.ts",
    from: "  step.unmet -= 1;\n",
    to: "  step.unmet = 0;\n",
    rules: [1],
  },
  {
    name: "a step in its backoff does not wait for what is begun anew before it",
    file: "reindex.ts",
    from: 'if (step.unmet > 0) step.phase = { kind: "pending" };',
    to: "if (step.unmet < 0) {}",
    rules: [1, 9],
  },
  {
    name: "a late answer counts for the attempt that lives now",
    file: "answer.ts",
    from: " || step.phase.live.attemptId !== attemptId",
    to: "",
    rules: [2],
  },
  {
    name: "reservations are given back twice",
    file: "ledger.ts",
    from: "  ledger.reserved -= reserved;\n",
    to: "  ledger.reserved -= 2 * reserved;\n",
    rules: [3],
  },
  {
    name: "the cost of a crashed attempt is forgotten",
    file: "ledger.ts",
    from: "  hold(ledger, step, live, live.reserved, at);\n",
    to: "",
    rules: [3],
  },
  {
    name: "steps started together share what is left of the budget",
    file: "choose-starts.ts",
    from: "standing.reserved += event.reserved;",
    to: "void standing;",
    rules: [3],
  },
  {
    name: "costs that are no money are booked",
    file: "answer.ts",
    from: "(Number.isSafeInteger(amount) && amount >= 0)",
    to: "amount >= 0",
    rules: [3],
  },
  {
    name: "the state holds something that is not in the journal",
    file: "fold.ts",
    from: "  step.artifacts = event.artifacts;",
    to: "  step.artifacts = event.artifacts.concat(Object.isExtensible(event) ? [] : event.artifacts);\n    event.duration += 1;",
    rules: [4],
  },
  {
    name: "attempts of a dead worker go on as if they lived",
    file: "fold.ts",
    from: "for (const index of [...state.running]) {",
    to: "for (const index of [...state.running].slice(1)) {",
    rules: [5, 9],
  },
  {
    name: "something starts before an interrupted execution is resumed",
    file: "decide.ts",
    from: "if (state.interrupted !== null && !stop) return [];",
    to: "",
    rules: [5],
  },
  {
    name: "a cancel does not end what waits for its backoff",
    file: "decide.ts",
    from: 'if (step.phase.kind === "ended") continue;',
    to: 'if (step.phase.kind === "ended" || step.phase.kind === "waiting") continue;',
    rules: [6, "policies"],
  },
  {
    name: "a cancel is not noticed",
    file: "stop-reason.ts",
    from: "if (state.cancel) return",
    to: "if (state.cancel?.force) return",
    rules: [6],
  },
  {
    name: "a pause holds nothing back",
    file: "state.ts",
    from: "  if (state.paused) return true;\n",
    to: "",
    rules: [7, 9],
  },
  {
    name: "one attempt too many",
    file: "settle.ts",
    from: "if (isRetried && step.tries < retry.maxAttempts",
    to: "if (isRetried && step.tries <= retry.maxAttempts",
    rules: [8],
  },
  {
    name: "delays have no cap",
    file: "retry.ts",
    from: "Math.min(policy.cap, ",
    to: "Math.max(0, ",
    rules: [8],
  },
  {
    name: "crashes of ours use up attempts",
    file: "fold.ts",
    from: "if (step.interruptions <= FORGIVEN_INTERRUPTIONS) step.tries -= 1;",
    to: "",
    rules: [8, "decisions"],
  },
  {
    name: "crashes of ours never end a step",
    file: "fold.ts",
    from: "if (step.interruptions <= FORGIVEN_INTERRUPTIONS) step.tries -= 1;",
    to: "step.tries -= 1;",
    rules: [8],
  },
  {
    name: "a place stays taken",
    file: "choose-starts.ts",
    from: "let places = state.plan.maxConcurrent - state.running.size;",
    to: "let places = state.plan.maxConcurrent - state.running.size - Number(state.counts.failed > 1);",
    rules: [9],
  },
  {
    name: "nobody is woken when a backoff is over",
    file: "decide.ts",
    from: 'if (phase.kind === "waiting") consider(phase.due);',
    to: "",
    rules: [9],
  },
  {
    name: "a step that waits for a person names no blocker",
    file: "blocker.ts",
    from: "      return waitsForAnswer(state, step);",
    to: "      return null;",
    rules: [9],
  },
  {
    name: "an urgent step waits behind others",
    file: "state.ts",
    from: "return Math.floor(t / AGE_MS) - step.priority;",
    to: "return Math.floor(t / AGE_MS) + step.priority;",
    rules: ["order"],
  },
  {
    name: "waiting does not count",
    file: "state.ts",
    from: "return Math.floor(t / AGE_MS) - step.priority;",
    to: "return -step.priority;",
    rules: ["order"],
  },
  {
    name: "two steps started together take the same lock",
    file: "choose-starts.ts",
    from: "if (isLocked || isFree) for (const lock of locks)",
    to: "if (isLocked) for (const lock of locks)",
    rules: ["locks"],
  },
  {
    name: "locks of other executions are not seen",
    file: "room.ts",
    from: " + around.holders(lock)",
    to: "",
    rules: ["locks", 9],
  },
  {
    name: "an agent's limit counts only what ran before",
    file: "choose-starts.ts",
    from: "load.set(agent, (load.get(agent) ?? 0) + 1);",
    to: "",
    rules: ["places"],
  },
  {
    name: "a decision can be answered twice",
    file: "command.ts",
    from: "  if (earlier) {",
    to: "  if (earlier && earlier.by === by) {",
    rules: ["commands"],
  },
  {
    name: "questions stay open when the execution ends",
    file: "decide.ts",
    from: 'of state.decisions.values())\n    events.push({ type: "decision.withdrawn", decisionId, stepId });',
    to: "of state.decisions.values()) void [decisionId, stepId];",
    rules: ["decisions"],
  },
  {
    name: "a failure is tolerated although the policy is continue",
    file: "state.ts",
    from: 'definition.onFailure === "tolerate")',
    to: "/tolerate|continue/.test(definition.onFailure))",
    rules: [1, "commands"],
  },
  {
    name: "the policy pause does not ask",
    file: "settle.ts",
    from: 'if (onFailure !== "pause") return',
    to: 'if (onFailure !== "pause" || step.tries > 1) return',
    rules: ["policies"],
  },
  {
    name: "fail-fast does not stop what runs",
    file: "fold.ts",
    from: 'step.definition.onFailure === "fail-fast" && !state.failFast',
    to: 'step.definition.onFailure === "fail-fast" && state.running.size === 0',
    rules: ["policies"],
  },
  {
    name: "answers of stale attempts count",
    file: "answer.ts",
    from: '  if (live.isStale) return { outcome: "cancelled", failure: STALE };\n',
    to: "",
    rules: ["answers"],
  },
  {
    name: "stale attempts go on",
    file: "decide.ts",
    from: 'if (live.isStale) events.push(stopping(step, live, "stale"));\n  else ',
    to: "",
    rules: ["revision"],
  },
  {
    name: "the execution's timeout runs while a person is waited for",
    file: "fold.ts",
    from: "state.timeoutFrom += state.t - state.idleSince;",
    to: "",
    rules: ["timeouts", 9],
  },
  {
    name: "a limit by service counts what one agent does for it",
    file: "usage.ts",
    from: "return scope.service === service;",
    to: 'return scope.service === service && agent === "coder";',
    rules: [3, "levels"],
  },
  {
    name: "a limit by service forgets which agents have named the service",
    file: "ledger.ts",
    from: "if (amount > 0) nameService(ledger, agent, cost.service);",
    to: "",
    rules: [3, "decisions"],
  },
  {
    name: "a limit counts this execution alone",
    file: "limits.ts",
    from: "own.settled + around.spent(limit, t)",
    to: "own.settled",
    rules: [3, "levels"],
  },
  {
    name: "what others have reserved is free to take",
    file: "limits.ts",
    from: "own.reserved + around.reserved(limit, t)",
    to: "own.reserved",
    rules: [3],
  },
  {
    name: "nothing leaves a window",
    file: "limits.ts",
    from: "  const since = around.since(limit, t);\n  const own = usageOf",
    to: "  const since = 0;\n  const own = usageOf",
    rules: [3, "levels"],
  },
  {
    name: "a window forgets too early",
    file: "usage.ts",
    from: "if ((times[middle] ?? 0) < since)",
    to: "if ((times[middle] ?? 0) <= since + 500)",
    rules: [3, 9, "levels"],
  },
  {
    name: "what a running attempt reports is set aside for it still",
    file: "ledger.ts",
    from: "  live.reserved -= covered;\n",
    to: "",
    rules: [3, "levels"],
  },
  {
    name: "a refused cost gives the reservation back",
    file: "ledger.ts",
    from: "if (unknown + refused.length > 0)",
    to: "if (unknown > 0)",
    rules: [3],
  },
  {
    name: "a running attempt costs what it likes",
    file: "decide.ts",
    from: 'else if (excessOf(step, live, standings) !== null) events.push(stopping(step, live, "budget"));',
    to: "",
    rules: [3],
  },
  {
    name: "a cap stops nothing",
    file: "limits.ts",
    from: "definition.cap !== null && reported > definition.cap",
    to: "false",
    rules: [3],
  },
  {
    name: "a limit that only warns stops what runs",
    file: "limits.ts",
    from: 'if (mode !== "enforce") return false;',
    to: "",
    rules: ["policies"],
  },
  {
    name: "people are told again and again of the same level",
    file: "fold.ts",
    from: "state.ledger.levels.set(event.limit, event.level);",
    to: "",
    rules: ["levels"],
  },
  {
    name: "a limit that is used up less far is not told",
    file: "limits.ts",
    from: 'if (level === (state.ledger.levels.get(limit.key) ?? "below")) return [];',
    to: 'if (level === "below" || level === state.ledger.levels.get(limit.key)) return [];',
    rules: ["levels"],
  },
  {
    name: "what is allowed above one limit raises another",
    file: "fold.ts",
    from: "const key = decision.limit ?? SPEC_LIMIT;",
    to: "const key = state.limits[0]?.key ?? SPEC_LIMIT;",
    rules: [3, 9, "decisions", "levels", "throws"],
  },
  {
    name: "a question stays open although time has answered it",
    file: "decide.ts",
    from: "  withdrawIfFits(state, standings, events);\n",
    to: "",
    rules: ["decisions"],
  },
  {
    name: "a policy that wants a person's word does without",
    file: "limits.ts",
    from: "!allowances.has(limit.key)",
    to: "allowances.size === 0",
    rules: ["decisions"],
  },
  {
    name: "a step does not wait for the window to move on",
    file: "limits.ts",
    from: "if (limit.wait === 0 ||",
    to: "if (limit.wait >= 0 ||",
    rules: [3],
  },
  {
    name: "a step waits longer than it may",
    file: "limits.ts",
    from: "next <= from + limit.wait",
    to: "next >= from",
    rules: [3, 9, "order"],
  },
  {
    name: "nobody is woken when a window moves on",
    file: "decide.ts",
    from: "if (isWaiting || isUsedUp) consider",
    to: "if (isUsedUp && !isWaiting) consider",
    rules: [9],
  },
  {
    name: "an agent that cannot be used is asked again",
    file: "fallback.ts",
    from: "chain < definition.fallbacks.length",
    to: "chain + 1 < definition.fallbacks.length",
    rules: [8, "view", "policies", "decisions"],
  },
  {
    name: "an agent that cannot be used uses up an attempt",
    file: "fold.ts",
    from: "    step.tries -= 1;\n",
    to: "",
    rules: [8],
  },
  {
    name: "an agent is left alone no longer than others",
    file: "settle.ts",
    from: "Math.max(usual, askedDelay(reason))",
    to: "usual",
    rules: [8],
  },
  {
    name: "an agent is left alone for as long as it says",
    file: "retry.ts",
    from: "Math.min(LONGEST_WORD, Math.ceil(asked))",
    to: "Math.ceil(asked)",
    rules: [8],
  },
  {
    name: "a fallback takes the place of another agent",
    file: "reindex.ts",
    from: "  const agent = agentOf(step);\n  state.running.add",
    to: "  const { agent } = step.definition;\n  state.running.add",
    rules: ["places", 9],
  },
];
