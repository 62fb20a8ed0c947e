import type { AgentAdapter } from "../../../schemas/agent.ts";
import type { Failure } from "../../../schemas/failure.ts";

export type ModelSettings = Extract<AgentAdapter, { kind: "llm" }>;

/** What a model is asked. */
export interface ModelQuestion {
  readonly settings: ModelSettings;
  readonly prompt: string;
  /** The most that it may write, in tokens; null: as much as the service allows. */
  readonly maxOutputTokens: number | null;
}

/** What a model reports to have read and written. Null: it does not say. */
export interface ModelUsage {
  readonly input: number;
  /** Of the input, what came from the service's cache. */
  readonly cachedInput: number;
  readonly output: number;
}

/**
 * Why a model stopped. `length`: at the most that it may write. `refused`: it, or a filter, does not want to. `cut`: the service closed
 * the answer before its end.
 */
export type ModelStop = "end" | "length" | "refused" | "cut" | "other";

/** What comes of a question, piece by piece. `failed` and `end` are the last of all. */
export type ModelPiece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "thought"; readonly text: string }
  /** The model that answers, as the service names it. */
  | { readonly kind: "model"; readonly model: string }
  | {
      readonly kind: "end";
      readonly stop: ModelStop;
      readonly usage: ModelUsage | null;
      /** Whether the usage is counted by the service, or by us from the texts. */
      readonly isCounted: boolean;
    }
  | {
      readonly kind: "failed";
      readonly failure: Failure;
      /** Whether another address of the same service may do better. */
      readonly isOfPlace: boolean;
      /** Whether it may have cost something. */
      readonly isSent: boolean;
    };

/** An answer on its way. Does not throw; ends early, without `end`, when the signal is aborted. */
export type ModelStream = AsyncIterable<ModelPiece>;
