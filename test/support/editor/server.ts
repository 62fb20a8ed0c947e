import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { endMarkedProcesses, markedProcesses, type RunningProcess } from "./processes.ts";

const KEEPER = fileURLToPath(new URL("keeper.ts", import.meta.url));
const INSTALLER = fileURLToPath(new URL("../../../.ci/test-host.mjs", import.meta.url));
const READY = /Extension host agent listening on (\d+)/;
const START_LIMIT_MS = 60_000;

const TestHost = z.object({ server: z.string(), chromium: z.string() });

/** What every test wants: nothing that greets, asks, updates or looks for a service. */
const QUIET_SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.tips.enabled": false,
  "window.autoDetectColorScheme": false,
  "window.autoDetectHighContrast": false,
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "telemetry.telemetryLevel": "off",
  // It looks at the ports of the whole machine.
  "remote.autoForwardPorts": false,
  "git.enabled": false,
  "git.openRepositoryInParentFolders": "never",
  "security.workspace.trust.banner": "never",
} satisfies Settings;

export type Settings = Readonly<Record<string, unknown>>;

export interface ServerOptions {
  /** The packed extension to install; none for one that is run from its folder. */
  readonly vsix?: string;
  /** Ask whether the folder is trusted, as VS Code does by itself. Otherwise all folders are. */
  readonly asksForTrust?: boolean;
  /** For tests inside the extension host: without it, the server ignores them; with it, it shows no notifications. */
  readonly smokeTestDriver?: boolean;
  /** Instead of the tests' own, which keep VS Code quiet. */
  readonly settings?: Settings;
  readonly environment?: Readonly<Record<string, string>>;
  /** Folder of a further extension, which is there from the beginning. */
  readonly further?: string;
}

/** Where the VS Code server and Chromium are; they are installed when they are missing. */
export function findTestHost(): z.output<typeof TestHost> {
  const output = execFileSync(process.execPath, [INSTALLER], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return TestHost.parse(JSON.parse(output));
}

/**
 * A VS Code server with folders of its own for everything that it, the extension and the workers write. `remove` ends all of
 * their processes; so does the end of this process, however it comes.
 */
export class EditorServer {
  readonly root: string;
  readonly address: string;
  readonly #token: string;
  readonly #keeper: ChildProcess;
  readonly #output: string[];
  #settings: Settings = QUIET_SETTINGS;

  private constructor(root: string, port: number, token: string, keeper: ChildProcess, output: string[]) {
    this.root = root;
    this.#token = token;
    this.address = `127.0.0.1:${port}`;
    this.#keeper = keeper;
    this.#output = output;
  }

  static async start(options: ServerOptions = {}): Promise<EditorServer> {
    const root = realpathSync(mkdtempSync(join(tmpdir(), "planwright-editor-")));
    const { server } = findTestHost();
    const folders = ["--server-data-dir", "data", "--user-data-dir", "user", "--extensions-dir", "extensions"];
    const words = [server, ...folders.map((word) => (word.startsWith("--") ? word : join(root, word)))];
    words.push("--accept-server-license-terms", "--disable-telemetry");
    const environment = ownEnvironment(root, options.environment ?? {});
    writeSettings(root, options.settings ?? QUIET_SETTINGS);
    if (options.vsix !== undefined) {
      const install = [...words, "--install-extension", options.vsix];
      execFileSync(process.execPath, install, { env: environment, stdio: ["ignore", "ignore", "pipe"] });
    }
    if (options.further !== undefined)
      cpSync(options.further, join(root, "extensions", basename(options.further)), { recursive: true });
    // The address leads to a terminal, and other people may use this machine, too.
    const token = randomUUID();
    const tokenFile = join(root, "token");
    writeFileSync(tokenFile, token, { mode: 0o600 });
    words.push("--host", "127.0.0.1", "--port", "0", "--connection-token-file", tokenFile, "--disable-experiments");
    if (options.asksForTrust !== true) words.push("--disable-workspace-trust");
    if (options.smokeTestDriver === true) words.push("--enable-smoke-test-driver");
    const keeper = spawn(process.execPath, [KEEPER, mark(root), process.execPath, ...words], {
      env: environment,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const output: string[] = [];
    const port = await readPort(keeper, output);
    return new EditorServer(root, port, token, keeper, output);
  }

  /** The address of a window, with these words in its query. */
  url(query: Readonly<Record<string, string>>): string {
    return `http://${this.address}/?${new URLSearchParams({ ...query, tkn: this.#token }).toString()}`;
  }

  /** Resolves when the server has ended. */
  ended(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#keeper.exitCode !== null) resolve();
      else this.#keeper.once("exit", () => resolve());
    });
  }

  /** Where the workers of this server keep their records. */
  get stateHome(): string {
    return join(this.root, "state");
  }

  /** What the server has printed, for a failed test. */
  get output(): string {
    return this.#output.join("");
  }

  /** Changes the person's settings; open windows follow. Without an argument, the tests' own settings hold again. */
  changeSettings(change: Settings = {}): void {
    this.#settings = { ...QUIET_SETTINGS, ...change };
    writeSettings(this.root, this.#settings);
  }

  /** The processes that belong to this server: its own, extension hosts, workers, steps. */
  processes(): RunningProcess[] {
    return markedProcesses(mark(this.root));
  }

  async remove(): Promise<void> {
    this.#keeper.stdin?.end();
    await this.ended();
    await endMarkedProcesses(mark(this.root));
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Steps get few variables of their worker; this is one of them. */
function mark(root: string): string {
  return `HOME=${join(root, "home")}`;
}

/** Without what an outer VS Code or npm says of itself, and with a home of its own. */
function ownEnvironment(root: string, more: Readonly<Record<string, string>>): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !/^(?:VSCODE_|npm_|ELECTRON_|NODE_)/i.test(name)) own[name] = value;
  }
  const home = join(root, "home");
  mkdirSync(home, { recursive: true });
  return { ...own, HOME: home, SHELL: "/bin/sh", ...more, XDG_STATE_HOME: join(root, "state") };
}

function writeSettings(root: string, settings: Settings): void {
  const file = join(root, "user/User/settings.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(settings, null, 2));
}

function readPort(server: ChildProcess, output: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (why: string): void => reject(new Error(`the VS Code server ${why}:\n${output.join("")}`));
    const timer = setTimeout(() => failed("did not become ready"), START_LIMIT_MS);
    const read = (text: string): void => {
      output.push(text);
      const port = READY.exec(output.join(""))?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    server.stdout?.setEncoding("utf8").on("data", read);
    server.stderr?.setEncoding("utf8").on("data", (text: string) => output.push(text));
    server.once("error", ({ message }) => failed(`could not be started (${message})`));
    server.once("exit", () => failed("ended"));
  });
}
