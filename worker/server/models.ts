import type { AnswerStore, ModelSources } from "../agents/llm/model-ports.ts";
import { Redactor } from "../logs/redactor.ts";
import { printedForms } from "../logs/secret-values.ts";
import { EditorModelsDesk } from "./editor-models.ts";

/**
 * Language models as the worker of a folder has them: the keys that editors have handed over, in memory only, before the variables of its
 * own environment; the models of editors; kept answers, once there is a record.
 */
export class Models implements ModelSources {
  readonly editor: EditorModelsDesk;
  /** Called when what can be used may have changed. */
  onChange: () => void = () => undefined;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #answers: () => AnswerStore | null;
  #keys: ReadonlyMap<string, string> = new Map();
  #redactor = new Redactor({ values: [], patterns: [] });

  constructor(environment: NodeJS.ProcessEnv, answers: () => AnswerStore | null) {
    this.#environment = environment;
    this.#answers = answers;
    this.editor = new EditorModelsDesk(() => {
      this.onChange();
    });
  }

  readonly secret = (name: string): string | undefined => this.#keys.get(name) ?? this.#environment[name];

  /** All keys that an editor has; those of before are forgotten. What runs goes on knowing them as secrets. */
  take(keys: Readonly<Record<string, string>>): void {
    this.#keys = new Map(Object.entries(keys));
    this.#redactor = new Redactor({ values: Object.values(keys).flatMap(printedForms), patterns: [] });
    this.onChange();
  }

  redactor(): Redactor {
    return this.#redactor;
  }

  answers(): AnswerStore | null {
    return this.#answers();
  }
}
