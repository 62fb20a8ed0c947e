import type { Command } from "../../worker/engine/command.ts";
import type { Revision } from "../../worker/engine/revision.ts";
import { attemptEnd } from "../support/virtual-run.ts";
import type { Simulation } from "./simulation.ts";
import type { Happening, Reply } from "./world.ts";

interface Entry {
  readonly at: number;
  readonly act: () => void;
}

const PATIENCE = 10;
const ORDINARY: Reply = { after: 0, choice: 1, amount: null, twice: false, edited: false };

/** The people of the world: what they ask for on their own, and how they answer. They see to it that every execution ends. */
export class People {
  readonly #simulation: Simulation;
  readonly #agenda: Entry[] = [];
  readonly #heard = new Set<string>();
  #replies = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    const { world } = simulation;
    for (const happening of world.happenings) this.#at(happening.at, () => this.#happen(happening));
    for (const { from, to } of world.others) for (const at of [from, to]) this.#at(at, () => simulation.advance());
  }

  get next(): number | null {
    let next: number | null = null;
    for (const { at } of this.#agenda) if (next === null || at < next) next = at;
    return next;
  }

  actUntil(now: number): void {
    for (;;) {
      const index = this.#agenda.findIndex(({ at }) => at <= now);
      const [entry] = index < 0 ? [] : this.#agenda.splice(index, 1);
      if (!entry) return;
      entry.act();
    }
  }

  /** A decision waits; somebody answers it after a while. */
  hear(decisionId: string): void {
    if (this.#heard.has(decisionId)) return;
    this.#heard.add(decisionId);
    const { world, now } = this.#simulation;
    const reply = world.replies[this.#replies % Math.max(1, world.replies.length)] ?? ORDINARY;
    this.#replies += 1;
    const isLast = this.#replies > PATIENCE;
    this.#at(now + reply.after, () => {
      this.#heard.delete(decisionId);
      this.#reply(decisionId, reply, isLast);
    });
  }

  resumeLater(): void {
    this.#at(this.#simulation.now + 1_000, () => this.#simulation.ask({ kind: "resume" }, "ada"));
  }

  /** When nothing else happens: resumes what stands still and ends what hangs. False when there is nothing of that kind. */
  lendAHand(): boolean {
    const { state, agents } = this.#simulation;
    if (state.finished) return false;
    if (state.paused || state.interrupted !== null) {
      this.#simulation.ask({ kind: "resume" }, "ada");
      this.#simulation.advance();
      return true;
    }
    const { hanging } = agents;
    for (const stepId of hanging) {
      this.#simulation.ask({ kind: "kill", stepId }, "ada");
      this.#simulation.advance();
    }
    return hanging.length > 0;
  }

  #at(at: number, act: () => void): void {
    this.#agenda.push({ at, act });
  }

  #reply(decisionId: string, { choice, amount, twice, edited }: Reply, isLast: boolean): void {
    const simulation = this.#simulation;
    const choices = simulation.state.decisions.get(decisionId)?.choices ?? ["retry"];
    const chosen = isLast ? "abort" : (choices[choice % choices.length] ?? "abort");
    const allowed = chosen === "allow" || (twice && amount === 0) ? amount : null;
    const revision = edited && chosen === "retry" ? this.#edit(decisionId) : null;
    const command: Extract<Command, { kind: "answer" }> = {
      kind: "answer",
      decisionId,
      choice: chosen,
      amount: allowed,
      revision,
    };
    if (twice) {
      const wrong = choices.includes("allow") ? "retry" : "allow";
      simulation.ask({ ...command, choice: wrong, revision: null }, "bob");
    }
    simulation.ask(command, "ada");
    if (allowed !== null && chosen !== "allow") simulation.ask({ ...command, amount: null, revision: null }, "ada");
    if (twice) simulation.ask({ ...command, amount: null, revision: null }, "bob");
    // Whatever was refused is asked again, until it is over.
    if (simulation.state.decisions.has(decisionId)) this.hear(decisionId);
  }

  /** The plan with changes of the step that a decision is about. */
  #edit(decisionId: string): Revision | null {
    const { plan, decisions } = this.#simulation.state;
    const stepId = decisions.get(decisionId)?.stepId;
    const steps = plan.steps.map((step) =>
      step.id === stepId ? { ...step, title: `${step.title}, mended`, timeout: null, agent: "reviewer" } : step,
    );
    return stepId === undefined ? null : { ...REVISED, plan: { ...plan, steps }, stale: [stepId] };
  }

  #happen(happening: Happening): void {
    const simulation = this.#simulation;
    const { plan } = simulation.state;
    const stepOf = (number: number): string => plan.steps[number % plan.steps.length]?.id ?? "";
    simulation.count(`happening ${happening.kind}${simulation.state.finished ? " after the end" : ""}`);
    switch (happening.kind) {
      case "pause":
        simulation.ask({ kind: "pause" }, "ada");
        this.#at(simulation.now + happening.forMs, () => simulation.ask({ kind: "resume" }, "ada"));
        break;
      case "resume":
        simulation.ask({ kind: "resume" }, "ada");
        break;
      case "cancel":
        simulation.ask({ kind: "cancel", force: happening.force }, "ada");
        // People ask twice when nothing seems to happen, and then more loudly.
        simulation.ask({ kind: "cancel", force: happening.force }, "bob");
        this.#at(simulation.now + happening.againAfter, () => {
          if (!simulation.state.finished) simulation.ask({ kind: "cancel", force: true }, "bob");
        });
        break;
      case "kill":
        simulation.ask({ kind: "kill", stepId: stepOf(happening.step) }, "ada");
        break;
      case "retry":
        simulation.ask({ kind: "retry", stepId: happening.step === null ? null : stepOf(happening.step) }, "ada");
        break;
      case "rerun":
        simulation.ask({ kind: "rerun", stepId: stepOf(happening.step), only: happening.only }, "ada");
        break;
      case "revise": {
        const { plan: revised, stale } = happening;
        simulation.ask({ kind: "revise", revision: { ...REVISED, plan: revised, stale } }, "ada");
        break;
      }
      case "jump":
        simulation.jump(happening.by);
        simulation.tell(`the machine slept ${happening.by} ms`);
        break;
      case "wall":
        simulation.wallShift += happening.by;
        simulation.tell(`the clock on the wall is set ${happening.by} ms on`);
        break;
      case "stray":
        this.#stray(stepOf(happening.step), happening.attempt);
        break;
      case "nonsense":
        for (const command of NONSENSE) simulation.ask(command, "bob");
    }
  }

  /** An answer of an attempt that does not live. */
  #stray(stepId: string, attempt: number): void {
    const simulation = this.#simulation;
    const attemptId = `${simulation.state.executionId}/${stepId}/${attempt}`;
    if (simulation.model.byId.get(stepId)?.live?.id === attemptId) return;
    simulation.answer(stepId, attempt, attemptId, attemptEnd());
  }
}

const REVISED = { planId: "p2", planHash: "1".repeat(64), title: "revised" };

const NONSENSE: readonly Command[] = [
  { kind: "kill", stepId: "nowhere" },
  { kind: "retry", stepId: "nowhere" },
  { kind: "rerun", stepId: "nowhere", only: true },
  { kind: "answer", decisionId: "run-1/ask-999", choice: "retry", amount: null, revision: null },
];
