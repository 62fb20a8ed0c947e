import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContext } from "playwright-core";
import { evidenceOf } from "./evidence.ts";
import { sendSignal, type RunningProcess } from "./processes.ts";
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

  /** The lines of a file that steps write to; none when it does not exist. */
  lines(name: string): string[] {
    return this.exists(name) ? this.read(name).trimEnd().split("\n") : [];
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

  /** The worker of a folder, by its pid; null when there is none. */
  workerOf({ folder }: Workspace): number | null {
    return this.#foreign().find(({ command }) => command.includes(`worker.mjs --folder ${folder} `))?.pid ?? null;
  }

  /** Processes of steps, by how their command begins. */
  stepProcesses(command: string): RunningProcess[] {
    return this.#foreign().filter((one) => one.command.startsWith(command));
  }

  /**
   * Kills the workers and what they have started, once the windows are closed; before them the extension hosts that have not
   * ended yet, because these replace a worker that they lose.
   */
  async endWorkers(): Promise<void> {
    const left = (): RunningProcess[] => [...this.#extensionHosts(), ...this.#foreign()];
    for (let rest = left(); rest.length > 0; rest = left()) {
      for (const { pid } of rest) sendSignal(pid, "SIGKILL");
      await sleep(20);
    }
  }

  #extensionHosts(): RunningProcess[] {
    return this.server.processes().filter(({ command }) => command.includes("--type=extensionHost"));
  }

  /** What is neither the server nor an extension host. */
  #foreign(): RunningProcess[] {
    return this.server
      .processes()
      .filter(({ command }) => command !== "" && !/keeper\.ts|code-server|bootstrap-fork/.test(command));
  }

  /** Prints what is on the screens, what runs and what the logs say, and keeps pictures of all windows: for a test that failed. */
  async keepEvidence(name: string): Promise<void> {
    const windows = [...this.#contexts].flatMap((context) => context.pages()).map((page) => new EditorWindow(page));
    console.log(`\n   EVIDENCE  ${name}\n${(await evidenceOf(this.server, windows)).replace(/^/gm, "     ")}`);
    const file = name.replace(/[^a-z0-9]+/gi, "-").slice(0, 80);
    for (const [index, window] of windows.entries()) await window.screenshot(`failed-${file}-${index + 1}`);
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
