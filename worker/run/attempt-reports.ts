import type { CostEntry, EventOf } from "../../schemas/event.ts";
import type { AttemptReport } from "./ports.ts";

type Started = EventOf<"attempt.started">;

interface Said {
  readonly event: Started;
  readonly costs: Map<string, CostEntry>;
  readonly refused: AttemptReport["refused"];
}

/** A flood of refused costs is told by its first ones: each of them says the same. */
const REFUSED_AT_MOST = 20;

/**
 * What running attempts say of their costs, until it is recorded: one event an attempt, however often it reports in one turn. Equal
 * kinds of costs are added up, so that a flood of them stays small and no amount is lost.
 */
export class AttemptReports {
  readonly #said = new Map<string, Said>();

  add(event: Started, { costs, refused }: AttemptReport): void {
    const said = this.#said.get(event.attemptId) ?? { event, costs: new Map<string, CostEntry>(), refused: [] };
    this.#said.set(event.attemptId, said);
    for (const cost of costs) {
      const kind = JSON.stringify([
        cost.currency,
        cost.service,
        cost.certainty,
        cost.original?.currency,
        cost.amount === null,
      ]);
      const before = said.costs.get(kind);
      const sum = before === undefined ? cost : sumOf(before, cost);
      // What cannot be added up stands by itself.
      said.costs.set(sum === null ? `${kind} ${said.costs.size}` : kind, sum ?? cost);
    }
    said.refused.push(...refused.slice(0, REFUSED_AT_MOST - said.refused.length));
  }

  /** What was said since the last time, in the order in which attempts began to say it. */
  take(): { readonly event: Started; readonly report: AttemptReport }[] {
    const all = [...this.#said.values()].map(({ event, costs, refused }) => ({
      event,
      report: { costs: [...costs.values()], refused },
    }));
    this.#said.clear();
    return all;
  }
}

function sumOf(a: CostEntry, b: CostEntry): CostEntry | null {
  if (a.amount === null || b.amount === null) return null;
  const amount = a.amount + b.amount;
  if (!Number.isSafeInteger(amount)) return null;
  const tokens = a.tokens && b.tokens ? { tokens: added(a.tokens, b.tokens) } : tokensOf(a.tokens ?? b.tokens);
  if (!a.original || !b.original) return { ...a, amount, ...tokens };
  return { ...a, amount, ...tokens, original: { ...a.original, amount: a.original.amount + b.original.amount } };
}

type Tokens = NonNullable<CostEntry["tokens"]>;

function tokensOf(tokens: Tokens | undefined): { tokens?: Tokens } {
  return tokens ? { tokens } : {};
}

function added(a: Tokens, b: Tokens): Tokens {
  return { input: a.input + b.input, output: a.output + b.output };
}
