import assert from "node:assert/strict";
import { once } from "node:events";
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import fc from "fast-check";
import { closeCode } from "../support/raw-peer.ts";
import { TOKEN, withServer } from "../support/served.ts";

describe("the worker's door (SEC1 to SEC5)", () => {
  const wrong = {
    "no token": {},
    "an empty token": { authorization: "Bearer " },
    "a wrong token": { authorization: `Bearer ${"x".repeat(43)}` },
    "a truncated token": { authorization: `Bearer ${TOKEN.slice(0, -1)}` },
    "a token with more behind it": { authorization: `Bearer ${TOKEN}t` },
    "another scheme": { authorization: `Basic ${TOKEN}` },
    "the token elsewhere": { cookie: `token=${TOKEN}`, "sec-websocket-protocol": TOKEN },
  };
  for (const [what, headers] of Object.entries(wrong)) {
    it(`answers 401 to ${what}`, () =>
      withServer({}, async ({ port, listener }) => {
        assert.equal(await upgrade(port, { headers }), 401);
        assert.equal(listener.clients(), 0);
      }));
  }

  it("guards the language server as it guards the operations", () =>
    withServer({}, async ({ port }) => {
      assert.equal(await upgrade(port, { path: "/lsp" }), 401);
      assert.equal(await upgrade(port, { path: `/lsp?token=${TOKEN}`, headers: AUTHORIZED }), 404);
      assert.equal(await upgrade(port, { path: "/lsp", headers: { ...AUTHORIZED, origin: "null" } }), 403);
      assert.equal(await upgrade(port, { path: "/lsp", headers: { ...AUTHORIZED, host: "evil.example" } }), 403);
      assert.equal(await upgrade(port, { path: "/lsp", headers: AUTHORIZED }), 101);
    }));

  it("does not take the token from the URL", () =>
    withServer({}, async ({ port }) => {
      assert.equal(await upgrade(port, { path: `/rpc?token=${TOKEN}` }), 401);
      assert.equal(await upgrade(port, { path: `/rpc?token=${TOKEN}`, headers: AUTHORIZED }), 404);
    }));

  for (const origin of ["https://example.com", "null", "", "http://127.0.0.1", "vscode-webview://x"]) {
    it(`refuses the Origin "${origin}" even with the token`, () =>
      withServer({}, async ({ port }) => {
        assert.equal(await upgrade(port, { headers: { ...AUTHORIZED, origin } }), 403);
        assert.equal((await get(port, "/health", { origin })).status, 403);
      }));
  }

  for (const host of ["evil.example", "127.0.0.1", "127.0.0.1.evil.example", "localhost", "[::1]", "127.0.0.1:1"]) {
    it(`refuses the Host "${host}", as a rebound name would send it`, () =>
      withServer({}, async ({ port }) => {
        assert.equal(await upgrade(port, { headers: { ...AUTHORIZED, host } }), 403);
        assert.equal((await get(port, "/health", { host })).status, 403);
      }));
  }

  it("refuses a request without a Host", () =>
    withServer({}, async ({ port }) => {
      for (const version of ["1.0", "1.1"]) {
        const socket = connect(port, "127.0.0.1");
        socket.end(`GET /health HTTP/${version}\r\n\r\n`);
        assert.match(await firstText(socket), /^HTTP\/1\.1 40[03] /);
      }
    }));

  it("opens for the token under both names of this machine", () =>
    withServer({}, async ({ port }) => {
      assert.equal(await upgrade(port, { headers: AUTHORIZED }), 101);
      assert.equal(await upgrade(port, { headers: { ...AUTHORIZED, host: `localhost:${port}` } }), 101);
    }));

  it("tells health to anyone on this machine, and nothing else", () =>
    withServer({}, async ({ port }) => {
      const health = await get(port, "/health", {});
      assert.deepEqual([health.status, health.body], [200, "ok\n"]);
      for (const path of ["/", "/rpc", "/api/v1/status", "/health?x", "/worker.json", "/../health"]) {
        assert.equal((await get(port, path, AUTHORIZED)).status, 404, path);
      }
      assert.equal(health.headers["access-control-allow-origin"], undefined);
    }));

  it("listens on 127.0.0.1 alone", function () {
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ internal, family }) => !internal && family === "IPv4");
    const elsewhere = outside?.address ?? "127.0.0.2";
    return withServer({}, async ({ port }) => {
      const socket = connect(port, elsewhere);
      const message = await new Promise<string>((resolve) => {
        socket.once("error", (error) => resolve(error.message));
        socket.once("connect", () => resolve("connected"));
      });
      socket.destroy();
      assert.match(message, /ECONNREFUSED/);
    });
  });

  it("closes on a frame above 8 MiB and serves the others on", () =>
    withServer({}, async ({ client, socket }) => {
      const other = await client();
      const peer = await socket();
      peer.on("error", () => {});
      peer.send("x".repeat(8 * 1024 * 1024 + 1));
      assert.equal(await closeCode(peer), 1009);
      assert.deepEqual(await other.call("execution.list", {}), { executions: [], notices: [] });
    }));

  const garbage = {
    "no JSON": "{",
    "an empty frame": "",
    "no object": "7",
    null: "null",
    "a batch": '[{"jsonrpc":"2.0","id":1,"method":"worker.status"}]',
    "no version": '{"id":1,"method":"worker.status"}',
    "a method that is no text": '{"jsonrpc":"2.0","id":1,"method":7}',
    "an id that is an object": '{"jsonrpc":"2.0","id":{},"method":"worker.status"}',
    "parameters that are a text": '{"jsonrpc":"2.0","id":1,"method":"worker.status","params":"x"}',
    "a cancellation of nothing": '{"jsonrpc":"2.0","method":"$/cancelRequest"}',
    "a cancellation of null": '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":null}}',
    "a binary frame": Buffer.from('{"jsonrpc":"2.0","id":1,"method":"worker.status"}'),
    "nesting without end": "[".repeat(1_000_000),
  };
  for (const [what, frame] of Object.entries(garbage)) {
    it(`closes on ${what}`, () =>
      withServer({}, async ({ socket, bugs }) => {
        const peer = await socket();
        peer.send(frame);
        assert.equal(await closeCode(peer), 1002);
        assert.deepEqual(bugs, []);
      }));
  }

  it("outlives every frame that a fuzzer thinks of", () =>
    withServer({}, async ({ client, socket, bugs }) => {
      const other = await client();
      const Frame = fc.record(
        {
          jsonrpc: fc.constantFrom("2.0", "1.0"),
          id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
          method: fc.oneof(
            fc.string(),
            fc.constantFrom(
              "worker.hello",
              "plan.create",
              "subscription.open",
              "$/cancelRequest",
              "$/setTrace",
              "__proto__",
            ),
          ),
          params: fc.jsonValue(),
          result: fc.jsonValue(),
          error: fc.jsonValue(),
        },
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(Frame, { maxLength: 10 }), async (frames) => {
          const peer = await socket();
          for (const frame of frames) peer.send(JSON.stringify(frame));
          assert.deepEqual(await other.call("execution.list", {}), { executions: [], notices: [] });
          peer.terminate();
        }),
        { numRuns: 100 },
      );
      assert.deepEqual(bugs, []);
    }));

  it("stays open for those inside when more than 64 come, and for others again when one leaves", () =>
    withServer({}, async ({ port, listener, socket }) => {
      const peers = await Promise.all(Array.from({ length: 64 }, socket));
      const refused = await Promise.all(Array.from({ length: 20 }, () => upgrade(port, { headers: AUTHORIZED })));
      assert.deepEqual([...new Set(refused)], [503]);
      assert.equal(listener.clients(), 64);
      const first = peers[0];
      assert.ok(first);
      first.close();
      await once(first, "close");
      assert.equal(await upgrade(port, { headers: AUTHORIZED }), 101);
      for (const peer of peers) peer.terminate();
    }));

  it("bounds those who connect and say nothing, and lets them go after 5 s", async function () {
    this.timeout(15_000);
    await withServer({}, async ({ port }) => {
      const silent = Array.from({ length: 300 }, () => connect(port, "127.0.0.1"));
      const begun = performance.now();
      for (const socket of silent) socket.on("error", () => {});
      const slow = silent[0];
      assert.ok(slow);
      slow.write("GET /rpc HTTP/1.1\r\nHost: x\r\n");
      await Promise.all(silent.map(ended));
      assert.ok(performance.now() - begun < 12_000);
      assert.equal((await get(port, "/health", {})).status, 200);
    });
  });
});

const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };

/** The status with which an attempt to open a WebSocket is answered; 101 is success. */
function upgrade(port: number, options: { path?: string; headers?: OutgoingHttpHeaders }): Promise<number> {
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path: options.path ?? "/rpc", headers });
    asked.on("upgrade", (_response, socket) => {
      socket.destroy();
      resolve(101);
    });
    asked.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on("error", reject);
    asked.end();
  });
}

function get(
  port: number,
  path: string,
  headers: OutgoingHttpHeaders,
): Promise<{ status: number; body: string; headers: IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

function firstText(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.setEncoding("utf8");
    socket.once("data", (text: string) => resolve(text));
    socket.once("error", reject);
  });
}

function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    socket.once("close", () => resolve());
    socket.resume();
  });
}
