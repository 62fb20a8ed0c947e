import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import type { AgentDefinition } from "../../schemas/agent.ts";
import type { AttemptEnd } from "../../worker/agents/step-runner.ts";
import { TestAttempt, type AttemptOptions } from "../support/attempts.ts";
import {
  answerTo,
  httpAgent,
  startRawService,
  startService,
  type Asked,
  type TestService,
} from "../support/http-agent.ts";

/** What an attempt at an HTTP agent came to. */
interface Tried {
  readonly end: AttemptEnd;
  readonly attempt: TestAttempt;
}

function begin(agent: AgentDefinition, options: AttemptOptions = {}): TestAttempt {
  return new TestAttempt("/", null, { capability: "code_review", agent, attemptId: "attempt-1", ...options });
}

async function tried(agent: AgentDefinition, options: AttemptOptions = {}): Promise<Tried> {
  const attempt = begin(agent, options);
  return { end: await attempt.result, attempt };
}

async function served<T>(service: Promise<TestService>, act: (service: TestService) => Promise<T>): Promise<T> {
  const running = await service;
  try {
    return await act(running);
  } finally {
    await running.stop();
  }
}

function failureOf({ end }: Tried): [string, string] {
  assert.equal(end.outcome, "failed");
  return [end.failure?.code ?? "", end.failure?.message ?? ""];
}

/** What the record holds of the answer. */
function recorded({ attempt }: Tried): unknown[] {
  return attempt.messages.filter(({ direction }) => direction === "response").map(({ message }) => message);
}

describe("HTTP agents (D4)", () => {
  it("get the agreed request, and their answer is the attempt's", () =>
    served(
      startService((asked) => asked.answer({ cost: 0.25 })),
      async ({ url, asked }) => {
        const agent = httpAgent([url], { headers: { "X-Team": "blue" }, tokenEnv: "REMOTE_TOKEN" });
        const { end, attempt } = await tried(agent, { environment: { REMOTE_TOKEN: "s3cret" } });
        assert.equal(end.outcome, "succeeded");
        assert.deepEqual(end.result.answer, { text: "done" });
        assert.match(end.result.tail, /"text": "done"/);
        assert.deepEqual(attempt.costs, [{ amount: 0.25 }]);
        assert.deepEqual(end.costs, []);
        const [one] = asked;
        const request = one?.request();
        assert.deepEqual(
          [request?.id, request?.correlationId, request?.capability, request?.timeout],
          ["attempt-1/2", "attempt-1", "code_review", 300_000],
        );
        assert.deepEqual(request?.parameters, {
          title: "Step",
          instructions: "",
          prompt: "Do it.\n",
          files: [],
          outputs: [],
          missing: [],
          results: {},
        });
        const headers: Readonly<Record<string, unknown>> = one?.headers ?? {};
        assert.deepEqual(
          [headers["authorization"], headers["x-team"], headers["idempotency-key"], headers["x-correlation-id"]],
          ["Bearer s3cret", "blue", "key-1", "attempt-1"],
        );
        assert.deepEqual(
          attempt.messages.map(({ direction }) => direction),
          ["request", "response"],
        );
        assert.doesNotMatch(JSON.stringify([attempt.messages, attempt.logs]), /s3cret/);
      },
    ));

  it("that say no fail with their own words, and cost what they say", () =>
    served(
      startService((asked) =>
        asked.answer({
          success: false,
          result: undefined,
          cost: { amount: 0.5, service: "openai" },
          error: { code: "E_CONTEXT", message: "too much text", details: { limit: 8_000 } },
        }),
      ),
      async ({ url }) => {
        const one = await tried(httpAgent([url]));
        assert.deepEqual(failureOf(one), ["agent_error", "agent remote failed (E_CONTEXT): too much text"]);
        assert.deepEqual(one.end.failure?.details, { status: 200, error: "E_CONTEXT", details: { limit: 8_000 } });
        assert.equal(one.end.failure?.retryable, false);
        assert.deepEqual(one.attempt.costs, [{ amount: 0.5, service: "openai" }]);
      },
    ));

  it("without a cost in their answer cost what is registered, else an unknown amount", () =>
    served(
      startService((asked) => asked.answer()),
      async ({ url }) => {
        const known = {
          name: "code_review",
          description: "",
          parameters: {},
          dependencies: [],
          estimatedDuration: null,
        };
        const registered = httpAgent([url], {}, { capabilities: [{ ...known, estimatedCost: 0.1 }] });
        assert.deepEqual((await tried(registered)).end.costs, [
          { amount: 100_000, currency: "USD", certainty: "estimated", service: "remote" },
        ]);
        assert.deepEqual((await tried(httpAgent([url]))).end.costs, [
          { amount: null, currency: "USD", certainty: "unknown", service: "remote" },
        ]);
      },
    ));

  it("hand every cost on as it was said: whoever books it refuses the wrong ones (fault 22)", async () => {
    for (const cost of [-1, 1e308, "free", true, [], { amount: "x" }, { amount: 1, currency: 5 }]) {
      await served(
        startService((asked) => asked.answer({ cost })),
        async ({ url }) => {
          const { end, attempt } = await tried(httpAgent([url]));
          assert.equal(end.outcome, "succeeded");
          assert.equal(attempt.costs.length, 1);
          assert.deepEqual(end.costs, []);
        },
      );
    }
  });

  it("NaN and Infinity, which no JSON has, as costs: the rest of the answer counts (fault 22)", async () => {
    for (const cost of ["NaN", "-Infinity", '{"amount": NaN }']) {
      await served(
        startService(({ request, response }) => {
          const { id, correlationId } = request();
          const answer = { id, correlationId, timestamp: "", success: true, result: "done", cost: 0 };
          response.end(JSON.stringify(answer).replace('"cost":0', `"cost":${cost}`));
        }),
        async ({ url }) => {
          const { end, attempt } = await tried(httpAgent([url]));
          assert.deepEqual([end.outcome, attempt.output.trim()], ["succeeded", "done"]);
          assert.deepEqual([typeof attempt.costs[0]?.amount, attempt.costs.length], ["string", 1]);
        },
      );
    }
  });

  it("whose token is not there are not asked", () =>
    served(
      startService((asked) => asked.answer()),
      async ({ url, asked }) => {
        const [code, message] = failureOf(
          await tried(httpAgent([url], { tokenEnv: "REMOTE_TOKEN" }), { environment: {} }),
        );
        assert.equal(code, "agent_unavailable");
        assert.match(message, /the variable REMOTE_TOKEN is not set .*restart the worker/);
        assert.deepEqual(asked, []);
      },
    ));

  it("whose token cannot be a header fail without showing it", async () => {
    const bad = await tried(httpAgent(["http://127.0.0.1:9/"], { tokenEnv: "T" }), { environment: { T: "s3c\nret" } });
    assert.equal(failureOf(bad)[0], "agent_unavailable");
    assert.doesNotMatch(JSON.stringify([bad.end, bad.attempt.logs, bad.attempt.messages]), /s3c/);
  });
});

describe("several addresses (D7)", () => {
  it("are asked in turn, and one that cannot be reached is passed over within the attempt", () =>
    served(
      startService((asked) => asked.answer()),
      async ({ url, asked }) => {
        const dead = await deadUrl();
        const one = await tried(httpAgent([dead, url]));
        assert.equal(one.end.outcome, "succeeded");
        assert.equal(asked.length, 1);
        assert.match(one.attempt.logs.join("\n"), /warn: http:.* cannot be reached \(ECONNREFUSED\); the next address/);
      },
    ));

  it("are not tried after a request was sent: it may have been worked on", () =>
    served(
      startRawService((socket) => socket.resetAndDestroy()),
      ({ url: first }) =>
        served(
          startService((asked) => asked.answer()),
          async ({ url: second, asked }) => {
            const one = await tried(httpAgent([first, second]));
            assert.equal(failureOf(one)[0], "transport");
            assert.match(failureOf(one)[1], /the connection to .* broke \(ECONNRESET\)/);
            assert.equal(asked.length, 0);
            assert.equal(one.end.costs[0]?.certainty, "unknown");
          },
        ),
    ));

  it("that are all dead make a failure that is tried again and costs nothing", async () => {
    const one = await tried(httpAgent([await deadUrl(), await deadUrl()]));
    assert.equal(failureOf(one)[0], "transport");
    assert.equal(one.end.failure?.retryable, true);
    assert.deepEqual(one.end.costs, []);
  });
});

describe("fault 19: HTTP agents that hang or drip", () => {
  const hanging: readonly (readonly [string, () => Promise<TestService>])[] = [
    ["say nothing", () => startRawService(() => undefined)],
    ["drip their headers", () => startRawService((socket) => drip(socket, "HTTP/1.1 200 OK\r\nX-A: ", "a"))],
    [
      "drip their body",
      () => startRawService((socket) => drip(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", " ")),
    ],
    [
      "drip chunks",
      () =>
        startRawService((socket) =>
          drip(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"),
        ),
    ],
    [
      "go on with what is no answer yet",
      () => startRawService((socket) => drip(socket, "", "HTTP/1.1 102 Processing\r\n\r\n")),
    ],
  ];
  for (const [what, start] of hanging) {
    it(`that ${what} are cut off when the time is over`, () =>
      served(start(), async ({ url }) => {
        const attempt = begin(httpAgent([url]));
        await begun(attempt);
        attempt.stop(0);
        const end = await attempt.result;
        assert.equal(end.outcome, "cancelled");
        assert.match(attempt.logs.join("\n"), /stopped: the connection was closed/);
      }));
  }

  it("that answer a moment after the time are recorded and change nothing (fault 21)", () =>
    served(
      startService(() => undefined),
      async ({ url, asked }) => {
        const attempt = begin(httpAgent([url]));
        const one = await firstAsked(asked);
        attempt.stop(5_000);
        one.answer({ cost: 0.4 });
        const end = await attempt.result;
        assert.equal(end.outcome, "cancelled");
        assert.deepEqual(attempt.costs, [{ amount: 0.4 }]);
        assert.match(attempt.logs.join("\n"), /came after the attempt was stopped: it is recorded and changes nothing/);
        assert.equal(recorded({ end, attempt }).length, 1);
        assert.equal(end.result.answer, undefined);
      },
    ));

  it("see that they are no longer waited for", () =>
    served(
      startService(() => undefined),
      async ({ url, asked }) => {
        const attempt = begin(httpAgent([url]));
        const one = await firstAsked(asked);
        attempt.stop(5_000);
        await one.closed;
        assert.equal((await attempt.result).outcome, "cancelled");
      },
    ));
});

describe("fault 20: answers that are too large or no answers", () => {
  it("larger than the cap are refused after the cap, announced or not", async () => {
    const megabyte = Buffer.alloc(1_000_000, 0x20);
    let sent = 0;
    const flood = async (asked: Asked): Promise<void> => {
      asked.response.writeHead(200);
      for (; sent < 1_000 && !asked.response.destroyed; sent += 1)
        if (!asked.response.write(megabyte)) await Promise.race([once(asked.response, "drain"), asked.closed]);
    };
    await served(
      startService((asked) => void flood(asked)),
      async ({ url }) => {
        const one = await tried(httpAgent([url], { maxBytes: 3_000_000 }));
        const [code, message] = failureOf(one);
        assert.equal(code, "protocol_error");
        assert.match(message, /larger than the 3000000 bytes that "maxBytes" allows/);
        assert.ok(sent < 100, `${sent} MB were taken`);
      },
    );
    await served(
      startRawService((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")),
      async ({ url }) => assert.equal(failureOf(await tried(httpAgent([url])))[0], "protocol_error"),
    );
  });

  it("compressed ones are refused unread, so that a bomb stays closed", () =>
    served(
      startService(({ response }) => {
        response.writeHead(200, { "content-encoding": "gzip" });
        response.end(gzipSync(Buffer.alloc(50_000_000)));
      }),
      async ({ url, asked }) => {
        const [code, message] = failureOf(await tried(httpAgent([url])));
        assert.deepEqual([code, /is compressed \(gzip\)/.test(message)], ["protocol_error", true]);
        assert.equal(asked[0]?.headers["accept-encoding"], "identity");
      },
    ));

  const wrong: readonly (readonly [string, string | Buffer, RegExp])[] = [
    ["empty", "", /it is empty/],
    ["no JSON", "<html>It works!</html>", /it is not JSON: "<html>It works!<\/html>"/],
    ["half a JSON", '{"id": "x", ', /it is not JSON/],
    ["another form", '{"ok": true}', /not an answer as agreed: id: /],
    ["a list", "[]", /not an answer as agreed/],
    ["no UTF-8", Buffer.from([0x22, 0xff, 0xfe, 0x22]), /it is not UTF-8/],
    ["very deep", "[".repeat(1_000_000), /nested deeper than 100 levels/],
    ["deep in objects", '{"a":'.repeat(200_000), /nested deeper than 100 levels/],
  ];
  for (const [what, body, why] of wrong) {
    it(`${what}: refused and recorded`, () =>
      served(
        startService(({ response }) => void response.end(body)),
        async ({ url }) => {
          const one = await tried(httpAgent([url]));
          assert.equal(failureOf(one)[0], "protocol_error");
          assert.equal(one.end.failure?.retryable, false);
          assert.match(failureOf(one)[1], why);
          assert.match(JSON.stringify(recorded(one)), /"refused":/);
        },
      ));
  }

  it("what is not even HTTP is named so", () =>
    served(
      startRawService((socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n")),
      async ({ url }) => {
        const [code, message] = failureOf(await tried(httpAgent([url])));
        assert.deepEqual([code, /answered what is not HTTP/.test(message)], ["protocol_error", true]);
      },
    ));

  it("headers without an end are cut", () =>
    served(
      startRawService((socket) => socket.write(`HTTP/1.1 200 OK\r\nX-A: ${"a".repeat(10_000_000)}`)),
      async ({ url }) => assert.equal(failureOf(await tried(httpAgent([url])))[0], "protocol_error"),
    ));

  it("one that breaks off half way is a broken connection, which is tried again", () =>
    served(
      startRawService((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"id":')),
      async ({ url }) => {
        const one = await tried(httpAgent([url]));
        assert.deepEqual([failureOf(one)[0], one.end.failure?.retryable], ["transport", true]);
      },
    ));

  it("keys with a meaning for JavaScript are only data", () =>
    served(
      startService(({ response, request }) => {
        const plain = JSON.stringify(answerTo(request()));
        response.end(plain.replace('{"text"', '{"__proto__":{"polluted":true},"constructor":1,"text"'));
      }),
      async ({ url }) => {
        assert.equal((await tried(httpAgent([url]))).end.outcome, "succeeded");
        assert.equal(Reflect.get({}, "polluted"), undefined);
      },
    ));
});

describe("fault 21: answers to something else", () => {
  const others: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
    ["another request", { id: "attempt-0/1" }, /it answers request "attempt-0\/1", not "attempt-1\/2"/],
    ["another correlation", { correlationId: "x".repeat(500) }, /its correlation id is "x{99}…", not "attempt-1"/],
  ];
  for (const [what, change, why] of others) {
    it(`${what}: refused and recorded, and neither its result nor its cost counts`, () =>
      served(
        startService((asked) => asked.answer({ ...change, cost: 99 })),
        async ({ url }) => {
          const one = await tried(httpAgent([url]));
          assert.equal(failureOf(one)[0], "protocol_error");
          assert.match(failureOf(one)[1], why);
          assert.deepEqual(one.attempt.costs, []);
          assert.equal(one.end.result.answer, undefined);
          assert.match(JSON.stringify(recorded(one)), /"refused":/);
        },
      ));
  }

  it("a second answer on the same connection reaches nobody", () =>
    served(
      startRawService((socket, request) => {
        const answer = (id: string): string => {
          const body = JSON.stringify({ id, timestamp: "", success: true, result: id, correlationId: "attempt-1" });
          return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: keep-alive\r\n\r\n${body}`;
        };
        assert.match(request, /\r\nconnection: close\r\n/i);
        socket.write(answer("attempt-1/2") + answer("attempt-2/2"));
      }),
      async ({ url }) => {
        const agent = httpAgent([url]);
        assert.equal((await tried(agent)).end.result.answer, "attempt-1/2");
        const [code] = failureOf(await tried(agent, { attemptId: "attempt-2" }));
        assert.equal(code, "protocol_error");
      },
    ));
});

describe("busy and broken services (C2)", () => {
  const cases: readonly (readonly [number, Record<string, string>, string, number | undefined])[] = [
    [429, { "retry-after": "7" }, "rate_limit", 7_000],
    [429, {}, "rate_limit", undefined],
    [429, { "retry-after": "soon" }, "rate_limit", undefined],
    [503, { "retry-after": "120" }, "rate_limit", 120_000],
    [503, {}, "transport", undefined],
    [500, {}, "transport", undefined],
    [502, { "retry-after": "5" }, "transport", undefined],
    [400, {}, "agent_error", undefined],
    [401, {}, "agent_error", undefined],
    [404, {}, "agent_error", undefined],
    [304, {}, "agent_error", undefined],
  ];
  for (const [status, headers, code, pause] of cases) {
    it(`${status} ${JSON.stringify(headers)} is ${code}`, () =>
      served(
        startService(({ response }) => {
          response.writeHead(status, headers);
          response.end(status === 304 ? undefined : "Try\n later");
        }),
        async ({ url }) => {
          const one = await tried(httpAgent([url]));
          assert.equal(failureOf(one)[0], code);
          assert.equal(one.end.failure?.retryAfter, pause);
          assert.match(failureOf(one)[1], new RegExp(`answered with status ${status}`));
        },
      ));
  }

  it("an answer as agreed under a bad status tells more than the status", () =>
    served(
      startService((asked) =>
        asked.answer({ success: false, error: { code: "NOPE", message: "bad input" }, cost: 1 }, 422),
      ),
      async ({ url }) => {
        const one = await tried(httpAgent([url]));
        assert.deepEqual(failureOf(one), ["agent_error", "agent remote failed (NOPE): bad input"]);
        assert.deepEqual(one.attempt.costs, [{ amount: 1 }]);
      },
    ));
});

/** Sends a beginning and then little pieces, for as long as somebody listens. */
function drip(socket: Socket, first: string, piece: string): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(piece), 5);
  socket.on("close", () => clearInterval(timer));
}

async function begun(attempt: TestAttempt): Promise<void> {
  while (!attempt.logs.some((line) => line.includes("POST"))) await new Promise((turn) => setImmediate(turn));
}

async function firstAsked(asked: readonly Asked[]): Promise<Asked> {
  for (;;) {
    const [one] = asked;
    if (one) return one;
    await new Promise((turn) => setImmediate(turn));
  }
}

/** Of a port on which nobody listens. */
async function deadUrl(): Promise<string> {
  const service = await startService(() => undefined);
  await service.stop();
  return service.url;
}
