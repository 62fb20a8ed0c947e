import assert from "node:assert/strict";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { Failure } from "../../schemas/failure.ts";
import { inFolder } from "../support/store.ts";
import { isThorough, patience } from "../support/thorough.ts";

const OWNER = fileURLToPath(new URL("../fixtures/store-owner.ts", import.meta.url));
const Line = z.union([z.object({ epoch: z.int() }), z.object({ refused: Failure })]);

type Child = ChildProcessByStdio<null, Readable, null>;

async function answerOf(child: Child): Promise<z.infer<typeof Line>> {
  let text = "";
  for await (const part of child.stdout) {
    text += String(part);
    if (text.includes("\n")) break;
  }
  return Line.parse(JSON.parse(text));
}

async function end(children: readonly Child[]): Promise<void> {
  const gone = children.map((child) => once(child, "exit"));
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(gone);
}

/** Several processes try at the same moment. Returns the fencing number of the only one that gets through. */
async function race(count: number, folder: string, state: string, platform: string): Promise<number> {
  // All of them are up before the moment comes, also on a slow machine; who is late still races with the rest.
  const at = String(Date.now() + 400);
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, [OWNER, folder, state, at, platform], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TMPDIR: dirname(state) },
    }),
  );
  try {
    const answers = await Promise.all(children.map(answerOf));
    const epochs = answers.flatMap((answer) => ("epoch" in answer ? [answer.epoch] : []));
    assert.equal(epochs.length, 1, JSON.stringify(answers));
    const winner = children[answers.findIndex((answer) => "epoch" in answer)];
    for (const answer of answers) {
      if (!("refused" in answer)) continue;
      assert.equal(answer.refused.code, "worker_busy");
      assert.equal(answer.refused.details?.["pid"], winner?.pid);
    }
    return epochs[0] ?? 0;
  } finally {
    await end(children);
  }
}

/** How many race, one race after the other. */
const counts = isThorough ? [2, 3, 5, 100] : [2, 3, 5, 8];

describe("fault 9: processes race for a folder", function () {
  this.timeout(patience(60_000));

  for (const platform of ["linux", "darwin"]) {
    it(`never gives two owners, also right after the owner was killed (as on ${platform})`, async function () {
      if (platform === "linux" && process.platform !== "linux") return;
      if (process.platform === "win32") return;
      await inFolder(async (root) => {
        const folder = join(root, "workspace");
        await mkdir(folder);
        const epochs: number[] = [];
        for (const count of counts) epochs.push(await race(count, folder, join(root, "state"), platform));
        assert.deepEqual(
          epochs,
          Array.from(counts, (_, index) => index + 1),
          "each owner raises the fencing number by one",
        );
      });
    });
  }
});
