import type { Command } from "../../worker/engine/command.ts";
import type { Revision } from "../../worker/engine/revision.ts";
import { attemptEnd } from "../support/virtual-run.ts";
import type { Stage } from "./stage.ts";
import type { Happening, Reply } from "./world.ts";

interface Entry {
  readonly at: number;
  readonly act: () => void;
}

const PATIENCE = 10;
const ORDINARY: Reply = { after: 0, choice: 1, amount: null, twice: false, edited: false };

/** The people of the world: what they ask for on their own, and how they answer. They see to it that every execution ends. */
export class People {
  readonly #stage: Stage;
  readonly #agenda: Entry[] = [];
  readonly #heard = new Set<string>();
  #replies = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    const { world } = stage;
    for (const happening of world.happenings) this.#at(happening.at, () => this.#happen(happening));
    for (const { from, to } of world.others) for (const at of [from, to]) this.#at(at, () => stage.advance());
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
    const { world, now } = this.#stage;
    const reply = world.replies[this.#replies % Math.max(1, world.replies.length)] ?? ORDINARY;
    this.#replies += 1;
    const isLast = this.#replies > PATIENCE;
    const isAgents = this.#stage.state.decisions.get(decisionId)?.kind === "permission";
    if (reply.after === null && isAgents) return this.#stage.count("question that nobody answers");
    this.#at(now + (reply.after ?? 0), () => {
      this.#heard.delete(decisionId);
      this.#reply(decisionId, reply, isLast);
    });
  }

  resumeLater(): void {
    this.#at(this.#stage.now + 1_000, () => this.#stage.ask({ kind: "resume" }, "ada"));
  }

  /** When nothing else happens: resumes what stands still and ends what hangs. False when there is nothing of that kind. */
  lendAHand(): boolean {
    const { state, hanging, asking } = this.#stage;
    if (state.finished) return false;
    if (state.paused || state.interrupted !== null) {
      this.#stage.ask({ kind: "resume" }, "ada");
      this.#stage.advance();
      return true;
    }
    const stuck = [...hanging, ...asking];
    for (const stepId of stuck) {
      this.#stage.ask({ kind: "kill", stepId }, "ada");
      this.#stage.advance();
    }
    return stuck.length > 0;
  }

  #at(at: number, act: () => void): void {
    this.#agenda.push({ at, act });
  }

  #reply(decisionId: string, { choice, amount, twice, edited }: Reply, isLast: boolean): void {
    const stage = this.#stage;
    const choices = stage.state.decisions.get(decisionId)?.choices ?? ["retry"];
    const chosen = isLast && choices.includes("abort") ? "abort" : (choices[choice % choices.length] ?? "abort");
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
      stage.ask({ ...command, choice: wrong, revision: null }, "bob");
    }
    stage.ask(command, "ada");
    if (allowed !== null && chosen !== "allow") stage.ask({ ...command, amount: null, revision: null }, "ada");
    if (twice) stage.ask({ ...command, amount: null, revision: null }, "bob");
    // Whatever was refused is asked again, until it is over.
    if (stage.state.decisions.has(decisionId)) this.hear(decisionId);
  }

  /** The plan with changes of the step that a decision is about. */
  #edit(decisionId: string): Revision | null {
    const { plan, decisions } = this.#stage.state;
    const stepId = decisions.get(decisionId)?.stepId;
    const steps = plan.steps.map((step) =>
      step.id === stepId ? { ...step, title: `${step.title}, mended`, timeout: null, agent: "reviewer" } : step,
    );
    return stepId === undefined ? null : { ...REVISED, plan: { ...plan, steps }, stale: [stepId] };
  }

  #happen(happening: Happening): void {
    const stage = this.#stage;
    const { plan } = stage.state;
    const stepOf = (number: number): string => plan.steps[number % plan.steps.length]?.id ?? "";
    stage.count(`happening ${happening.kind}${stage.state.finished ? " after the end" : ""}`);
    switch (happening.kind) {
      case "pause":
        stage.ask({ kind: "pause" }, "ada");
        this.#at(stage.now + happening.forMs, () => stage.ask({ kind: "resume" }, "ada"));
        break;
      case "resume":
        stage.ask({ kind: "resume" }, "ada");
        break;
      case "cancel":
        stage.ask({ kind: "cancel", force: happening.force }, "ada");
        // People ask twice when nothing seems to happen, and then more loudly.
        stage.ask({ kind: "cancel", force: happening.force }, "bob");
        this.#at(stage.now + happening.againAfter, () => {
          if (!stage.state.finished) stage.ask({ kind: "cancel", force: true }, "bob");
        });
        break;
      case "kill":
        stage.ask({ kind: "kill", stepId: stepOf(happening.step) }, "ada");
        break;
      case "retry":
        stage.ask({ kind: "retry", stepId: happening.step === null ? null : stepOf(happening.step) }, "ada");
        break;
      case "rerun":
        stage.ask({ kind: "rerun", stepId: stepOf(happening.step), only: happening.only }, "ada");
        break;
      case "revise": {
        const { plan: revised, stale } = happening;
        stage.ask({ kind: "revise", revision: { ...REVISED, plan: revised, stale } }, "ada");
        break;
      }
      case "jump":
        stage.jump(happening.by);
        stage.tell(`the machine slept ${happening.by} ms`);
        break;
      case "wall":
        stage.setWall(happening.by);
        stage.tell(`the clock on the wall is set ${happening.by} ms on`);
        break;
      case "stray":
        this.#stray(stepOf(happening.step), happening.attempt);
        break;
      case "nonsense":
        for (const command of NONSENSE) stage.ask(command, "bob");
    }
  }

  /** An answer of an attempt that does not live. */
  #stray(stepId: string, attempt: number): void {
    const stage = this.#stage;
    const attemptId = `${stage.state.executionId}/${stepId}/${attempt}`;
    if (stage.model.byId.get(stepId)?.live?.id === attemptId) return;
    stage.answer(stepId, attempt, attemptId, attemptEnd());
  }
}

const REVISED = { over: null, planId: "p2", planHash: "1".repeat(64), title: "revised" };

const NONSENSE: readonly Command[] = [
  { kind: "kill", stepId: "nowhere" },
  { kind: "retry", stepId: "nowhere" },
  { kind: "rerun", stepId: "nowhere", only: true },
  { kind: "answer", decisionId: "run-1/ask-999", choice: "retry", amount: null, revision: null },
];
