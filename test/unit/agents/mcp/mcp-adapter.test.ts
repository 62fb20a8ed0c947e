import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { AgentDefinition, McpServer } from "../../../../schemas/agent.ts";
import { mcpAdapter } from "../../../../worker/agents/mcp/mcp-adapter.ts";
import { systemClock } from "../../../../worker/run/system-clock.ts";
import { aliveOf, builtIn, inWorkspace, TestAttempt, type AttemptOptions } from "../../../support/attempts.ts";

const Asked = z.object({ id: z.number().optional(), method: z.string() });
const SERVER = fileURLToPath(new URL("../../../support/mcp-server.mjs", import.meta.url));

type Given = Extract<AgentDefinition["adapter"], { kind: "mcp" }>["arguments"];

function agentOf(server: McpServer, tool: string, given: Given = {}): AgentDefinition {
  return { ...builtIn("shell"), id: "tools", adapter: { kind: "mcp", server, tool, arguments: given } };
}

function program(
  tool: string,
  given: Given = {},
  misbehaviour = "none",
  env: Record<string, string> = {},
): AgentDefinition {
  return agentOf({ transport: "stdio", argv: [process.execPath, SERVER, misbehaviour], env }, tool, given);
}

async function outcomeOf(
  agent: AgentDefinition,
  more: AttemptOptions = {},
): Promise<{ attempt: TestAttempt; message: string; code: string }> {
  return inWorkspace(async (folder) => {
    const attempt = new TestAttempt(folder, null, { agent, ...more });
    const { outcome, failure } = await attempt.result;
    assert.deepEqual(await aliveOf(attempt.id), [], "nothing of its server is left");
    return { attempt, message: failure?.message ?? outcome, code: failure?.code ?? outcome };
  });
}

describe("MCP agents: a tool of a program (D4)", () => {
  it("call it with the agent's and the step's arguments and hand on what it says", async () => {
    const { attempt, code } = await outcomeOf(program("echo", { text: "from the agent" }), {
      extra: { text: "from the step" },
    });
    assert.equal(code, "succeeded");
    assert.match(attempt.output, /from the step\n/);
    assert.ok(attempt.logs.includes("warn: I repeat"), attempt.logs.join("\n"));
    assert.match(attempt.output, /server is up/);
  });

  it("answer with structured content, which extractors read", async () => {
    const extract = [
      { name: "sum", from: "result" as const, path: null, pattern: null, pointer: "/sum", type: "number" as const },
    ];
    const { attempt } = await outcomeOf(program("add", { a: 2, b: 40 }), { extract });
    const { result } = await attempt.result;
    assert.deepEqual(result.outputs, [{ name: "sum", type: "number", value: 42 }]);
  });

  it("get the prompt where the tool asks for one", async () => {
    assert.match((await outcomeOf(program("ask"))).attempt.output, /Do it\.\n/);
  });

  it("are told before the call what is wrong with the arguments", async () => {
    const { code, message } = await outcomeOf(program("add", { a: 1, b: "two" }));
    assert.equal(code, "bad_spec");
    assert.match(message, /the arguments of tool add are not what it takes at b: /);
  });

  it("fail when the tool says so, and name what else it answered", async () => {
    const { code, message } = await outcomeOf(program("fails"));
    assert.equal(code, "agent_error");
    assert.match(message, /tool fails of agent tools \(step step-1\) failed: no such row/);
    const { attempt } = await outcomeOf(program("picture"));
    assert.ok(attempt.logs.includes("info: it answered with image (image/png, 6 bytes)"), attempt.logs.join("\n"));
  });

  it("say which tools there are when the one that is named is not", async () => {
    const { code, message } = await outcomeOf(program("ecko"));
    assert.equal(code, "agent_unavailable");
    assert.match(message, /no tool "ecko".*it has echo, add, ask, slow/);
    assert.match((await outcomeOf(program("echo", { text: "" }, "no-tools"))).message, /has no tools/);
  });

  it("tell of progress, are cancelled by the protocol, and end", () =>
    inWorkspace(async (folder) => {
      const attempt = new TestAttempt(folder, null, { agent: program("slow") });
      await new Promise<void>((resolve) => {
        const look = setInterval(() => {
          if (!attempt.logs.some((line) => line.startsWith("info: progress: "))) return;
          clearInterval(look);
          resolve();
        }, 5);
      });
      assert.ok(
        attempt.logs.some((line) => /^info: progress: \d+ of 1000, working$/.test(line)),
        attempt.logs.join("\n"),
      );
      attempt.stop(4_000);
      assert.equal((await attempt.result).outcome, "cancelled");
      assert.match(attempt.output, /cancelled \d+/);
      assert.deepEqual(await aliveOf(attempt.id), []);
    }));

  it("end a server that ignores all requests to", () =>
    inWorkspace(async (folder) => {
      const attempt = new TestAttempt(folder, null, { agent: program("slow", {}, "ignores-end") });
      await attempt.said(/server is up/);
      attempt.stop(200);
      assert.equal((await attempt.result).outcome, "cancelled");
      assert.deepEqual(await aliveOf(attempt.id), []);
    }));

  it("name what went wrong with the server", async () => {
    const died = await outcomeOf(program("dies"));
    assert.equal(died.code, "crash");
    assert.match(died.message, /closed the connection before it answered: out of memory/);
    assert.equal((await outcomeOf(program("echo", { text: "" }, "dies-at-once"))).code, "crash");
    assert.equal((await outcomeOf(program("odd"))).code, "protocol_error");
    const missing = await outcomeOf(agentOf({ transport: "stdio", argv: ["no-such-server"], env: {} }, "echo"));
    assert.equal(missing.code, "agent_unavailable");
    assert.match(missing.message, /no-such-server/);
    const chatty = await outcomeOf(program("echo", { text: "heard" }, "chatty"));
    assert.equal(chatty.code, "succeeded");
    assert.match(chatty.attempt.output, /this is no message/);
  });

  it("give the server what the allow list and the agent say, and keep secrets out of what it says (SEC21, SEC22)", async () => {
    const environment = { PATH: process.env["PATH"], SECRET_OF_MINE: "do-not-tell" };
    const agent = program("env", {}, "none", { API_TOKEN: "t0ken-of-the-agent" });
    const { attempt } = await outcomeOf(agent, { environment, secrets: ["t0ken-of-the-agent"] });
    assert.doesNotMatch(attempt.output, /do-not-tell|t0ken-of-the-agent/);
    assert.match(attempt.output, /API_TOKEN/);
  });
});

describe("MCP agents: a tool of a service (D4, SEC25)", () => {
  let server: Server | null = null;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  /** Answers as a streamable HTTP server that needs no session. */
  async function serve(
    respond: (
      method: string,
      headers: NodeJS.Dict<string | string[]>,
    ) => { status?: number; result?: unknown; sse?: boolean; location?: string },
  ): Promise<string> {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        if (request.method !== "POST") {
          response.writeHead(405).end();
          return;
        }
        const { id, method } = Asked.parse(JSON.parse(Buffer.concat(chunks).toString()));
        const { status = 200, result, sse = false, location } = respond(method, request.headers);
        if (location !== undefined) response.setHeader("location", location);
        if (id === undefined || result === undefined) {
          response.writeHead(result === undefined && status === 200 ? 202 : status).end();
          return;
        }
        const text = JSON.stringify({ jsonrpc: "2.0", id, result });
        response.writeHead(status, { "content-type": sse ? "text/event-stream" : "application/json" });
        response.end(sse ? `event: message\ndata: ${text}\n\n` : text);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("it listens nowhere");
    return `http://127.0.0.1:${address.port}/mcp`;
  }

  const RESULTS: Readonly<Record<string, unknown>> = {
    initialize: { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo: { name: "t", version: "1" } },
    "tools/list": { tools: [{ name: "echo", inputSchema: { type: "object" } }] },
    "tools/call": { content: [{ type: "text", text: "from afar" }] },
  };

  function remote(url: string, more: Partial<Extract<McpServer, { transport: "http" }>> = {}): AgentDefinition {
    return agentOf({ transport: "http", url, headers: {}, tokenEnv: null, allowPrivate: true, ...more }, "echo");
  }

  for (const sse of [false, true])
    it(`speak streamable HTTP${sse ? " with event streams" : ""}, and prove who asks`, async () => {
      const seen: unknown[] = [];
      const url = await serve((method, { authorization }) => {
        seen.push(authorization);
        return { result: RESULTS[method], sse };
      });
      const environment = { PATH: process.env["PATH"], THE_TOKEN: "abc" };
      const { attempt, code, message } = await outcomeOf(remote(url, { tokenEnv: "THE_TOKEN" }), { environment });
      assert.equal(code, "succeeded", message);
      assert.equal(attempt.output, "from afar\n");
      assert.ok(seen.length >= 3 && seen.every((one) => one === "Bearer abc"), JSON.stringify(seen));
    });

  it("go to no private address and follow no redirect unless that is configured", async () => {
    const url = await serve(() => ({ status: 307, location: "http://127.0.0.1:9/" }));
    const refused = await outcomeOf(remote(url, { allowPrivate: false }));
    assert.equal(refused.code, "agent_unavailable");
    assert.match(refused.message, /127\.0\.0\.1 is a private address.*"allowPrivate": true/);
    const redirected = await outcomeOf(remote(url));
    assert.equal(redirected.code, "protocol_error");
    assert.match(redirected.message, /307|redirect/i);
  });

  it("say that a token is wanted, that the service has trouble, that it is not there", async () => {
    for (const [status, code] of [
      [401, "needs_login"],
      [403, "needs_login"],
      [429, "rate_limit"],
      [502, "transport"],
    ] as const) {
      const url = await serve(() => ({ status }));
      assert.equal((await outcomeOf(remote(url))).code, code, String(status));
      server?.closeAllConnections();
      server?.close();
    }
    const gone = await outcomeOf(remote("http://127.0.0.1:9/mcp"));
    assert.equal(gone.code, "transport");
    assert.match(gone.message, /cannot be reached \(ECONNREFUSED\)/);
  });

  it("are listed as unusable while their token is missing", () => {
    const adapter = mcpAdapter({ clock: systemClock, environment: {} });
    const agent = remote("https://tools.example/mcp", { tokenEnv: "MISSING_TOKEN" });
    assert.match(adapter.obstacle?.(agent) ?? "", /MISSING_TOKEN is not set/);
  });
});
