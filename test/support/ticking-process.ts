/**
 * Replaces a file over and over by what it is not (`[ ]` and `[x]` exchanged), until it is killed or `times` are over. Says `ready`
 * when it has begun, and what went wrong.
 */
import { readFileSync, writeSync } from "node:fs";
import { replaceSpecFile } from "../../worker/server/replace-file.ts";

const [path = "", times = "1"] = process.argv.slice(2);
writeSync(1, "ready\n");
try {
  for (let time = 0; time < Number(times); time += 1) {
    const before = readFileSync(path, "utf8");
    // Who writes a file in place empties it first.
    if (before === "") continue;
    const after = before.includes("[x]") ? before.replaceAll("[x]", "[ ]") : before.replaceAll("[ ]", "[x]");
    await replaceSpecFile(path, before, after);
  }
} catch (error) {
  writeSync(1, error instanceof Error ? error.message : String(error));
}
