import type { BudgetLevel, LimitStanding } from "../schemas/budget.ts";
import type { WorkspaceView } from "../schemas/operations/subscription.ts";
import { isHigher, limitAsked, limitId, useOf } from "./budget-words.ts";

interface Known {
  readonly level: BudgetLevel;
  readonly spent: number;
  readonly of: number;
}

/**
 * Knows which limits of a folder a person has heard of, over views that come and go. What is so when the first view comes is no news:
 * the status bar shows it.
 */
export class LimitNews {
  readonly #known = new Map<string, Known>();
  #hasSeen = false;

  /** The limits whose level rose to one that nobody has heard of. Those about which a person is asked anyway are left out. */
  risen({ limits, decisions }: Pick<WorkspaceView, "limits" | "decisions">): LimitStanding[] {
    const asked = new Set(decisions.map((decision) => limitAsked(decision, limits)));
    const risen = limits.filter((limit) => this.#note(limit) && !asked.has(limit));
    const isFirst = !this.#hasSeen;
    this.#hasSeen = true;
    return isFirst ? [] : risen;
  }

  #note(limit: LimitStanding): boolean {
    const id = limitId(limit);
    const now = { level: limit.level, spent: limit.spent, of: useOf(limit).of };
    const known = this.#known.get(id);
    const isNews = isHigher(now.level, known?.level ?? "below");
    // What was only reserved comes and goes with each attempt; what is spent gets less when the window moves on.
    const isEased = known === undefined || now.spent < known.spent || now.of > known.of;
    if (isNews || isEased) this.#known.set(id, now);
    return isNews;
  }
}
