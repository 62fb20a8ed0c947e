import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const files = ["build/tally.mjs", "build/stop-words.json"];
const manifest = files.map((path) => ({ path, sha256: createHash("sha256").update(readFileSync(path)).digest("hex") }));
writeFileSync("build/manifest.json", JSON.stringify(manifest, null, 2));
console.log(`${files.length} files listed`);
