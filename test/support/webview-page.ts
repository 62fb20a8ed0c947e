import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { z } from "zod";
import type { Client } from "../../schemas/client.ts";
import { failure, type Failure } from "../../schemas/failure.ts";
import type { FromWebview, ToWebview } from "../../schemas/webview.ts";
import { WebviewBridge } from "../../extension/panels/bridge.ts";
import { pageHtml } from "../../extension/panels/page.ts";

const DIST = fileURLToPath(new URL("../../dist/webview/", import.meta.url));
const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
];

/** The variables and styles that a real workbench gives its webviews, by theme. */
const Themes = z.object({
  defaultStyles: z.string(),
  themes: z.record(z.string(), z.object({ bodyClass: z.string(), variables: z.record(z.string(), z.string()) })),
});

export type ThemeName = "light" | "dark" | "hc-black" | "hc-light";
export const THEMES: readonly ThemeName[] = ["light", "dark", "hc-black", "hc-light"];

export interface PageOptions {
  readonly name: "plan" | "log";
  /** What the page is told to show. */
  readonly show: ToWebview;
  /** Connects to the worker; called again after the worker was lost. */
  readonly connect: () => Promise<Client>;
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** Runs in the page before its own script: what measures it. */
  readonly script?: string;
  /** What setState kept before a reload of the window. */
  readonly remembered?: unknown;
}

/** Pages of dist/webview in a real browser, with the real relay to a worker. Build first. Call `close` at the end. */
export class WebviewPages {
  readonly #browser: Browser;
  readonly #server: Server;
  readonly #origin: string;
  readonly #documents = new Map<string, string>();

  private constructor(browser: Browser, server: Server, origin: string) {
    this.#browser = browser;
    this.#server = server;
    this.#origin = origin;
    server.on("request", (request, response) => {
      const path = new URL(request.url ?? "/", origin).pathname.slice(1);
      const known = this.#documents.get(path);
      response.setHeader("content-type", CONTENT_TYPES[extname(path)] ?? "text/html");
      if (known !== undefined) response.end(known);
      else if (/^[\w.-]+$/.test(path)) response.end(readFileSync(DIST + path));
      else response.writeHead(404).end();
    });
  }

  static async start(): Promise<WebviewPages> {
    const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return new WebviewPages(browser, server, `http://127.0.0.1:${port}`);
  }

  async open(options: PageOptions): Promise<WebviewPage> {
    const { theme = "dark", width = 1280, height = 800 } = options;
    const { defaultStyles, themes } = Themes.parse(
      JSON.parse(readFileSync(new URL("themes.json", import.meta.url), "utf8")),
    );
    const { bodyClass = "", variables = {} } = themes[theme] ?? {};
    const rules = Object.entries(variables).map(([name, value]) => `${name}:${value};`);
    const id = String(this.#documents.size);
    this.#documents.set(
      `theme-${id}.css`,
      `html{${rules.join("")}background:var(--vscode-editor-background)}${defaultStyles}`,
    );
    const html = pageHtml({
      name: options.name,
      title: "Planwright",
      language: "en",
      cspSource: this.#origin,
      address: (file) => `${this.#origin}/${file}`,
      words: {},
      settings: options.settings ?? {},
    })
      .replace("<title>", `<link rel="stylesheet" href="/theme-${id}.css"><title>`)
      .replace("<body>", `<body class="${bodyClass}" data-vscode-theme-kind="${bodyClass.split(" ").at(-1) ?? ""}">`);
    this.#documents.set(`page-${id}`, html);
    const context = await this.#browser.newContext({ viewport: { width, height } });
    const page = await context.newPage();
    return WebviewPage.load(page, `${this.#origin}/page-${id}`, options);
  }

  /** A page with one row of words and nothing of ours: what a page costs at the least. `script` runs in it first. */
  async openBare(script: string): Promise<Page> {
    this.#documents.set(
      "bare",
      '<!DOCTYPE html><link rel="icon" href="data:,"><title>Bare</title><p class="row step">A row</p>',
    );
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.addInitScript(script);
    await page.goto(`${this.#origin}/bare`);
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }
}

/** One page, and what the extension would do for it. */
export class WebviewPage {
  readonly page: Page;
  /** What the page asked of the extension besides operations: open a file, a log, a report. */
  readonly asked: FromWebview[] = [];
  /** What the page wrote to its console as an error, and what it threw. */
  readonly errors: string[] = [];
  readonly link: TestLink;
  readonly #bridge: WebviewBridge;
  readonly #show: ToWebview;

  private constructor(page: Page, options: PageOptions) {
    this.page = page;
    this.#show = options.show;
    this.link = new TestLink(options.connect);
    let posting = Promise.resolve();
    this.#bridge = new WebviewBridge({
      link: this.link,
      // In order, and nothing reaches a page that is gone.
      post: (message) => {
        posting = posting.then(() => this.#deliver(message));
        return posting.then(() => true);
      },
      show: () => options.show,
      onMessage: (message) => this.asked.push(message),
    });
    page.on("console", (message) => {
      if (message.type() === "error") this.errors.push(message.text());
    });
    page.on("pageerror", (error) => this.errors.push(String(error)));
  }

  static async load(page: Page, address: string, options: PageOptions): Promise<WebviewPage> {
    const webview = new WebviewPage(page, options);
    await page.exposeFunction("planwrightSend", (message: unknown) => webview.#bridge.receive(message));
    await page.addInitScript(`(${API})(${JSON.stringify(JSON.stringify(options.remembered ?? null))})`);
    if (options.script !== undefined) await page.addInitScript(options.script);
    await page.goto(address);
    return webview;
  }

  /** Tells the page again what to show, as the extension does when a file was saved; or something else. */
  async show(message = this.#show): Promise<void> {
    await this.#deliver(message);
  }

  /** What the page keeps for after a reload. */
  async remembered(): Promise<unknown> {
    return this.page.evaluate("acquireVsCodeApi().getState()");
  }

  async close(): Promise<void> {
    await this.#bridge.dispose();
    this.link.dispose();
    await this.page.context().close();
  }

  async #deliver(message: ToWebview): Promise<void> {
    await this.page.evaluate(deliver, JSON.stringify(message)).catch(() => null);
  }
}

/** The extension's link, as far as the bridge uses it. */
class TestLink {
  state: { kind: "idle" | "connecting" | "connected" } | { kind: "lost"; failure: Failure; retryInMs: number | null } =
    { kind: "idle" };
  readonly #connect: () => Promise<Client>;
  readonly #listeners = new Set<(state: TestLink["state"]) => void>();
  #client: Promise<Client> | null = null;

  constructor(connect: () => Promise<Client>) {
    this.#connect = connect;
  }

  onState(listener: (state: TestLink["state"]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  connect(): Promise<Client> {
    this.#client ??= this.#open();
    return this.#client;
  }

  dispose(): void {
    this.#listeners.clear();
    this.#client?.then(
      (client) => client.dispose(),
      () => null,
    );
  }

  async #open(): Promise<Client> {
    this.#become({ kind: "connecting" });
    const client = await this.#connect();
    client.onClose(() => {
      this.#client = null;
      this.#become({ kind: "lost", failure: failure("worker_unavailable", "the worker has ended"), retryInMs: 1_000 });
    });
    this.#become({ kind: "connected" });
    return client;
  }

  #become(state: TestLink["state"]): void {
    this.state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".ttf": "font/ttf",
  ".map": "application/json",
};

/** Of the browser. */
declare function postMessage(message: unknown, target: string): void;

/** Runs in the page. */
function deliver(message: string): void {
  postMessage(JSON.parse(message), "*");
}

/** What VS Code puts into a webview. The state outlives a reload, as in VS Code. */
const API = `(remembered) => {
  if (remembered !== "null" && sessionStorage.state === undefined) sessionStorage.state = remembered;
  const api = {
    postMessage: (message) => { window.planwrightSend(JSON.parse(JSON.stringify(message))); },
    getState: () => (sessionStorage.state === undefined ? undefined : JSON.parse(sessionStorage.state)),
    setState: (state) => { sessionStorage.state = JSON.stringify(state); },
  };
  window.acquireVsCodeApi = () => api;
}`;
