import type { TokenPrice } from "../../../schemas/agent.ts";
import type { CostEntry } from "../../../schemas/event.ts";
import type { AttemptContext, AttemptSink } from "../adapter.ts";
import { declaredCosts, serviceOf } from "../declared-costs.ts";
import { tokenCost, type TokenUse } from "../token-price.ts";
import type { KnownAgent } from "./known-agents.ts";
import { sinceThen, together, tokensOfAnswer, tokensOfChunk, type ToldTokens } from "./usage-reading.ts";

export interface UsageTerms {
  readonly context: AttemptContext;
  readonly sink: Pick<AttemptSink, "cost">;
  /** Null: an agent that nothing is known of. */
  readonly known: KnownAgent | null;
  readonly price: TokenPrice | null;
  /** As the definition says; null: whatever the agent uses. */
  readonly model: string | null;
  /** It has cost more than it was allowed, and again whenever it costs still more. Must not throw. */
  readonly overspent: (spent: number) => void;
}

/**
 * What an agent costs, told as it becomes known (catalogue E4): money that it names itself is measured; otherwise its tokens have a price,
 * which makes an estimate; without one the cost is unknown, which is not zero.
 */
export class UsageMeter {
  readonly #terms: UsageTerms;
  /** The model that the session uses, as far as it is known. */
  #model: string | null;
  /** Of the session, by currency. */
  readonly #told = new Map<string, number>();
  #hasTold = false;
  #session: TokenUse | null = null;
  /** Of this turn, call by call. */
  #calls: TokenUse | null = null;
  #unpriced: TokenUse | null = null;
  #spent = 0;
  #wasPrompted = false;
  #pricing: Promise<void> = Promise.resolve();

  constructor(terms: UsageTerms) {
    this.#terms = terms;
    this.#model = terms.model;
  }

  /** What it has cost so far in the plan's currency, as far as that is known. */
  get spent(): number {
    return this.#spent;
  }

  uses(model: string): void {
    this.#model = this.#terms.model ?? model;
  }

  /** A prompt is sent: from now on it may cost something. */
  begin(): void {
    this.#wasPrompted = true;
    this.#calls = null;
  }

  /** The money of the whole session so far, as the agent says it: anything may stand there. */
  costs({ amount, currency }: { readonly amount?: unknown; readonly currency: string }): void {
    if (typeof amount !== "number" || !Number.isFinite(amount) || amount < 0) {
      this.#hasTold = true;
      this.#terms.sink.cost({ amount, currency, certainty: "measured" });
      return;
    }
    if (amount === 0 && this.#terms.known?.zeroIsUnknown === true) return;
    const before = this.#told.get(currency) ?? 0;
    this.#told.set(currency, amount);
    const isFirst = !this.#hasTold;
    this.#hasTold = true;
    const difference = amount >= before ? amount - before : amount;
    if (difference > 0 || isFirst) this.#report(difference, currency, "measured");
  }

  /** `_meta` of a chunk of a message. */
  chunk(meta: unknown): void {
    const told = tokensOfChunk(meta);
    if (told === null) return;
    this.#calls = this.#calls === null ? told.use : together(this.#calls, told.use);
    this.#price(told);
  }

  /** The answer to a prompt. */
  answer(answer: { readonly usage?: unknown; readonly _meta?: unknown }): void {
    const told = tokensOfAnswer(answer);
    const scope = this.#terms.known?.usage ?? "turn";
    // Tokens that came call by call are counted already, and those of the last call alone say too little.
    if (told === null || this.#calls !== null || scope === "last_call") return;
    const use = scope === "session" ? sinceThen(told.use, this.#session) : told.use;
    this.#session = told.use;
    this.#price({ ...told, use });
  }

  /** Costs that nobody can name, when nothing more comes. */
  async end(): Promise<CostEntry[]> {
    await this.#pricing;
    const { context } = this.#terms;
    if (this.#unpriced !== null) {
      const { input, output } = this.#unpriced;
      const service = serviceOf(context.step, context.agent);
      const { currency } = context.agent;
      return [{ amount: null, currency, certainty: "unknown", service, tokens: { input, output } }];
    }
    return this.#hasTold || !this.#wasPrompted ? [] : declaredCosts(context);
  }

  #price({ use, model: own }: ToldTokens): void {
    if (use.input + use.output === 0) return;
    const { known, price, context } = this.#terms;
    const tokens = { input: use.input, output: use.output };
    const named = this.#model ?? own;
    this.#pricing = this.#pricing.then(async () => {
      if (this.#told.size > 0) {
        // The money is there already; its tokens belong to it.
        this.#terms.sink.cost({ amount: 0, certainty: "measured", tokens });
        return;
      }
      // Somebody else's model may have the same name and another price.
      const provider = known?.provider ?? null;
      const model = provider === null ? null : named;
      const asked = { price, currency: context.agent.currency, model, provider };
      const cost = await tokenCost(use, asked);
      if (cost === null) this.#unpriced = this.#unpriced === null ? use : together(this.#unpriced, use);
      else {
        this.#hasTold = true;
        this.#report(cost.amount, cost.currency, "estimated", tokens);
      }
    });
  }

  #report(
    amount: number,
    currency: string,
    certainty: "measured" | "estimated",
    tokens?: { input: number; output: number },
  ): void {
    const { sink, context, overspent } = this.#terms;
    sink.cost({ amount, currency, certainty, ...(tokens === undefined ? {} : { tokens }) });
    if (currency !== context.currency) return;
    this.#spent += amount;
    if (context.allowance !== null && amount > 0 && this.#spent > context.allowance) overspent(this.#spent);
  }
}
