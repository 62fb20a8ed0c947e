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
    from: "  ledger.reserved -= reserved;\n  step.spent",
    to: "  ledger.reserved -= 2 * reserved;\n  step.spent",
    rules: [3],
  },
  {
    name: "the cost of a crashed attempt is forgotten",
    file: "ledger.ts",
    from: "  state.ledger.held += reserved;\n",
    to: "",
    rules: [3],
  },
  {
    name: "steps started together share what is left of the budget",
    file: "choose-starts.ts",
    from: "    reserved += event.reserved;\n",
    to: "",
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
    rules: [7],
  },
  {
    name: "one attempt too many",
    file: "settle.ts",
    from: "if (reason && step.tries < retry.maxAttempts",
    to: "if (reason && step.tries <= retry.maxAttempts",
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
    rules: [8],
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
    from: 'events.push({ type: "decision.withdrawn", decisionId, stepId });',
    to: "void [decisionId, stepId];",
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
];
