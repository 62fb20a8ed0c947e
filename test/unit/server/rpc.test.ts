import assert from "node:assert/strict";
import { once } from "node:events";
import { FailureError, throwFailure } from "../../../schemas/failure.ts";
import { ask, greeted } from "../../support/raw-peer.ts";
import { withServer } from "../../support/served.ts";
import { tinyDomain } from "../../support/tiny-domain.ts";

const APPROVAL = { planId: "plan-1", how: "flag" as const, commandId: "command-1" };

describe("operations over the socket (L2, SEC5)", () => {
  it("reach their handler with defaults filled in, and answer", async () => {
    const limits: number[] = [];
    const domain = tinyDomain({
      "execution.list": async ({ limit }) => {
        limits.push(limit);
        return { executions: [], notices: [] };
      },
    });
    await withServer({ domain }, async ({ client }) => {
      const one = await client();
      assert.deepEqual(await one.call("execution.list", {}), { executions: [], notices: [] });
      assert.deepEqual(limits, [20]);
    });
  });

  it("know who is connected, by the names of their hellos", async () => {
    const domain = tinyDomain({
      "worker.doctor": async (_params, { clients }) => ({
        checks: [{ name: "Clients", status: "ok", message: clients().join() }],
      }),
    });
    await withServer({ domain }, async ({ client, socket }) => {
      const names = async (): Promise<string | undefined> => (await one.call("worker.doctor", {})).checks[0]?.message;
      const [one, other] = [await client(), await client()];
      await socket();
      assert.equal(await names(), "test,test");
      const closed = new Promise<void>((resolve) => other.onClose(resolve));
      other.dispose();
      await closed;
      assert.equal(await names(), "test");
    });
  });

  it("give a handler's failure to the client as it is", async () => {
    const domain = tinyDomain({
      "plan.get": async () => throwFailure("not_found", "there is no plan x", { details: { planId: "x" } }),
    });
    await withServer({ domain }, async ({ client }) => {
      const reason = await failureOf((await client()).call("plan.get", { planId: "x" }));
      assert.deepEqual(reason, {
        code: "not_found",
        message: "there is no plan x",
        retryable: false,
        details: { planId: "x" },
      });
    });
  });

  it("hide the stack of a bug from the client and keep it for the log", async () => {
    const domain = tinyDomain({
      "plan.get": () => Promise.reject(new Error("secret inner state")),
    });
    await withServer({ domain }, async ({ client, bugs }) => {
      const reason = await failureOf((await client()).call("plan.get", { planId: "x" }));
      assert.equal(reason.code, "internal");
      assert.doesNotMatch(JSON.stringify(reason), /secret|\bat \//);
      assert.match(bugs.join(), /secret inner state/);
    });
  });

  it("take a result that is not of its schema for a bug", async () => {
    // Of the right type, but no cursor.
    const domain = tinyDomain({ "log.query": async () => ({ entries: [], cursor: "nonsense", more: false }) });
    await withServer({ domain }, async ({ client, bugs }) => {
      assert.equal((await failureOf((await client()).call("log.query", { executionId: "x" }))).code, "internal");
      assert.equal(bugs.length, 1);
    });
  });

  for (const [what, method, params, field] of [
    ["a missing field", "plan.get", {}, "planId"],
    ["a field of a wrong type", "execution.list", { limit: "many" }, "limit"],
    ["an unknown field", "plan.get", { planId: "x", extra: 1 }, "extra"],
    ["a nested field", "subscription.open", { topic: { kind: "execution", executionId: "" } }, "topic.executionId"],
    ["parameters by position", "plan.get", ["x"], ""],
    ["own __proto__", "plan.get", JSON.parse('{"planId":"x","__proto__":{"a":1}}'), "__proto__"],
  ] as const) {
    it(`refuse ${what} and name it`, async () => {
      await withServer({}, async ({ socket }) => {
        const peer = await greeted(await socket());
        const { error } = await ask(peer, method, params);
        assert.equal(error?.code, -32_000);
        assert.equal(error?.data.code, "bad_request");
        assert.equal(error?.data.details?.["field"], field);
      });
    });
  }

  for (const method of ["no.such", "__proto__", "constructor", "toString", "hasOwnProperty", "", "x".repeat(100_000)]) {
    it(`do not know "${method.slice(0, 20)}"`, async () => {
      await withServer({}, async ({ socket }) => {
        const peer = await greeted(await socket());
        const { error } = await ask(peer, method, {});
        assert.equal(error?.code, -32_601);
        assert.equal(error?.data.code, "bad_request");
        assert.ok(JSON.stringify(error).length < 1_000);
      });
    });
  }

  it("want hello first", async () => {
    await withServer({}, async ({ socket }) => {
      const peer = await socket();
      assert.match((await ask(peer, "execution.list", {})).error?.data.message ?? "", /hello/);
      await greeted(peer);
      assert.deepEqual((await ask(peer, "execution.list", {})).result, { executions: [], notices: [] });
    });
  });

  it("of another protocol get hello, status, cancel and drain, and else version_mismatch", async () => {
    await withServer({}, async ({ socket }) => {
      const peer = await socket();
      const hello = await ask(peer, "worker.hello", { protocol: 99, client: "future", version: "9.0.0", more: 1 });
      assert.equal(hello.error, undefined);
      assert.equal((await ask(peer, "execution.list", {})).error?.data.code, "version_mismatch");
      assert.equal((await ask(peer, "worker.status", {})).error, undefined);
      assert.equal((await ask(peer, "worker.drain", {})).error, undefined);
      const cancel = await ask(peer, "execution.cancel", { executionId: "x", commandId: "command-1" });
      assert.equal(cancel.error?.data.code, "not_found");
    });
  });

  it("of people are closed to agents, without reaching a handler", async () => {
    let approved = 0;
    const domain = tinyDomain({
      "plan.approve": async () => {
        approved += 1;
        return throwFailure("not_found", "none");
      },
    });
    await withServer({ domain, audience: "agent" }, async ({ client }) => {
      const one = await client();
      assert.match((await failureOf(one.call("plan.approve", APPROVAL))).message, /agent may not/);
      assert.equal((await failureOf(one.call("worker.drain", {}))).code, "bad_request");
      assert.deepEqual(await one.call("execution.list", {}), { executions: [], notices: [] });
      assert.equal(approved, 0);
    });
  });

  it("that change something are refused while the worker drains; reading and cancelling go on", async () => {
    const domain = tinyDomain({ "execution.cancel": async () => ({ status: "cancelled" }) });
    await withServer({ domain, draining: () => true }, async ({ client }) => {
      const one = await client();
      const reason = await failureOf(one.call("execution.start", { planId: "p", commandId: "command-1" }));
      assert.deepEqual([reason.code, reason.retryable], ["worker_busy", true]);
      assert.deepEqual(await one.call("execution.list", {}), { executions: [], notices: [] });
      assert.equal(
        (await one.call("execution.cancel", { executionId: "x", commandId: "command-2" })).status,
        "cancelled",
      );
    });
  });

  it("sent twice with one commandId, even over two connections, act once", async () => {
    let started = 0;
    const domain = tinyDomain({ "execution.start": async () => ({ executionId: `run-${(started += 1)}` }) });
    await withServer({ domain }, async ({ client }) => {
      const [one, two] = [await client(), await client()];
      const params = { planId: "p", commandId: "command-1" };
      const first = await Promise.all([one.call("execution.start", params), two.call("execution.start", params)]);
      assert.deepEqual(first, [{ executionId: "run-1" }, { executionId: "run-1" }]);
      assert.deepEqual(await two.call("execution.start", params), { executionId: "run-1" });
      assert.equal(started, 1);
    });
  });

  it("tell their handler when the client is gone, and pending calls reject", async () => {
    const called = Promise.withResolvers<AbortSignal>();
    const domain = tinyDomain({
      "plan.get": (_params, { signal }) => {
        called.resolve(signal);
        return new Promise(() => {});
      },
    });
    await withServer({ domain }, async ({ client }) => {
      const one = await client();
      const pending = failureOf(one.call("plan.get", { planId: "x" }));
      const signal = await called.promise;
      const aborted = once(signal, "abort");
      one.dispose();
      await aborted;
      assert.equal((await pending).code, "worker_unavailable");
    });
  });

  it("that are pending reject when the worker goes away", async () => {
    const called = Promise.withResolvers<void>();
    const domain = tinyDomain({
      "plan.get": () => {
        called.resolve();
        return new Promise(() => {});
      },
    });
    await withServer({ domain }, async ({ client, listener }) => {
      const pending = failureOf((await client()).call("plan.get", { planId: "x" }));
      await called.promise;
      await listener.close();
      assert.equal((await pending).code, "worker_unavailable");
    });
  });

  it("are all answered when a client sends thousands at once", async () => {
    let most = 0;
    let now = 0;
    const domain = tinyDomain({
      "agent.list": async () => {
        most = Math.max(most, (now += 1));
        await new Promise(setImmediate);
        now -= 1;
        return { agents: [], health: { healthy: 0, unhealthy: 0, total: 0 }, problems: [] };
      },
    });
    await withServer({ domain }, async ({ client }) => {
      const one = await client();
      const answers = await Promise.all(Array.from({ length: 5_000 }, () => one.call("agent.list", {})));
      assert.equal(answers.length, 5_000);
      assert.ok(most < 5_000, `${most} at a time`);
    });
  });
});

async function failureOf(call: Promise<unknown>): Promise<FailureError["failure"]> {
  try {
    await call;
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error("it did not fail");
}
