import { randomUUID } from "node:crypto";
import { failure } from "../../schemas/failure.ts";
import type { EditorPiece, EditorQuestion } from "../../schemas/operations/model.ts";
import type { ModelPiece, ModelQuestion, ModelStream } from "../agents/llm/model-answer.ts";
import type { EditorModels } from "../agents/llm/model-ports.ts";
import { USUAL_INTERVAL_MS, type ModelsBatch, type ModelsSource } from "./subscriptions.ts";

/** Pieces that nobody has read yet; an editor that goes on is told to stop. */
const MOST_UNREAD = 10_000;

const GONE = "the window of VS Code whose model answered was closed or lost its connection";
const JUSTIFICATION = "Planwright runs a step of a plan that you approved, or plans a spec, with this model.";

/**
 * The models of the editors that are connected. An editor offers them by following the topic `models`: questions go to the one that came
 * last, and it answers with `model.answer`. One that leaves takes its questions with it.
 */
export class EditorModelsDesk implements EditorModels {
  readonly #windows = new Set<EditorWindow>();
  readonly #open = new Map<string, OpenQuestion>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get isThere(): boolean {
    return this.#windows.size > 0;
  }

  /** What one editor follows. */
  source(): ModelsSource {
    const window = new EditorWindow();
    return {
      from: null,
      interval: USUAL_INTERVAL_MS,
      isPaced: false,
      read: () => Promise.resolve({ batch: window.take(), after: null, more: false, isNews: true }),
      onChange: (listener) => {
        window.listener = listener;
        this.#windows.add(window);
        this.#onChange();
        return () => {
          this.#windows.delete(window);
          for (const [id, question] of this.#open) {
            if (question.window !== window) continue;
            this.#open.delete(id);
            question.push({ kind: "failed", failure: failure("transport", GONE), isOfPlace: false, isSent: true });
          }
          this.#onChange();
        };
      },
    };
  }

  async *ask({ settings, prompt, maxOutputTokens }: ModelQuestion, signal: AbortSignal): ModelStream {
    const window = [...this.#windows].at(-1);
    if (window === undefined) {
      const nobody = "it uses the models of VS Code, and no window of this folder is open: open one";
      yield { kind: "failed", failure: failure("agent_unavailable", nobody), isOfPlace: false, isSent: false };
      return;
    }
    const questionId = randomUUID();
    const question = new OpenQuestion(window);
    this.#open.set(questionId, question);
    const stop = (): void => {
      question.close();
    };
    signal.addEventListener("abort", stop);
    const { model, temperature } = settings;
    window.ask({ questionId, model, prompt, justification: JUSTIFICATION, maxOutputTokens, temperature });
    try {
      for (;;) {
        const piece = await question.next();
        if (piece === null) return;
        yield piece;
        if (piece.kind === "end" || piece.kind === "failed") return;
      }
    } finally {
      signal.removeEventListener("abort", stop);
      // Answered, or nobody wants the answer any more.
      if (this.#open.delete(questionId) && !question.isAnswered) window.withdraw(questionId);
    }
  }

  /** False: nobody waits for it any more. */
  answer(questionId: string, number: number, piece: EditorPiece): boolean {
    const question = this.#open.get(questionId);
    return question?.take(number, pieceOf(piece)) ?? false;
  }
}

/** What is to be told one editor. */
class EditorWindow {
  listener: () => void = () => undefined;
  #questions: EditorQuestion[] = [];
  #withdrawn: string[] = [];

  ask(question: EditorQuestion): void {
    this.#questions.push(question);
    this.listener();
  }

  withdraw(questionId: string): void {
    this.#questions = this.#questions.filter((question) => question.questionId !== questionId);
    this.#withdrawn.push(questionId);
    this.listener();
  }

  take(): ModelsBatch {
    const batch: ModelsBatch = { kind: "models", questions: this.#questions, withdrawn: this.#withdrawn, end: false };
    this.#questions = [];
    this.#withdrawn = [];
    return batch;
  }
}

/** A question that is being answered. */
class OpenQuestion {
  readonly window: EditorWindow;
  isAnswered = false;
  readonly #pieces: ModelPiece[] = [];
  #next = 0;
  #isClosed = false;
  #wake: (() => void) | null = null;

  constructor(window: EditorWindow) {
    this.window = window;
  }

  take(number: number, piece: ModelPiece): boolean {
    if (this.#isClosed || this.#pieces.length > MOST_UNREAD) return false;
    if (number < this.#next) return true;
    this.#next = number + 1;
    this.push(piece);
    return true;
  }

  push(piece: ModelPiece): void {
    if (piece.kind === "end" || piece.kind === "failed") this.isAnswered = true;
    this.#pieces.push(piece);
    this.#wake?.();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  /** Null: it was closed. */
  async next(): Promise<ModelPiece | null> {
    for (;;) {
      if (this.#isClosed) return null;
      const piece = this.#pieces.shift();
      if (piece !== undefined) return piece;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }
}

function pieceOf(piece: EditorPiece): ModelPiece {
  switch (piece.kind) {
    case "text":
    case "model":
      return piece;
    case "end": {
      const { tokens } = piece;
      return { kind: "end", stop: "end", usage: tokens && { ...tokens, cachedInput: 0 }, isCounted: false };
    }
    case "failed":
      return { kind: "failed", failure: piece.failure, isOfPlace: false, isSent: false };
  }
}
