/**
 * Runs test/host/*.test.ts inside a real extension host, with the extension as it is packed (dist/package) and a copy of the
 * example as workspace. By itself in the VS Code server with Chromium as its window; with `--desktop` in the VS Code of
 * VSCODE_EXECUTABLE_PATH, or one that @vscode/test-electron downloads. `--result FILE` keeps mocha's JSON; `--grep TEXT` runs some.
 */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runTests } from "@vscode/test-electron";
import { z } from "zod";
import { copyExample, launchBrowser } from "../support/editor/editor.ts";
import { EditorServer } from "../support/editor/server.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const EXTENSION = join(ROOT, "dist/package");
/** An extension that brings language models. */
const MODELS = join(ROOT, "test/host/model-provider");
const SUITES = join(ROOT, "dist/host-tests");
const LIMIT_MS = 5 * 60_000;

const Test = z.object({ fullTitle: z.string(), err: z.object({ stack: z.string() }).partial() });
const Result = z.object({
  stats: z.object({ passes: z.number(), failures: z.number() }),
  failures: z.array(Test),
});

const { values: chosen } = parseArgs({
  options: { desktop: { type: "boolean", default: false }, result: { type: "string" }, grep: { type: "string" } },
});
const folder = mkdtempSync(join(tmpdir(), "planwright-host-"));
try {
  process.exitCode = await main();
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function main(): Promise<number> {
  if (!existsSync(EXTENSION)) throw new Error("dist/package is missing: npm run package");
  buildSuites();
  const file = join(folder, "result.json");
  const environment = {
    PLANWRIGHT_HOST_RESULT: file,
    ...(chosen.grep === undefined ? {} : { PLANWRIGHT_HOST_GREP: chosen.grep }),
  };
  const said = await (chosen.desktop ? runInDesktop(environment) : runInServer(environment));
  // A crashed extension host reports success, so only what the suites wrote at their end counts.
  if (!existsSync(file)) throw new Error(`the tests in the extension host wrote no result:\n${said}`);
  const text = readFileSync(file, "utf8");
  if (chosen.result !== undefined) writeFileSync(chosen.result, text);
  const { stats, failures } = Result.parse(JSON.parse(text));
  if (chosen.result === undefined) {
    for (const { fullTitle, err } of failures) console.log(`FAILED  ${fullTitle}\n${err.stack ?? ""}`);
    console.log(`${stats.passes} passed, ${stats.failures} failed`);
  }
  return stats.passes > 0 && stats.failures === 0 ? 0 : 1;
}

/** The extension host reads CommonJS. Each suite stands for itself, so that mocha sees files. */
function buildSuites(): void {
  rmSync(SUITES, { recursive: true, force: true });
  const entries = ["test/host/run.ts", ...globSync("test/host/*.test.ts", { cwd: ROOT })];
  const form = ["--bundle", "--format=cjs", "--platform=node", "--target=node22.15", "--out-extension:.js=.cjs"];
  const words = [...entries, `--outdir=${SUITES}`, ...form, "--external:vscode", "--external:mocha"];
  const options = ["--sourcemap=inline", "--log-level=warning"];
  execFileSync(join(ROOT, "node_modules/esbuild/bin/esbuild"), [...words, ...options], { cwd: ROOT, stdio: "inherit" });
}

/** Resolves with what the window and the server have said. */
async function runInServer(environment: Readonly<Record<string, string>>): Promise<string> {
  const server = await EditorServer.start({ smokeTestDriver: true, environment, further: MODELS });
  const browser = await launchBrowser();
  const said: string[] = [];
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const workspace = copyExample(join(folder, "workspace"));
    const ended = Promise.withResolvers<void>();
    const limit = setTimeout(ended.resolve, LIMIT_MS).unref();
    page.on("crash", () => ended.resolve());
    await page.exposeFunction("codeAutomationExit", () => ended.resolve());
    await page.exposeFunction("codeAutomationLog", (kind: string, words: unknown[]) => {
      said.push(`${kind} ${words.join(" ")}`);
    });
    const remote = (path: string): string => `vscode-remote://${server.address}${path}`;
    const payload = [
      ["extensionDevelopmentPath", remote(EXTENSION)],
      ["extensionTestsPath", remote(join(SUITES, "run.cjs"))],
    ];
    await page.goto(server.url({ folder: workspace, payload: JSON.stringify(payload) }));
    await ended.promise;
    clearTimeout(limit);
    return [...said, server.output].join("\n");
  } finally {
    await browser.close();
    await server.remove();
  }
}

async function runInDesktop(environment: Readonly<Record<string, string>>): Promise<string> {
  const executable = process.env["VSCODE_EXECUTABLE_PATH"];
  const workspace = copyExample(join(folder, "workspace"));
  const folders = ["--user-data-dir", join(folder, "user"), "--extensions-dir", join(folder, "extensions")];
  const code = await runTests({
    ...(executable === undefined ? {} : { vscodeExecutablePath: executable }),
    extensionDevelopmentPath: [EXTENSION, MODELS],
    extensionTestsPath: join(SUITES, "run.cjs"),
    extensionTestsEnv: { ...environment, XDG_STATE_HOME: join(folder, "state") },
    launchArgs: [workspace, "--disable-workspace-trust", "--skip-welcome", "--skip-release-notes", ...folders],
  });
  return `VS Code ended with exit code ${code}`;
}
