import type { Failure } from "../../schemas/failure.ts";
import type { EditorPiece, EditorQuestion } from "../../schemas/operations/model.ts";

/** A model of the editor. */
export interface ChatModel {
  readonly id: string;
  /** Rejects with the editor's errors. */
  send(question: EditorQuestion, signal: AbortSignal): Promise<AsyncIterable<string>>;
  /** How many tokens a text has for it. */
  count(text: string): PromiseLike<number>;
}

/** The models of the editor, and what its errors mean. */
export interface ChatModels {
  /** By id, by `vendor/family`, or by family; undefined: there is none. */
  find(name: string): Promise<ChatModel | undefined>;
  /** Names of those that there are, for people. */
  names(): Promise<readonly string[]>;
  /** `NoPermissions`, `Blocked`, `NotFound`; null: another error. */
  codeOf(error: unknown): string | null;
}

/** Hands a piece of the answer to the worker; false: nobody wants it any more. Rejects when the worker is gone. */
export type Tell = (number: number, piece: EditorPiece) => Promise<boolean>;

/**
 * Answers one question of the worker with a model of the editor: its text as it comes, then how many tokens that were. What comes while
 * a piece is on its way is joined to one. Does not reject; stops when nobody wants the answer any more.
 */
export async function answerQuestion(
  question: EditorQuestion,
  models: ChatModels,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  let number = 0;
  const say = async (piece: EditorPiece): Promise<void> => {
    if (both.aborted) return;
    const isWanted = await tell(number++, piece).catch(() => false);
    if (!isWanted) stop.abort();
  };
  try {
    const model = await models.find(question.model);
    if (model === undefined) {
      await say({ kind: "failed", failure: notThere(question.model, await models.names()) });
      return;
    }
    await say({ kind: "model", model: model.id });
    const text = await passOn(await model.send(question, both), say, both);
    if (both.aborted) return;
    await say({ kind: "end", tokens: await tokensOf(model, question.prompt, text) });
  } catch (error) {
    await say({ kind: "failed", failure: failureOf(error, models.codeOf(error), question.model) });
  }
}

/** Longest text of one message to the worker. In UTF-16 code units. */
const MOST_TEXT = 500_000;

async function passOn(
  answer: AsyncIterable<string>,
  say: (piece: EditorPiece) => Promise<void>,
  signal: AbortSignal,
): Promise<string> {
  let all = "";
  let waiting = "";
  let sending: Promise<void> | null = null;
  const send = async (): Promise<void> => {
    while (waiting !== "" && !signal.aborted) {
      const text = waiting.slice(0, MOST_TEXT);
      waiting = waiting.slice(text.length);
      await say({ kind: "text", text });
    }
    sending = null;
  };
  for await (const text of answer) {
    if (signal.aborted) break;
    all += text;
    waiting += text;
    sending ??= send();
  }
  await sending;
  return all;
}

/** Null: the editor's model cannot count. */
async function tokensOf(
  model: ChatModel,
  prompt: string,
  text: string,
): Promise<{ input: number; output: number } | null> {
  try {
    const [input, output] = await Promise.all([model.count(prompt), model.count(text)]);
    return { input, output };
  } catch {
    return null;
  }
}

function notThere(name: string, names: readonly string[]): Failure {
  const there =
    names.length === 0
      ? "it has none: install an extension that brings language models, such as GitHub Copilot"
      : `it has ${names.slice(0, 10).join(", ")}: name one of them in model of the agent`;
  return { code: "agent_unavailable", message: `VS Code has no model "${name}"; ${there}`, retryable: false };
}

function failureOf(error: unknown, code: string | null, model: string): Failure {
  const said = error instanceof Error ? error.message : String(error);
  switch (code) {
    case "NoPermissions":
      return {
        code: "needs_login",
        message: `Planwright may not use ${model} of VS Code (${said}): allow it when VS Code asks, or under "Manage Language Model Access"`,
        retryable: false,
      };
    case "Blocked":
      return {
        code: "rate_limit",
        message: `VS Code does not let ${model} answer at present, for its quota or its contents (${said})`,
        retryable: true,
      };
    case "NotFound":
      return {
        code: "agent_unavailable",
        message: `the model ${model} of VS Code is not there any more`,
        retryable: false,
      };
    default:
      return { code: "agent_error", message: `${model} of VS Code failed: ${said}`, retryable: false };
  }
}
