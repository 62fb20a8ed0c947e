/**
 * Packages that tests need and the repository does not hold: each set is installed once into a folder outside the repository whose
 * name has the hash of what it is made from, so a changed lock file is a new folder. Says what it does on standard error. Uses nothing
 * but Node itself.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

const onWindows = process.platform === "win32";

/** The person's folder for what can be fetched again. */
export function cacheFolder(...names) {
  return path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache"), ...names);
}

/**
 * The folder with the packages of `source`, a folder with package.json and package-lock.json. It is put in place as a whole, so one that
 * exists is complete.
 * @param {{title: string, size: string, source: string, place: string, words: string[], finish: (draft: string) => void}} set
 *   `title` is what the packages are, `size` what has to be fetched, `place` the folder without the hash, `words` what npm does, `finish`
 *   what remains after that, because no install scripts run.
 * @returns {string}
 */
export function installOnce({ title, size, source, place, words, finish }) {
  const hash = createHash("sha256");
  for (const name of readdirSync(source).toSorted()) hash.update(readFileSync(path.join(source, name)));
  const folder = `${place}-${hash.digest("hex").slice(0, 12)}`;
  if (existsSync(folder)) return folder;
  console.error(`The tests need ${title}; installing it into ${folder} (${size} to fetch, once)…`);
  const started = Date.now();
  const draft = `${folder}.${process.pid}.draft`;
  try {
    mkdirSync(draft, { recursive: true });
    for (const name of ["package.json", "package-lock.json"]) cpSync(path.join(source, name), path.join(draft, name));
    npm([...words, "--ignore-scripts"], draft);
    finish(draft);
    putInPlace(draft, folder);
  } catch (error) {
    throw new Error(`${title} could not be installed into ${folder}: ${error.message}`, { cause: error });
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  console.error(`It is there after ${Math.round((Date.now() - started) / 1000)} s.`);
  return folder;
}

/** Another run may have finished the same folder in the meantime, which is as good. */
function putInPlace(draft, folder) {
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/** Runs npm in a folder; throws when it fails. */
export function npm(words, cwd) {
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const options = { cwd, stdio: ["ignore", 2, 2], env: ownEnvironment() };
  const script = process.env.npm_execpath;
  const { status, error } =
    script !== undefined && /npm-cli\.[cm]?js$/.test(script)
      ? spawnSync(process.execPath, [script, ...words, ...quiet], options)
      : spawnSync("npm", [...words, ...quiet], { ...options, shell: onWindows });
  if (error !== undefined) throw new Error(`npm could not be started: ${error.message}`);
  if (status !== 0) {
    throw new Error(
      `npm ${words[0]} ended with exit code ${status}; its own words stand above. Is the package registry reachable (npm ping), and is there space on the disk?`,
    );
  }
}

/** Without what an outer npm says of its own project: its prefix and its options would hold for this installation, too. */
function ownEnvironment() {
  const foreign = /^npm_(?:package_|lifecycle_|config_(?:local_prefix|prefix|global_prefix|omit|include|production)$)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
