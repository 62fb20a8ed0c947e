import * as vscode from "vscode";
import type { EditorPiece, EditorQuestion } from "../../schemas/operations/model.ts";
import type { FolderLink } from "../link/folder-link.ts";
import type { Parts } from "../parts.ts";

/**
 * Lets the workers of this window use the editor's language models, and gives them the keys that the person keeps here. Following the
 * topic `models` is the offer; what answers is loaded with the first question.
 */
export function registerLanguageModels(parts: Parts): vscode.Disposable {
  const links = new Map<FolderLink, ServedLink>();
  const update = (): void => {
    const wanted = new Set(parts.session.folders.map(({ link }) => link));
    for (const [link, served] of links) {
      if (wanted.has(link)) continue;
      served.dispose();
      links.delete(link);
    }
    for (const link of wanted) if (!links.has(link)) links.set(link, new ServedLink(link, parts));
  };
  const subscriptions = vscode.Disposable.from(
    parts.session.onDidChangeFolders(update),
    parts.context.secrets.onDidChange(() => {
      for (const served of links.values()) served.handOver();
    }),
  );
  update();
  return {
    dispose: () => {
      subscriptions.dispose();
      for (const served of links.values()) served.dispose();
      links.clear();
    },
  };
}

/** One worker that is served. */
class ServedLink {
  readonly #link: FolderLink;
  readonly #parts: Parts;
  readonly #questions = new Map<string, AbortController>();
  readonly #stops: (() => void)[];
  /** Whether it has keys that it would have to forget. */
  #hasKeys = false;
  #connection: object | null = null;

  constructor(link: FolderLink, parts: Parts) {
    this.#link = link;
    this.#parts = parts;
    this.#stops = [
      link.follow({ kind: "models" }, (batch) => {
        if (batch.kind !== "models") return;
        for (const id of batch.withdrawn) this.#questions.get(id)?.abort();
        for (const question of batch.questions) this.#own(this.#answer(question));
      }),
      link.onState((state) => {
        if (state.kind === "connected" && this.#connection !== state.hello) {
          this.#connection = state.hello;
          this.#hasKeys = false;
          this.handOver();
        } else if (state.kind !== "connected") {
          this.#connection = null;
          for (const question of this.#questions.values()) question.abort();
        }
      }),
    ];
  }

  /** Gives the worker the keys that are kept; one that has none and never had any is not bothered. */
  handOver(): void {
    if (this.#link.state.kind !== "connected") return;
    this.#own(
      (async () => {
        const { keptKeys } = await import("./model-keys.ts");
        const keys = await keptKeys(this.#parts);
        const hasKeys = Object.keys(keys).length > 0;
        if (!hasKeys && !this.#hasKeys) return;
        await this.#link.call("model.keys", { keys });
        this.#hasKeys = hasKeys;
      })(),
    );
  }

  dispose(): void {
    for (const stop of this.#stops) stop();
    for (const question of this.#questions.values()) question.abort();
  }

  async #answer(question: EditorQuestion): Promise<void> {
    const { questionId } = question;
    const stop = new AbortController();
    this.#questions.set(questionId, stop);
    try {
      const [{ answerQuestion }, { chatModels }] = await Promise.all([
        import("./answer-question.ts"),
        import("./chat-models.ts"),
      ]);
      const tell = async (number: number, piece: EditorPiece): Promise<boolean> =>
        (await this.#link.call("model.answer", { questionId, number, piece })).isWanted;
      await answerQuestion(question, chatModels, tell, stop.signal);
    } finally {
      this.#questions.delete(questionId);
    }
  }

  #own(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#parts.output.warn(`language models: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}
