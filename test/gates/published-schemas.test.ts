import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { publishedSchemas } from "../support/published-schemas.ts";

const root = join(import.meta.dirname, "../..");

describe("published JSON Schemas (D1, L2)", () => {
  it("say what the code says: after a change run `npm run schemas`", async () => {
    const published = await publishedSchemas();
    const committed = (await readdir(join(root, "schemas/json"))).map((name) => `schemas/json/${name}`);
    assert.deepEqual(committed.sort(), [...published.keys()].sort());
    for (const [path, text] of published) assert.equal(await readFile(join(root, path), "utf8"), text, path);
  });
});
