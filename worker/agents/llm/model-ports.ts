import type { Redactor } from "../../logs/redactor.ts";
import type { AgentClock } from "../adapter.ts";
import type { ModelQuestion, ModelStream } from "./model-answer.ts";
import type { SecretOf } from "./model-keys.ts";

/** An answer that was kept. */
export interface KeptAnswer {
  readonly text: string;
  /** ISO 8601. */
  readonly madeAt: string;
}

/** The kept answers of models (catalogue D7). `key` is the hash of everything that shapes an answer. */
export interface AnswerStore {
  find(key: string): KeptAnswer | null;
  keep(key: string, answer: { readonly provider: string; readonly model: string; readonly text: string }): void;
}

/** The models of an editor that is connected. */
export interface EditorModels {
  readonly isThere: boolean;
  ask(question: ModelQuestion, signal: AbortSignal): ModelStream;
}

/** Where language models, their keys and their kept answers are. */
export interface ModelSources {
  readonly secret: SecretOf;
  /** Takes keys that came from elsewhere than the environment out of what is said. */
  redactor(): Redactor;
  readonly editor: EditorModels;
  /** Null: there is no record yet. */
  answers(): AnswerStore | null;
}

export interface ModelPorts {
  readonly clock: AgentClock;
  readonly models: ModelSources;
}
