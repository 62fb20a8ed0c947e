/** `npm run schemas`: writes schemas/json/ anew. test/gates/published-schemas.test.ts fails when that was forgotten. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { publishedSchemas } from "../test/support/published-schemas.ts";

const root = path.join(import.meta.dirname, "..");
for (const [file, text] of await publishedSchemas()) {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
  console.log(`wrote ${file}`);
}
