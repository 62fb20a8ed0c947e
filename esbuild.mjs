/**
 * The one build script. `node esbuild.mjs` writes dist/, `--watch` goes on doing so. Ends with exit code 1 on any error or
 * warning. `--outdir` writes elsewhere; `--fresh` leaves nothing of earlier builds; `--root` builds another folder of the same shape (the gate tests use it).
 */
import * as esbuild from "esbuild";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { parseArgs } from "node:util";
import { joinEntry } from "./.ci/join-entry.mjs";

const { values: chosen } = parseArgs({
  options: {
    watch: { type: "boolean", default: false },
    root: { type: "string", default: import.meta.dirname },
    outdir: { type: "string" },
    fresh: { type: "boolean", default: false },
  },
});
const root = path.resolve(chosen.root);
const dist = path.resolve(chosen.outdir ?? path.join(root, "dist"));
const PROGRAM = path.join(dist, "planwright.mjs");
const CHUNK = /-[A-Z0-9]{8}\.mjs(?:\.map|\.LEGAL\.txt)?$/;
/** Packages in CommonJS of which only the default export is used, so that `import()` suits them. */
const DEFAULT_EXPORT_ONLY = new Set(["sql.js"]);
const DAY_MS = 86_400_000;

/** Output name → source. What is loaded by its file name at run time (a thread, the worker) is an entry of its own. */
const ENTRIES = {
  worker: "worker/main.ts",
  planwright: "worker/cli/main.ts",
  spawner: "worker/agents/spawner/main.ts",
  "check-thread": "worker/store/check-thread.ts",
  "layout-thread": "worker/server/layout-thread.ts",
  "plan-thread": "worker/server/language/plan-thread.ts",
  extension: "extension/extension.ts",
};
/** A program in one file, to be copied into the CI of others. */
const ALONE = { "planwright-lint": "worker/cli/lint-main.ts" };
/** Pages: what runs in webviews, where there is no Node. */
const PAGES = {
  plan: "webview/plan/main.tsx",
  log: "webview/log/main.tsx",
};

/** Packages in CommonJS ask for `require` and their own place, which an ES module does not have by itself. */
const COMMON_JS_BANNER = [
  'import { createRequire as __createRequire } from "node:module";',
  "const require = __createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;",
].join(" ");

/**
 * zod brings its own messages in fifty languages, a quarter of a megabyte in every bundle. Nobody sees them: what people read is ours.
 * @type {esbuild.Plugin}
 */
const ENGLISH_ONLY = {
  name: "english-only",
  setup: (build) => {
    build.onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
      loader: "js",
    }));
  },
};

/** @type {esbuild.BuildOptions} */
const options = {
  absWorkingDir: root,
  entryPoints: entryPoints(ENTRIES),
  outdir: dist,
  external: ["vscode"],
  outExtension: { ".js": ".mjs" },
  // All in one folder: code finds the worker, threads and WebAssembly beside itself, whatever chunk it ends up in.
  chunkNames: "[name]-[hash]",
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node22.15",
  splitting: true,
  sourcemap: "linked",
  minify: false,
  legalComments: "linked",
  banner: { js: COMMON_JS_BANNER },
  metafile: true,
  logLevel: "warning",
  plugins: [ENGLISH_ONLY, { name: "finish", setup: (build) => (build.onStart(begin), build.onEnd(finish)) }],
};

/** @type {esbuild.BuildOptions} */
const alone = {
  ...options,
  entryPoints: entryPoints(ALONE),
  splitting: false,
  sourcemap: false,
  minify: true,
  legalComments: "inline",
  plugins: [ENGLISH_ONLY],
};

/** @type {esbuild.BuildOptions} */
const pages = {
  absWorkingDir: root,
  entryPoints: entryPoints(PAGES),
  outdir: path.join(dist, "webview"),
  assetNames: "[name]",
  loader: { ".ttf": "file" },
  bundle: true,
  format: "esm",
  platform: "browser",
  // Chromium of the oldest VS Code that is supported.
  target: "chrome134",
  jsx: "automatic",
  jsxImportSource: "preact",
  sourcemap: "linked",
  minify: true,
  legalComments: "linked",
  metafile: true,
  logLevel: "warning",
  plugins: [ENGLISH_ONLY],
};

await main();

async function main() {
  checkVersion();
  mkdirSync(dist, { recursive: true });
  copyFileSync(createRequire(import.meta.url).resolve("sql.js/dist/sql-wasm.wasm"), path.join(dist, "sql-wasm.wasm"));
  if (chosen.watch) {
    for (const part of parts()) await (await esbuild.context(part)).watch();
    console.log("Watching; end with Ctrl-C.");
    return;
  }
  try {
    const results = await Promise.all(parts().map((part) => esbuild.build(part)));
    if (results.some(({ warnings }) => warnings.length > 0)) {
      fail("The build gave warnings, and a warning is an error here.");
    }
    checkDynamicImports(results[0].metafile);
    for (const { metafile } of results) printSizes(metafile);
  } catch (error) {
    // esbuild has already printed its messages, with their places.
    if (error instanceof Error && "errors" in error) fail("The build failed.");
    throw error;
  }
}

/** The entries whose source is there: the gate tests build a smaller tree. */
function entryPoints(entries) {
  return Object.entries(entries)
    .filter(([, source]) => existsSync(path.join(root, source)))
    .map(([out, source]) => ({ in: source, out }));
}

function parts() {
  return [options, alone, pages].filter(({ entryPoints }) => entryPoints.length > 0);
}

/** The source holds the version as a constant, so that it runs unbundled too; package.json has the last word. */
function checkVersion() {
  const wanted = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")).version;
  const stated = /VERSION = "([^"]+)"/.exec(readFileSync(path.join(root, "schemas/version.ts"), "utf8"))?.[1];
  if (stated !== wanted) fail(`schemas/version.ts says ${stated ?? "no version"}, package.json says ${wanted}.`);
}

/**
 * A package in CommonJS that is loaded by `import()` has only a default export once it is bundled, although Node gives it
 * named ones too: the source would run and the build would not.
 * @param {esbuild.Metafile} metafile
 */
function checkDynamicImports(metafile) {
  for (const [file, { imports }] of Object.entries(metafile.inputs)) {
    if (file.includes("node_modules/")) continue;
    const wrong = imports.find(
      ({ kind, path: target, original }) =>
        kind === "dynamic-import" && metafile.inputs[target]?.format === "cjs" && !DEFAULT_EXPORT_ONLY.has(original),
    );
    if (wrong !== undefined) {
      fail(
        `${file}: import("${wrong.original}") loads CommonJS, which loses its named exports here. Import it statically.`,
      );
    }
  }
}

/** The words by which an editor's task knows that a build begins and ends. */
function begin() {
  if (chosen.watch) console.log("Building…");
}

/** @param {esbuild.BuildResult} result */
async function finish(result) {
  if (result.errors.length > 0) {
    if (chosen.watch) console.log("Built nothing: see the errors above.");
    return;
  }
  if (!readFileSync(PROGRAM, "utf8").startsWith("#!/usr/bin/env node\n")) {
    fail("dist/planwright.mjs does not begin with the line that makes it a program: worker/cli/main.ts must have it.");
  }
  chmodSync(PROGRAM, 0o755);
  const others = Object.keys(ENTRIES).filter((name) => name !== "extension");
  await joinEntry({
    metafile: result.metafile,
    root,
    entry: "dist/extension.mjs",
    others: others.map((name) => `dist/${name}.mjs`),
    options,
  });
  removeOldChunks(result.metafile);
  if (chosen.watch)
    console.log(`Built at ${new Date().toLocaleTimeString()}${result.warnings.length > 0 ? ", with warnings" : ""}.`);
}

/**
 * Chunks carry a hash in their names, so those of earlier builds pile up. A worker that still runs may load one on first
 * use: they stay for a day, but for a package (`--fresh`).
 * @param {esbuild.Metafile} metafile
 */
function removeOldChunks(metafile) {
  const used = new Set(Object.keys(metafile.outputs).map((file) => path.basename(file)));
  for (const name of readdirSync(dist)) {
    const file = path.join(dist, name);
    if (!CHUNK.test(name) || used.has(name)) continue;
    if (chosen.fresh || Date.now() - statSync(file).mtimeMs > DAY_MS) rmSync(file);
  }
}

/** @param {esbuild.Metafile} metafile */
function printSizes(metafile) {
  const sizes = Object.entries(metafile.outputs).filter(([file]) => /\.(?:mjs|js|css)$/.test(file));
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0).padStart(6)} kB`;
  const chunks = sizes.filter(([file]) => CHUNK.test(file));
  for (const [file, { bytes }] of sizes) if (!CHUNK.test(file)) console.log(`${kilobytes(bytes)}  ${file}`);
  console.log(`${kilobytes(chunks.reduce((sum, [, { bytes }]) => sum + bytes, 0))}  ${chunks.length} chunks`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
