import assert from "node:assert/strict";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, stepCountIs, streamText, tool, type LanguageModel } from "ai";
import { z } from "zod";
import {
  call,
  drop,
  hang,
  lastResult,
  overloaded,
  promptOf,
  quota,
  refuse,
  resultsIn,
  say,
  type DialectName,
} from "../../support/model-server/conversation.ts";
import { asides, ModelServer, type Turn } from "../../support/model-server/model-server.ts";

const NOW = Date.UTC(2026, 0, 1);
const always = (): boolean => true;

/** What each dialect's own client makes of the server, and where it posts. */
const DIALECTS: Record<DialectName, { client: (url: string) => LanguageModel; path: string; body: object }> = {
  chat: {
    client: (url) =>
      createOpenAICompatible({ name: "scripted", baseURL: `${url}/v1`, apiKey: "k", includeUsage: true })("m"),
    path: "/v1/chat/completions",
    body: { model: "m", messages: [{ role: "user", content: "hello" }] },
  },
  responses: {
    client: (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey: "k" }).responses("m"),
    path: "/v1/responses",
    body: { model: "m", input: "hello" },
  },
  messages: {
    client: (url) => createAnthropic({ baseURL: `${url}/v1`, apiKey: "k" })("m"),
    path: "/v1/messages",
    body: { model: "m", max_tokens: 10, messages: [{ role: "user", content: "hello" }] },
  },
  gemini: {
    client: (url) => createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey: "k" })("m"),
    path: "/v1beta/models/m:generateContent",
    body: { contents: [{ role: "user", parts: [{ text: "hello" }] }] },
  },
};
const NAMES: readonly DialectName[] = ["chat", "responses", "messages", "gemini"];
const STREAMED: Record<DialectName, string> = {
  chat: DIALECTS.chat.path,
  responses: DIALECTS.responses.path,
  messages: DIALECTS.messages.path,
  gemini: "/v1beta/models/m:streamGenerateContent",
};

describe("the scripted model server", () => {
  let server: ModelServer;
  const play = async (...turns: Turn[]): Promise<ModelServer> => (server = await ModelServer.start(turns, () => NOW));
  const post = (path: string, body: unknown, signal?: AbortSignal): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });

  afterEach(() => server.stop());

  for (const name of NAMES) {
    const { client, path, body } = DIALECTS[name];

    for (const stream of [false, true])
      it(`${name}${stream ? ", streamed" : ""}: a conversation with a tool, its usage and its end, as the dialect's client reads them`, async () => {
        await play(
          {
            name: "asks",
            when: (request) => resultsIn(request) === 0,
            answer: call("look", { path: "a b.txt" }, { usage: { input: 1_000, output: 20, cached: 600 } }),
          },
          {
            name: "answers",
            when: (request) => resultsIn(request) === 1,
            answer: (request) => say(`It says ${/hello/.exec(lastResult(request))?.[0]}.`),
          },
        );
        const question = {
          model: client(server.url),
          instructions: "Be brief.",
          prompt: "What is in the file?",
          tools: {
            look: tool({ inputSchema: z.object({ path: z.string() }), execute: ({ path: file }) => `${file}: hello` }),
          },
          stopWhen: stepCountIs(3),
          maxRetries: 0,
          maxOutputTokens: 500,
        };
        const steps = stream ? await streamText(question).steps : (await generateText(question)).steps;
        assert.deepEqual(
          steps.map(({ text, finishReason, usage }) => [text, finishReason, usage.inputTokens, usage.outputTokens]),
          [
            ["", "tool-calls", 1_000, 20],
            ["It says hello.", "stop", 1_000, 100],
          ],
        );
        assert.equal(steps[0]?.usage.inputTokenDetails.cacheReadTokens, 600);
        assert.deepEqual(
          steps[0]?.toolCalls.map(({ toolName, input }) => [toolName, input]),
          [["look", { path: "a b.txt" }]],
        );
        assert.deepEqual(
          server.asked.map(({ turn, request }) => [
            turn,
            request.dialect,
            request.model,
            request.stream,
            request.tools,
          ]),
          [
            ["asks", name, "m", stream, ["look"]],
            ["answers", name, "m", stream, ["look"]],
          ],
        );
        const [first] = server.asked;
        assert.ok(first !== undefined);
        assert.match(first.request.system, /Be brief\./);
        assert.equal(promptOf(first.request), "What is in the file?");
        assert.deepEqual([server.missing, server.unexpected, server.strange], [[], [], []]);
      });

    it(`${name}: thoughts and an answer that is cut by its limit`, async () => {
      await play({ name: "long", when: always, answer: say("It goes", { thought: "hm", finish: "length" }), times: 2 });
      const question = { model: client(server.url), prompt: "Tell.", maxRetries: 0, maxOutputTokens: 500 };
      for (const one of [await generateText(question), await streamText(question).finalStep]) {
        assert.equal(one.text, "It goes");
        assert.equal(one.finishReason, "length");
      }
    });

    it(`${name}: a quota says when it comes back, in the words of the dialect`, async () => {
      await play({ name: "quota", when: always, answer: quota(30) });
      const response = await post(path, body);
      assert.equal(response.status, 429);
      const text = await response.text();
      const told = {
        chat: [response.headers.get("retry-after"), "30"],
        responses: [String(/"resets_at":\d+,/.exec(text)), `"resets_at":${NOW / 1_000 + 30},`],
        messages: [response.headers.get("anthropic-ratelimit-unified-reset"), String(NOW / 1_000 + 30)],
        gemini: [String(/"retryDelay":"\w+"/.exec(text)), '"retryDelay":"30s"'],
      }[name];
      assert.equal(told[0], told[1]);
    });

    it(`${name}: an overload and an unknown key are errors that the client understands`, async () => {
      await play(
        { name: "busy", when: always, answer: overloaded() },
        { name: "key", when: always, answer: refuse(401, "Unknown key.") },
      );
      const ask = (): Promise<unknown> =>
        generateText({ model: client(server.url), prompt: "?", maxRetries: 0, maxOutputTokens: 9 });
      await assert.rejects(ask, { statusCode: 529, message: "Overloaded", isRetryable: true });
      await assert.rejects(ask, { statusCode: 401, message: "Unknown key.", isRetryable: false });
    });

    it(`${name}: a stream breaks off after some pieces`, async () => {
      await play({ name: "break", when: always, answer: drop(1) });
      const response = await post(STREAMED[name], { ...body, stream: true });
      assert.equal(response.status, 200);
      const reader = response.body?.getReader();
      assert.ok(reader !== undefined);
      assert.match(Buffer.from((await reader.read()).value ?? []).toString(), /data: /);
      await assert.rejects(reader.read(), /terminated/);
    });
  }

  it("a connection breaks before a word is said", async () => {
    await play({ name: "break", when: always, answer: drop() });
    await assert.rejects(post(DIALECTS.chat.path, DIALECTS.chat.body), /fetch failed/);
  });

  it("a hanging answer ends when the client gives up, and the server knows", async () => {
    await play({ name: "hang", when: always, answer: hang(2) });
    const given = new AbortController();
    const response = await post(DIALECTS.chat.path, { ...DIALECTS.chat.body, stream: true }, given.signal);
    assert.equal(response.status, 200);
    const { closed } = await server.played("hang");
    given.abort();
    await closed;
  });

  it("stops while a client waits", async () => {
    await play({ name: "hang", when: always, answer: hang() });
    const waiting = assert.rejects(post(DIALECTS.chat.path, DIALECTS.chat.body), /fetch failed/);
    await server.played("hang");
    await server.stop();
    await waiting;
  });

  it("a request that no turn fits, or for which all are used up, is refused and recorded", async () => {
    await play(
      { name: "once", when: ({ model }) => model === "m", answer: say("yes") },
      { name: "never", when: ({ model }) => model === "other", answer: say("no"), times: 2 },
      asides(),
    );
    const offered = { ...DIALECTS.chat.body, tools: [{ type: "function", function: { name: "look" } }] };
    assert.equal((await post(DIALECTS.chat.path, offered)).status, 200);
    const refused = await post(DIALECTS.chat.path, offered);
    assert.equal(refused.status, 400);
    assert.match(await refused.text(), /no turn for this request: chat m, 1 messages, 1 tools, the last: hello/);
    assert.deepEqual(
      server.unexpected.map(({ turn, path }) => [turn, path]),
      [[null, DIALECTS.chat.path]],
    );
    assert.deepEqual(server.missing, ["never"]);
    assert.equal((await post(DIALECTS.chat.path, DIALECTS.chat.body)).status, 200, "asked on the side");
  });

  it("what is no request of the dialect is refused and recorded", async () => {
    await play();
    for (const body of ["{", "{}", { model: "m", messages: [{ role: "nobody", content: "?" }] }])
      assert.equal((await post(DIALECTS.chat.path, body)).status, 400);
    assert.equal((await post("/v1/embeddings", {})).status, 404);
    assert.equal(server.strange.length, 4);
    assert.equal(server.asked.length, 0);
  });

  it("a body without an end is not read to its end", async () => {
    await play();
    await assert.rejects(post(DIALECTS.chat.path, "x".repeat(20_000_001)));
    assert.equal(server.asked.length, 0);
  });

  it("says which models there are and how long a text is", async () => {
    await play();
    const get = async (path: string): Promise<unknown> => (await fetch(`${server.url}${path}`)).json();
    assert.match(JSON.stringify(await get("/v1/models")), /"id":"scripted-model"/);
    const counted = await post("/v1/messages/count_tokens", DIALECTS.messages.body);
    assert.deepEqual(await counted.json(), { input_tokens: 1_000 });
    assert.deepEqual(server.strange, []);
  });
});
