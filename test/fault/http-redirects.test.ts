import assert from "node:assert/strict";
import type { AgentDefinition } from "../../schemas/agent.ts";
import type { AttemptEnd } from "../../worker/agents/step-runner.ts";
import { TestAttempt } from "../support/attempts.ts";
import { httpAgent, startService, type Asked, type TestService } from "../support/http-agent.ts";

const CREDENTIALS = { tokenEnv: "REMOTE_TOKEN", headers: { "X-Api-Key": "k3y" } };

async function tried(agent: AgentDefinition): Promise<AttemptEnd & { logs: string[] }> {
  const options = { capability: "code_review", agent, environment: { REMOTE_TOKEN: "s3cret" } };
  const attempt = new TestAttempt("/", null, options);
  const end = await attempt.result;
  return { ...end, logs: attempt.logs };
}

/** Two services; the first one sends everything to where it is told. */
async function redirected(
  status: number,
  target: (second: TestService, first: TestService) => string,
  act: (agent: (redirects: number) => AgentDefinition, first: TestService, second: TestService) => Promise<void>,
): Promise<void> {
  const second = await startService((asked) => {
    if (asked.method === "POST") asked.answer();
    else asked.response.end("{}");
  });
  const first: TestService = await startService((asked: Asked) => {
    if (asked.path.startsWith("/moved")) {
      asked.answer();
      return;
    }
    asked.response.writeHead(status, { location: target(second, first) });
    asked.response.end();
  });
  try {
    await act((redirects) => httpAgent([first.url], { redirects, ...CREDENTIALS }), first, second);
  } finally {
    await Promise.all([first.stop(), second.stop()]);
  }
}

describe("redirects of HTTP agents (SEC25, fault 21)", () => {
  it("are not followed unless the agent's definition allows them", () =>
    redirected(
      307,
      ({ url }) => url,
      async (agent, _first, second) => {
        const end = await tried(agent(0));
        assert.equal(end.failure?.code, "protocol_error");
        assert.match(end.failure.message, /redirects \(307\), and no redirects are allowed: .* raise "redirects"/);
        assert.deepEqual(second.asked, []);
      },
    ));

  for (const status of [301, 302, 307, 308]) {
    it(`${status}: the request goes on as it is, without credentials to another origin`, () =>
      redirected(
        status,
        ({ url }) => url,
        async (agent, first, second) => {
          assert.equal((await tried(agent(1))).outcome, "succeeded");
          const [there] = second.asked;
          assert.equal(there?.method, "POST");
          const [here] = first.asked;
          assert.equal(there.body, here?.body);
          assert.equal(here?.headers["authorization"], "Bearer s3cret");
          assert.deepEqual([there.headers["authorization"], there.headers["x-api-key"]], [undefined, undefined]);
          assert.notEqual(there.headers["idempotency-key"], undefined);
        },
      ));
  }

  it("303: what is there is fetched", () =>
    redirected(
      303,
      ({ url }) => url,
      async (agent, _first, second) => {
        await tried(agent(1));
        const [there] = second.asked;
        assert.deepEqual([there?.method, there?.body, there?.headers["authorization"]], ["GET", "", undefined]);
      },
    ));

  it("within the origin keep the credentials", () =>
    redirected(
      307,
      () => "/moved/here",
      async (agent, first) => {
        assert.equal((await tried(agent(1))).outcome, "succeeded");
        assert.deepEqual(
          first.asked.map(({ path, headers }) => [path, headers["authorization"], headers["x-api-key"]]),
          [
            ["/run", "Bearer s3cret", "k3y"],
            ["/moved/here", "Bearer s3cret", "k3y"],
          ],
        );
      },
    ));

  it("in a loop end at the limit", () =>
    redirected(
      302,
      (_second, first) => first.url,
      async (agent, first) => {
        const end = await tried(agent(4));
        assert.match(end.failure?.message ?? "", /and only 4 are allowed/);
        assert.equal(first.asked.length, 5);
      },
    ));

  for (const target of ["file:///etc/passwd", "ftp://example.org/x", "javascript:alert(1)", "http://", "unix:/run/x"]) {
    it(`to ${target} lead nowhere`, () =>
      redirected(
        302,
        () => target,
        async (agent) => {
          const end = await tried(agent(3));
          assert.equal(end.failure?.code, "protocol_error");
          assert.match(end.failure.message, /not to an http or https address/);
        },
      ));
  }

  it("tell where they led without the query, which may hold a key", () =>
    redirected(
      302,
      ({ port }) => `http://127.0.0.1:${port}/there?key=abc`,
      async (agent, _first, second) => {
        await second.stop();
        const end = await tried(agent(1));
        assert.equal(end.failure?.code, "transport");
        assert.doesNotMatch(JSON.stringify([end.failure, end.logs]), /key=abc/);
      },
    ));
});

describe("private addresses of HTTP agents (SEC25)", () => {
  const addresses = [
    "http://127.0.0.1:1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0/",
    "http://10.1.2.3/",
    "http://192.168.1.1/",
    "http://172.16.0.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://100.100.100.200/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::10.0.0.1]/",
    "http://[fd00::1]/",
    "http://[fe80::1]/",
    "http://localhost:1/",
  ];
  for (const url of addresses) {
    it(`${url} is refused unless it is allowed`, async () => {
      const end = await tried(httpAgent([url], { allowPrivate: false, ...CREDENTIALS }));
      assert.equal(end.failure?.code, "agent_unavailable");
      assert.match(end.failure.message, /private address.*not allowed: set "allowPrivate": true/);
      assert.deepEqual(end.costs, []);
    });
  }

  it("a service is not asked before its address is found to be private", async () => {
    const service = await startService((asked) => asked.answer());
    try {
      const local = service.url.replace("127.0.0.1", "localhost");
      assert.equal((await tried(httpAgent([local], { allowPrivate: false }))).failure?.code, "agent_unavailable");
      assert.deepEqual(service.asked, []);
      assert.equal((await tried(httpAgent([local], { allowPrivate: true }))).outcome, "succeeded");
    } finally {
      await service.stop();
    }
  });

  it("a name or password in an address is refused, because logs show addresses", async () => {
    const end = await tried(httpAgent(["http://me:pw@127.0.0.1:1/"]));
    assert.match(end.failure?.message ?? "", /an address holds a name or a password/);
    assert.doesNotMatch(JSON.stringify([end.failure, end.logs]), /me:pw/);
  });
});
