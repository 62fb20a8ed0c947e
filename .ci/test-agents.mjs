/**
 * The coding agents that test/agents drives: real programs from the package registry, pinned by test/agents/programs/ID/package-lock.json,
 * each in a cache folder outside the repository. `node .ci/test-agents.mjs opencode qwen` installs what is missing of these and prints
 * where their programs are: {"opencode": folder, …}; without words, all. None of them is logged in or asks a service of its vendor: the
 * tests give each a home folder of its own and the scripted model server.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { cacheFolder, installOnce, npm } from "./cached-packages.mjs";

const programs = path.join(import.meta.dirname, "../test/agents/programs");
const known = readdirSync(programs).toSorted();
const wanted = process.argv.length > 2 ? process.argv.slice(2) : known;

try {
  console.log(JSON.stringify(Object.fromEntries(wanted.map((id) => [id, install(id)]))));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function install(id) {
  if (!known.includes(id)) throw new Error(`There is no agent "${id}" in ${programs}, only: ${known.join(", ")}.`);
  const source = path.join(programs, id);
  const { size, build = [] } = JSON.parse(readFileSync(path.join(source, "package.json"), "utf8")).planwright;
  const folder = installOnce({
    title: `the coding agent ${id}`,
    size,
    source,
    place: cacheFolder("planwright-test", "agents", id),
    // `npm ci` refuses a lock file in which a package for some other platform is missing because the registry does not have it.
    words: ["install"],
    // Some put their program in place in an install script.
    finish: (draft) => (build.length > 0 ? npm(["rebuild", ...build, "--ignore-scripts=false"], draft) : undefined),
  });
  return path.join(folder, "node_modules/.bin");
}
