/**
 * `npm run package`: makes dist/planwright.vsix, the extension as people install it. What .vscodeignore lets through is
 * copied, built anew and packed: so nothing of an earlier build comes along, and what uses dist/ at the moment is not
 * disturbed. Both are put in place when they are complete. A warning is an error. The folder stays; the tests in the extension host run it.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/** Why there is no package, for the person. */
class Refusal extends Error {}

const LIMIT_BYTES = 3_000_000;
const root = path.join(import.meta.dirname, "..");
const place = path.join(root, "dist/package");
const stage = `${place}.${process.pid}`;
/** The package tells nothing of its program but in package.json. */
const VSCE = path.join(path.dirname(createRequire(import.meta.url).resolve("@vscode/vsce/package.json")), "vsce");
const vsix = `${stage}.vsix`;

try {
  for (const name of listPackaged()) if (!name.startsWith("dist/")) copy(name);
  copy(".vscodeignore");
  writeManifest();
  build();
  pack();
  const { size } = statSync(vsix);
  console.log(`${(size / 1e6).toFixed(2)} MB  dist/planwright.vsix`);
  if (size > LIMIT_BYTES) throw new Refusal(`The package is larger than ${LIMIT_BYTES / 1e6} MB.`);
  renameSync(vsix, path.join(root, "dist/planwright.vsix"));
  rmSync(place, { recursive: true, force: true });
  renameSync(stage, place);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(vsix, { force: true });
  rmSync(stage, { recursive: true, force: true });
}

/** The files that the package would have, from the repository's root. */
function listPackaged() {
  const { status, stdout, stderr } = vsce(["ls", "--no-dependencies"], root);
  if (status !== 0) throw new Refusal(stderr);
  return stdout.split("\n").filter((name) => name !== "");
}

/** Packages are in the bundles, and there is nothing left to be built: those entries would only confuse. */
function writeManifest() {
  const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  for (const key of ["scripts", "dependencies", "devDependencies", "allowScripts"]) delete manifest[key];
  writeFileSync(path.join(stage, "package.json"), JSON.stringify(manifest, null, 2));
}

function build() {
  const words = ["esbuild.mjs", "--outdir", path.join(stage, "dist")];
  const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Refusal("Nothing was packed.");
}

function pack() {
  const { status, stdout, stderr } = vsce(["package", "--no-dependencies", "--out", vsix], stage);
  const said = `${stdout}${stderr}`;
  if (status !== 0 || /warning|error/i.test(said.replaceAll("node:warning", ""))) throw new Refusal(said);
}

function vsce(words, cwd) {
  return spawnSync(process.execPath, [VSCE, ...words], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
}

function copy(name) {
  mkdirSync(path.dirname(path.join(stage, name)), { recursive: true });
  cpSync(path.join(root, name), path.join(stage, name));
}
