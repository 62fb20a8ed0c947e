import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openDatabase } from "../../worker/store/open-database.ts";
import { inFolder, sqlite3 } from "../support/store.ts";

const WRITER = fileURLToPath(new URL("../fixtures/store-writer.ts", import.meta.url));

/** Lets a child write until it has acknowledged `count` numbers, kills it with -9, and returns the last one acknowledged. */
async function writeAndKill(path: string, count: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, path], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  let seen = 0;
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (part: string) => {
    text += part;
    seen += part.split("\n").length - 1;
    if (seen >= count) child.kill("SIGKILL");
  });
  await once(child, "close");
  assert.equal(child.signalCode, "SIGKILL", text);
  return Number(text.slice(0, text.lastIndexOf("\n")).split("\n").at(-1));
}

describe("fault 1: kill -9 of the process that writes (C9, invariant 5)", function () {
  this.timeout(60_000);

  it("loses nothing that was acknowledged, at any moment", () =>
    inFolder(async (folder) => {
      const path = join(folder, "planwright.db");
      for (const count of [1, 37, 190, 201, 333]) {
        const acknowledged = await writeAndKill(path, count);
        const native = await sqlite3(
          path,
          "SELECT max(n) >= " + String(acknowledged) + ", count(*) = max(n) FROM numbers",
        );
        assert.equal(native, "1|1", "sqlite3 reads what the dead process left");
        const database = await openDatabase(path);
        assert.deepEqual(database.notices, []);
        const row = database.first("SELECT max(n) AS last, count(*) AS rows FROM numbers", [], (one) => one);
        assert.ok(Number(row?.["last"]) >= acknowledged);
        assert.equal(row?.["rows"], row?.["last"], "no number in between is missing");
        assert.equal(
          database.first("PRAGMA quick_check", [], (one) => one["quick_check"]),
          "ok",
        );
        await database.close();
      }
    }));
});
