import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { Client, type Connection } from "../../../schemas/client.ts";
import { failure, type Failure } from "../../../schemas/failure.ts";
import type { ToWebview } from "../../../schemas/webview.ts";
import { WebviewBridge } from "../../../extension/panels/bridge.ts";
import { pageHtml } from "../../../extension/panels/page.ts";
import { aView } from "../../support/tree-data.ts";

type State = { kind: "connected" } | { kind: "lost"; failure: Failure; retryInMs: number | null };

/** A worker's connection that answers as a test says and remembers what it was asked. */
class PlayedLink implements Connection {
  readonly asked: [string, unknown][] = [];
  state: State = { kind: "connected" };
  readonly #notified = new Map<string, (params: unknown) => void>();
  readonly #listeners = new Set<(state: State) => void>();
  answer: (name: string) => unknown = () => ({});

  connect(): Promise<Client> {
    return Promise.resolve(new Client(this));
  }
  onState(listener: (state: State) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  become(state: State): void {
    this.state = state;
    for (const listener of this.#listeners) listener(state);
  }
  async request(name: string, params: unknown): Promise<unknown> {
    this.asked.push([name, params]);
    return this.answer(name);
  }
  notify(method: string, params: unknown): void {
    this.#notified.get(method)?.(params);
  }
  onNotification(method: string, listener: (params: unknown) => void): () => void {
    this.#notified.set(method, listener);
    return () => this.#notified.delete(method);
  }
  onClose(): () => void {
    return () => {};
  }
  dispose(): void {}
}

const SHOW: ToWebview = {
  type: "show-plan",
  state: { folder: "file:///w", planId: "plan-1", executionId: null, stepId: null, scope: null },
  writeBack: true,
};

interface Bridged {
  readonly link: PlayedLink;
  readonly bridge: WebviewBridge;
  readonly posted: ToWebview[];
  readonly others: string[];
  /** Whether the webview has a page now. */
  readonly page: { isThere: boolean };
}

function bridged(): Bridged {
  const link = new PlayedLink();
  const posted: ToWebview[] = [];
  const others: string[] = [];
  const page = { isThere: true };
  const bridge = new WebviewBridge({
    link,
    post: async (message) => {
      if (page.isThere) posted.push(message);
      return page.isThere;
    },
    show: () => SHOW,
    onMessage: ({ type }) => others.push(type),
  });
  return { link, bridge, posted, others, page };
}

const follow = (id: number) => ({
  type: "request",
  id,
  method: "subscription.open",
  params: { topic: { kind: "workspace" } },
});

describe("the relay between a webview and the worker (O3)", () => {
  it("says how the worker is and what to show when the page is there", async () => {
    const { bridge, posted } = bridged();
    await bridge.receive({ type: "ready" });
    assert.deepEqual(posted, [{ type: "connection", state: "connected", message: null }, SHOW]);
  });

  it("passes on what a view may ask, and the answer as it came", async () => {
    const { bridge, link, posted } = bridged();
    link.answer = () => ({ nodes: [] });
    await bridge.receive({ type: "request", id: 7, method: "plan.layout", params: { planId: "p" } });
    assert.deepEqual(link.asked, [["plan.layout", { planId: "p" }]]);
    assert.deepEqual(posted, [{ type: "response", id: 7, result: { nodes: [] } }]);
  });

  it("passes nothing on that is not on the list, and nothing that is no message", async () => {
    const { bridge, link, posted, others } = bridged();
    for (const data of [
      { type: "request", id: 1, method: "worker.drain", params: {} },
      { type: "request", id: "1", method: "plan.layout", params: {} },
      { type: "unknown" },
      null,
      "ready",
    ]) {
      await bridge.receive(data);
    }
    assert.deepEqual([link.asked, posted, others], [[], [], []]);
  });

  it("a refusal of the worker reaches the page as the failure that it is", async () => {
    const { bridge, link, posted } = bridged();
    const reason = failure("not_found", "there is no such plan");
    link.answer = () => {
      throw Object.assign(new Error("refused"), { data: reason });
    };
    await bridge.receive({ type: "request", id: 1, method: "plan.get", params: {} });
    assert.deepEqual(posted, [{ type: "refusal", id: 1, error: reason }]);
  });

  it("what a page follows ends with the page, and with the worker", async () => {
    const { bridge, link, posted } = bridged();
    link.answer = (name) => (name === "subscription.open" ? { subscriptionId: "s-1" } : {});
    await bridge.receive({ type: "ready" });
    await bridge.receive(follow(1));
    const closed = (): number => link.asked.filter(([name]) => name === "subscription.close").length;
    await bridge.receive({ type: "ready" });
    assert.equal(closed(), 1, "the page was loaded anew");
    await bridge.receive(follow(1));
    link.become({ kind: "lost", failure: failure("worker_unavailable", "it is gone"), retryInMs: 100 });
    assert.deepEqual(posted.at(-1), { type: "connection", state: "lost", message: "it is gone" });
    await bridge.dispose();
    assert.equal(closed(), 1, "it ended with the connection");
    link.become({ kind: "connected" });
    assert.deepEqual(posted.at(-1)?.type, "connection");
    assert.equal(posted.filter(({ type }) => type === "connection").length, 3, "nothing is said after the end");
  });

  it("follows nothing for a page that is gone, until the next one is there", async () => {
    const { bridge, link, posted, page } = bridged();
    link.answer = (name) => (name === "subscription.open" ? { subscriptionId: "s-1" } : {});
    const names = (): string[] => link.asked.map(([name]) => name);
    const batch = { kind: "workspace", subscriptionId: "s-1", workspace: aView(), end: false };
    await bridge.receive({ type: "ready" });
    await bridge.receive(follow(1));
    page.isThere = false;
    link.notify("subscription.batch", batch);
    await turn();
    assert.deepEqual(names(), ["subscription.open", "subscription.close"]);
    page.isThere = true;
    await bridge.receive({ type: "ready" });
    await bridge.receive(follow(1));
    link.notify("subscription.batch", batch);
    assert.equal(posted.at(-1)?.type, "notification");
    assert.deepEqual(names(), ["subscription.open", "subscription.close", "subscription.open"]);
  });

  it("hands over what is between the page and the extension", async () => {
    const { bridge, others } = bridged();
    await bridge.receive({ type: "open-file", path: "a.txt", line: 3 });
    assert.deepEqual(others, ["open-file"]);
  });
});

describe("the document of a webview (E26)", () => {
  it("admits one script by a nonce of its own, and nothing of what is written into it", () => {
    const options = {
      name: "plan",
      title: '"><script>alert(1)</script>',
      language: "en",
      cspSource: "https://source",
      address: (file: string) => `https://source/${file}`,
      words: { "</head>": '"<img>' },
    } as const;
    const [one, other] = [pageHtml(options), pageHtml(options)];
    assert.equal(one.match(/<script/g)?.length, 1);
    assert.match(one, /default-src &#39;none&#39;/);
    const nonce = /nonce="([^"]+)"/.exec(one)?.[1] ?? "";
    assert.ok(one.includes(`&#39;nonce-${nonce}&#39;`) && !other.includes(nonce));
    assert.ok(!one.includes("<img>") && !one.includes("unsafe"));
  });
});
