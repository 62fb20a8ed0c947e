import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Loads a package that we are measured against, from where run.mjs has installed it. The caller narrows what it gets. */
export async function loadPeer(name: string): Promise<unknown> {
  const folder = process.env["PLANWRIGHT_BENCH_PEERS"];
  if (folder === undefined) throw new Error("Start benches with `npm run bench`: it installs what they compare with.");
  const path = createRequire(join(folder, "package.json")).resolve(name);
  return import(pathToFileURL(path).href);
}
