import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inWorkspace } from "../../../support/attempts.ts";
import { ManualClock } from "../../../support/manual-clock.ts";
import { modelAgent, modelAttempt } from "../../../support/model-agents.ts";
import {
  drop,
  hang,
  overloaded,
  promptOf,
  quota,
  refuse,
  say,
  type Answer,
} from "../../../support/model-server/conversation.ts";
import { ModelServer } from "../../../support/model-server/model-server.ts";

type Provider = "openai-compatible" | "openai" | "anthropic" | "google";

const PROVIDERS: readonly { provider: Provider; path: string; key: string | null }[] = [
  { provider: "openai-compatible", path: "/v1", key: null },
  { provider: "openai", path: "/v1", key: "OPENAI_API_KEY" },
  { provider: "anthropic", path: "/v1", key: "ANTHROPIC_API_KEY" },
  { provider: "google", path: "/v1beta", key: "GOOGLE_GENERATIVE_AI_API_KEY" },
];

async function withModel(
  answers: readonly Answer[],
  act: (model: ModelServer, folder: string) => Promise<void>,
): Promise<void> {
  const turns = answers.map((answer, index) => ({ name: `turn ${index}`, when: () => true, answer }));
  const model = await ModelServer.start(turns);
  try {
    await inWorkspace((folder) => act(model, folder));
  } finally {
    await model.stop();
  }
}

describe("a language model (D4)", () => {
  for (const { provider, path, key } of PROVIDERS) {
    const environment = key === null ? {} : { [key]: "sk-secret-of-the-test" };

    it(`of the kind ${provider} gets the prompt and streams its answer, and its tokens are counted`, () =>
      withModel(
        [say("All of it is fine.", { usage: { input: 1_000, output: 200, cached: 400 } })],
        async (model, folder) => {
          const price = { input: 2, output: 10, cachedInput: 1 };
          const agent = modelAgent([model.url + path], { provider, price }, { currency: "USD" });
          const attempt = modelAttempt(folder, agent, { environment });
          const { outcome, failure, result, costs } = await attempt.result;
          assert.equal(outcome, "succeeded", failure?.message);
          assert.equal(attempt.output, "All of it is fine.");
          assert.equal(result.answer, "All of it is fine.");
          assert.deepEqual(costs, []);
          const [asked] = model.asked;
          assert.ok(asked);
          assert.equal(promptOf(asked.request), "Do it.\n");
          assert.equal(asked.request.model, "test-model");
          assert.equal(asked.request.stream, true);
          if (key !== null) assert.match(JSON.stringify(asked.headers), /sk-secret-of-the-test/);
          const [cost] = attempt.costs;
          assert.equal(attempt.costs.length, 1);
          assert.deepEqual(cost?.tokens, { input: 1_000, output: 200 });
          assert.equal(cost?.certainty, "estimated");
          assert.ok(Math.abs(Number(cost?.amount) - (600 * 2 + 400 * 1 + 200 * 10) / 1e6) < 1e-9, String(cost?.amount));
          assert.doesNotMatch(JSON.stringify([attempt.logs, attempt.messages]), /sk-secret-of-the-test/);
        },
      ));

    it(`of the kind ${provider} that does not know the key says how to set it`, () =>
      withModel([refuse(401, "invalid x-api-key")], async (model, folder) => {
        const agent = modelAgent([model.url + path], { provider });
        const { outcome, failure } = await modelAttempt(folder, agent, { environment }).result;
        assert.equal(outcome, "failed");
        assert.equal(failure?.code, "needs_login");
        assert.match(failure?.message ?? "", /status 401.*invalid x-api-key/);
        assert.match(failure?.message ?? "", key === null ? /key of the agent/ : new RegExp(`set the variable ${key}`));
        assert.equal(model.asked.length, 1);
      }));

    it(`of the kind ${provider} whose quota is used up says when it comes back`, () =>
      withModel([quota(90)], async (model, folder) => {
        const agent = modelAgent([model.url + path], { provider });
        const { failure, costs } = await modelAttempt(folder, agent, { environment }).result;
        assert.equal(failure?.code, "rate_limit");
        assert.equal(failure?.retryAfter, 90_000);
        assert.deepEqual(costs, []);
        assert.equal(model.asked.length, 1, "it is for the engine to ask again");
      }));

    it(`of the kind ${provider} that is overloaded, or breaks off, is a matter of the way`, () =>
      withModel([overloaded(), drop(1)], async (model, folder) => {
        const agent = modelAgent([model.url + path], { provider });
        for (const _ of [1, 2]) {
          const { failure } = await modelAttempt(folder, agent, { environment }).result;
          assert.equal(failure?.code, "transport", JSON.stringify(failure));
        }
      }));

    it(`of the kind ${provider} that hangs is closed when the attempt is stopped`, () =>
      withModel([hang(2)], async (model, folder) => {
        const attempt = modelAttempt(folder, modelAgent([model.url + path], { provider }), { environment });
        const asked = await model.played("turn 0");
        attempt.stop(5_000);
        const { outcome } = await attempt.result;
        assert.equal(outcome, "cancelled");
        await asked.closed;
      }));

    it(`of the kind ${provider} that is cut off at its limit, or says nothing, has not done it`, () =>
      withModel([say("Half", { finish: "length" }), say("")], async (model, folder) => {
        const agent = modelAgent([model.url + path], { provider });
        for (const words of [/cut off.*maxOutputTokens/, /answered with nothing/]) {
          const { failure } = await modelAttempt(folder, agent, { environment }).result;
          assert.equal(failure?.code, "agent_error");
          assert.match(failure?.message ?? "", words);
        }
      }));
  }

  it("that refuses has not done it, and its words are told", () =>
    withModel([say("I will not.", { finish: "refusal" })], async (model, folder) => {
      const agent = modelAgent([`${model.url}/v1`], { provider: "anthropic" });
      const environment = { ANTHROPIC_API_KEY: "sk-secret-of-the-test" };
      const { failure } = await modelAttempt(folder, agent, { environment }).result;
      assert.equal(failure?.code, "agent_error");
      assert.match(failure?.message ?? "", /refused: I will not\./);
    }));

  it("that thinks aloud answers with what comes after it, and the thoughts are noted", () =>
    withModel(
      [say("<think>Let me see.\n\nYes.</think>The answer."), say("Plain.", { thought: "Hm." })],
      async (model, folder) => {
        const agent = modelAgent([`${model.url}/v1`]);
        const first = modelAttempt(folder, agent);
        assert.equal((await first.result).result.answer, "The answer.");
        assert.ok(first.logs.includes("debug: Let me see."), first.logs.join("\n"));
        assert.ok(first.logs.includes("debug: Yes."));
        const second = modelAttempt(folder, agent);
        assert.equal((await second.result).result.answer, "Plain.");
        assert.ok(second.logs.includes("debug: Hm."), second.logs.join("\n"));
      },
    ));

  it("whose first address cannot be reached, or does not begin in time, is asked at the next (D7)", () =>
    withModel([hang(), say("Here.")], async (model, folder) => {
      const clock = new ManualClock();
      const urls = ["http://127.0.0.1:9/v1", `${model.url}/v1`, `${model.url}/v1`];
      const attempt = modelAttempt(folder, modelAgent(urls, { beginWithin: 5_000 }), { clock });
      await model.played("turn 0");
      clock.advance(5_000);
      const { outcome, failure } = await attempt.result;
      assert.equal(outcome, "succeeded", failure?.message);
      assert.equal(attempt.output, "Here.");
      assert.ok(attempt.logs.some((line) => /127\.0\.0\.1:9 could not be reached.*next address/.test(line)));
      assert.ok(attempt.logs.some((line) => /did not begin to answer within 5s.*next address/.test(line)));
    }));

  it("that never begins to answer has failed by the time", () =>
    withModel([hang()], async (model, folder) => {
      const clock = new ManualClock();
      const attempt = modelAttempt(folder, modelAgent([`${model.url}/v1`], { beginWithin: 5_000 }), { clock });
      await model.played("turn 0");
      clock.advance(5_000);
      const { failure, costs } = await attempt.result;
      assert.equal(failure?.code, "timeout");
      assert.match(failure?.message ?? "", /did not begin to answer within 5s/);
      assert.deepEqual(
        costs.map(({ certainty }) => certainty),
        ["unknown"],
      );
    }));

  it("has an unknown cost where nobody knows its price, or it does not say what it used (E4)", () =>
    withModel([say("a"), say("b", { usage: null })], async (model, folder) => {
      const agent = modelAgent([`${model.url}/v1`], { model: "gpt-4o-mini" });
      const first = await modelAttempt(folder, agent).result;
      assert.deepEqual(
        first.costs.map(({ amount, certainty, tokens }) => ({ amount, certainty, tokens })),
        [{ amount: null, certainty: "unknown", tokens: { input: 1_000, output: 100 } }],
      );
      const second = await modelAttempt(folder, agent).result;
      assert.deepEqual(
        second.costs.map(({ amount, certainty }) => ({ amount, certainty })),
        [{ amount: null, certainty: "unknown" }],
      );
    }));

  it("writes no more than its step may cost", () =>
    withModel([say("ok")], async (model, folder) => {
      const agent = modelAgent([`${model.url}/v1`], { price: { input: 1, output: 10 } }, { currency: "EUR" });
      await modelAttempt(folder, agent, { allowance: 0.01 }).result;
      assert.match(JSON.stringify(model.asked[0]?.body), /"max_tokens":99\d/);
      const { failure } = await modelAttempt(folder, agent, { allowance: 0.000_000_5 }).result;
      assert.equal(failure?.code, "budget_exceeded");
      assert.equal(model.asked.length, 1);
    }));

  describe("and the one output of its step", () => {
    it("is its answer, without the fence around it, also in a folder that is not there yet", () =>
      withModel([say("```md\n# Title\n```\n")], async (model, folder) => {
        const agent = modelAgent([`${model.url}/v1`]);
        const { outcome, failure, artifacts } = await modelAttempt(folder, agent, { outputs: ["docs/new/a.md"] })
          .result;
        assert.equal(outcome, "succeeded", failure?.message);
        assert.equal(readFileSync(join(folder, "docs/new/a.md"), "utf8"), "# Title\n");
        assert.equal(artifacts.length, 1);
      }));

    it("is not written outside the workspace, whatever stands in the way (SEC15)", () =>
      withModel([say("x"), say("x"), say("x"), say("x")], async (model, folder) => {
        const agent = modelAgent([`${model.url}/v1`]);
        const outside = join(folder, "..", `outside-of-${folder.split("/").at(-1)}`);
        mkdirSync(join(folder, "in"));
        symlinkSync(outside, join(folder, "in", "link"));
        symlinkSync(join(folder, ".."), join(folder, "up"));
        for (const output of [
          `../${outside.split("/").at(-1)}`,
          "in/link",
          `up/${outside.split("/").at(-1)}`,
          outside,
        ]) {
          const { outcome, failure } = await modelAttempt(folder, agent, { outputs: [output] }).result;
          assert.equal(outcome, "failed", output);
          assert.equal(failure?.code, "output_missing");
          assert.equal(existsSync(outside), false, output);
        }
      }));

    it("is missing when there are two, because a model writes nothing itself (C13)", () =>
      withModel([say("I wrote both files.")], async (model, folder) => {
        const { failure } = await modelAttempt(folder, modelAgent([`${model.url}/v1`]), { outputs: ["a", "b"] }).result;
        assert.equal(failure?.code, "output_missing");
      }));

    it("is left alone by an agent that may only read", () =>
      withModel([say("new")], async (model, folder) => {
        writeFileSync(join(folder, "a.txt"), "old");
        const agent = modelAgent([`${model.url}/v1`], {}, { permissions: "readonly" });
        await modelAttempt(folder, agent, { outputs: ["a.txt"] }).result;
        assert.equal(readFileSync(join(folder, "a.txt"), "utf8"), "old");
      }));
  });

  it("without its key, without an address or without an editor is not asked", () =>
    inWorkspace(async (folder) => {
      const cases = [
        [modelAgent([], { provider: "anthropic" }), "needs_login", /ANTHROPIC_API_KEY/],
        [modelAgent([]), "agent_unavailable", /names no address/],
        [modelAgent(["http://me:pw@127.0.0.1:9"]), "agent_unavailable", /name or a password/],
        [modelAgent([], { provider: "vscode" }), "agent_unavailable", /no window/],
      ] as const;
      for (const [agent, code, words] of cases) {
        const { failure } = await modelAttempt(folder, agent).result;
        assert.equal(failure?.code, code);
        assert.match(failure?.message ?? "", words);
      }
    }));

  it("is not followed to another place, which would take the key along (SEC25)", () =>
    withModel([say("never")], async (model, folder) => {
      const { createServer } = await import("node:http");
      const server = createServer((_request, response) => {
        response.writeHead(307, { location: `${model.url}/v1/chat/completions` }).end();
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      assert.ok(address !== null && typeof address !== "string");
      try {
        const { failure } = await modelAttempt(folder, modelAgent([`http://127.0.0.1:${address.port}/v1`])).result;
        assert.equal(failure?.code, "transport");
        assert.equal(model.asked.length, 0);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    }));
});
