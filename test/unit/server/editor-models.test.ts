import assert from "node:assert/strict";
import type { EditorQuestion } from "../../../schemas/operations/model.ts";
import { answerQuestion, type ChatModel, type ChatModels } from "../../../extension/language-models/answer-question.ts";
import { Subscriptions, type Topics } from "../../../worker/server/subscriptions.ts";
import { Models } from "../../../worker/server/models.ts";
import { systemClock } from "../../../worker/run/system-clock.ts";
import { builtInAdapters } from "../../../worker/agents/step-runner.ts";
import { Lifecycle } from "../../../worker/agents/lifecycle.ts";
import { tinyDomain } from "../../support/tiny-domain.ts";
import { inWorkspace } from "../../support/attempts.ts";
import { modelAgent, modelAttempt } from "../../support/model-agents.ts";
import type { TestAttempt } from "../../support/attempts.ts";

/** A model of an editor whose answer is a function. */
function chatModel(id: string, answer: (signal: AbortSignal) => AsyncIterable<string>): ChatModel {
  return { id, send: async (_question, signal) => answer(signal), count: async (text) => text.length };
}

async function* texts(...pieces: readonly string[]): AsyncIterable<string> {
  yield* pieces;
}

/** Never ends by itself. */
async function* hanging(signal: AbortSignal): AsyncIterable<string> {
  yield "Begun ";
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => {
      resolve();
    });
  });
}

class NotAllowed extends Error {
  readonly code = "NoPermissions";
}

function modelsOf(...models: readonly ChatModel[]): ChatModels {
  return {
    find: async (name) => models.find(({ id }) => id === name),
    names: async () => models.map(({ id }) => id),
    codeOf: (error) => (error instanceof NotAllowed ? error.code : null),
  };
}

/** A worker's models with editors that follow them, each a connection of its own. */
class Desk {
  readonly models = new Models({}, () => null);
  readonly answering: Promise<void>[] = [];
  readonly withdrawn: string[] = [];
  readonly asked: EditorQuestion[] = [];

  /** Returns the way to close the window. */
  async open(models: ChatModels): Promise<() => void> {
    const stops = new Map<string, AbortController>();
    const topics: Topics = { ...tinyDomain().topics, models: async () => this.models.editor.source() };
    const subscriptions = new Subscriptions({
      topics: async () => topics,
      clock: systemClock,
      send: async (batch) => {
        if (batch.kind !== "models") return;
        for (const id of batch.withdrawn) stops.get(id)?.abort();
        this.withdrawn.push(...batch.withdrawn);
        for (const question of batch.questions) {
          const stop = new AbortController();
          stops.set(question.questionId, stop);
          this.asked.push(question);
          const tell = async (number: number, piece: Parameters<Models["editor"]["answer"]>[2]): Promise<boolean> =>
            this.models.editor.answer(question.questionId, number, piece);
          this.answering.push(answerQuestion(question, models, tell, stop.signal));
        }
      },
      onBroken: (error) => {
        throw error;
      },
    });
    await subscriptions.open({ kind: "models" });
    return () => {
      subscriptions.closeAll();
    };
  }

  attempt(folder: string, model = "gpt"): TestAttempt {
    const adapters = builtInAdapters({
      clock: systemClock,
      environment: {},
      lifecycle: new Lifecycle(() => new Date()),
      models: this.models,
    });
    return modelAttempt(folder, modelAgent([], { provider: "vscode", model }), { adapters });
  }
}

describe("the models of VS Code (D4)", () => {
  it("answer a step, through the window that came last, and count their tokens", () =>
    inWorkspace(async (folder) => {
      const desk = new Desk();
      assert.equal(desk.models.editor.isThere, false);
      const close = [
        await desk.open(modelsOf()),
        await desk.open(modelsOf(chatModel("gpt", () => texts("All ", "fine.")))),
      ];
      assert.equal(desk.models.editor.isThere, true);
      const attempt = desk.attempt(folder);
      const { outcome, failure, costs } = await attempt.result;
      assert.equal(outcome, "succeeded", failure?.message);
      assert.equal(attempt.output, "All fine.");
      assert.match(desk.asked[0]?.justification ?? "", /Planwright/);
      assert.deepEqual(
        costs.map(({ amount, certainty, tokens }) => ({ amount, certainty, tokens })),
        [{ amount: null, certainty: "unknown", tokens: { input: "Do it.\n".length, output: "All fine.".length } }],
      );
      for (const one of close) one();
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(desk.models.editor.isThere, false);
    }));

  it("are told when nobody wants the answer any more", () =>
    inWorkspace(async (folder) => {
      const desk = new Desk();
      const close = await desk.open(modelsOf(chatModel("gpt", hanging)));
      const attempt = desk.attempt(folder);
      await attempt.said(/Begun/);
      attempt.stop(5_000);
      assert.equal((await attempt.result).outcome, "cancelled");
      await Promise.all(desk.answering);
      assert.deepEqual(
        desk.withdrawn,
        desk.asked.map(({ questionId }) => questionId),
      );
      close();
    }));

  it("fail an attempt whose window is closed, as a matter of the way", () =>
    inWorkspace(async (folder) => {
      const desk = new Desk();
      const close = await desk.open(modelsOf(chatModel("gpt", hanging)));
      const attempt = desk.attempt(folder);
      await attempt.said(/Begun/);
      close();
      const { failure } = await attempt.result;
      assert.equal(failure?.code, "transport");
      assert.match(failure?.message ?? "", /window of VS Code.*was closed/);
    }));

  it("that are not there, not allowed or break are named as that", () =>
    inWorkspace(async (folder) => {
      const cases = [
        [modelsOf(), "agent_unavailable", /has no model "gpt"; it has none/],
        [modelsOf(chatModel("other", () => texts("x"))), "agent_unavailable", /it has other/],
        [
          modelsOf({ id: "gpt", send: async () => Promise.reject(new NotAllowed("no consent")), count: async () => 0 }),
          "needs_login",
          /allow it when VS Code asks/,
        ],
        [
          modelsOf({ id: "gpt", send: async () => Promise.reject(new Error("broken")), count: async () => 0 }),
          "agent_error",
          /broken/,
        ],
        [modelsOf(chatModel("gpt", () => texts())), "agent_error", /answered with nothing/],
      ] as const;
      for (const [models, code, words] of cases) {
        const desk = new Desk();
        const close = await desk.open(models);
        const { failure } = await desk.attempt(folder).result;
        assert.equal(failure?.code, code, failure?.message);
        assert.match(failure?.message ?? "", words);
        close();
      }
    }));

  it("count a piece that comes twice once, and take none for a question that is over", async () => {
    const { editor } = new Models({}, () => null);
    const source = editor.source();
    const leave = source.onChange(() => undefined);
    const { settings } = { settings: modelAgent([], { provider: "vscode" }).adapter };
    assert.ok(settings.kind === "llm");
    const stream = editor
      .ask({ settings, prompt: "p", maxOutputTokens: null }, new AbortController().signal)
      [Symbol.asyncIterator]();
    const first = stream.next();
    const { batch } = await source.read(null, 1);
    assert.ok(batch.kind === "models");
    const id = batch.questions[0]?.questionId ?? "";
    assert.equal(editor.answer(id, 0, { kind: "text", text: "a" }), true);
    assert.equal(editor.answer(id, 0, { kind: "text", text: "a" }), true);
    assert.equal(editor.answer(id, 1, { kind: "end", tokens: null }), true);
    assert.deepEqual((await first).value, { kind: "text", text: "a" });
    assert.deepEqual((await stream.next()).value, { kind: "end", stop: "end", usage: null, isCounted: false });
    assert.equal((await stream.next()).done, true);
    assert.equal(editor.answer(id, 2, { kind: "text", text: "late" }), false);
    leave();
  });
});

describe("keys of language models", () => {
  it("that are handed over come before the environment, are taken out of what is said, and are forgotten when they are left out", () => {
    const models = new Models({ A_KEY: "from-environment", B_KEY: "stays" }, () => null);
    models.take({ A_KEY: "handed-over-value" });
    assert.equal(models.secret("A_KEY"), "handed-over-value");
    assert.equal(models.secret("B_KEY"), "stays");
    assert.equal(models.redactor().text("Bearer handed-over-value!"), "Bearer [redacted]!");
    models.take({});
    assert.equal(models.secret("A_KEY"), "from-environment");
  });
});
