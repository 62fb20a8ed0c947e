import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContext } from "playwright-core";
import { EditorServer, findTestHost, type ServerOptions } from "./server.ts";
import { EditorWindow } from "./window.ts";

const VSIX = fileURLToPath(new URL("../../../dist/planwright.vsix", import.meta.url));
const EXAMPLE = fileURLToPath(new URL("../../../examples/tally", import.meta.url));
const BROWSER_ARGUMENTS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
];

/** A folder with a project, below the server's own. */
export class Workspace {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  write(name: string, text: string): void {
    const file = join(this.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  exists(name: string): boolean {
    return existsSync(join(this.folder, name));
  }
}

/** A VS Code with the packed extension, and a browser to look at it. `remove` ends all of it. */
export class Editor {
  readonly server: EditorServer;
  readonly #browser: Browser;
  readonly #contexts = new Set<BrowserContext>();
  #workspaces = 0;

  private constructor(server: EditorServer, browser: Browser) {
    this.server = server;
    this.#browser = browser;
  }

  /** Without a `vsix`, installs the packed extension of dist/ (`npm run package`). */
  static async start(options: ServerOptions = {}): Promise<Editor> {
    if (options.vsix === undefined && !existsSync(VSIX)) {
      throw new Error("dist/planwright.vsix is missing: npm run package");
    }
    const server = await EditorServer.start({ vsix: VSIX, ...options });
    try {
      return new Editor(server, await launchBrowser());
    } catch (error) {
      await server.remove();
      throw error;
    }
  }

  /** An empty workspace folder, or the example. */
  workspace(from: "empty" | "example" = "empty"): Workspace {
    const folder = join(this.server.root, "workspaces", `project-${++this.#workspaces}`);
    return new Workspace(from === "example" ? copyExample(folder) : folder);
  }

  /** A window on a folder or a .code-workspace file; without either, an empty one. */
  async open(path: string | null, size = { width: 1400, height: 900 }): Promise<EditorWindow> {
    const context = await this.#browser.newContext({ viewport: size, deviceScaleFactor: 1 });
    this.#contexts.add(context);
    const page = await context.newPage();
    const kind = path?.endsWith(".code-workspace") === true ? "workspace" : "folder";
    await page.goto(this.server.url(path === null ? { ew: "true" } : { [kind]: path }));
    return new EditorWindow(page).ready();
  }

  /** Closes every window; what runs in workers goes on. */
  async closeWindows(): Promise<void> {
    await Promise.all([...this.#contexts].map((context) => context.close()));
    this.#contexts.clear();
  }

  async remove(): Promise<void> {
    await this.#browser.close();
    await this.server.remove();
  }
}

/** Copies the example project and returns the folder. */
export function copyExample(folder: string): string {
  cpSync(EXAMPLE, folder, { recursive: true });
  return folder;
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findTestHost().chromium, args: BROWSER_ARGUMENTS });
}
