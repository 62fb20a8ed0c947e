import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";

const EpochFile = z.object({ epoch: z.int().min(0) });

/**
 * Raises the fencing number of a folder and returns it: greater than the stored one and than `atLeast`. Only the owner calls
 * it. A missing or damaged file counts as 0; the record in the workspace then brings the number back (`OwnerRecordKeeper`).
 */
export async function nextEpoch(file: string, atLeast: number): Promise<number> {
  const epoch = Math.max(await storedEpoch(file), atLeast) + 1;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.draft`;
  await writeFile(draft, JSON.stringify({ epoch }), { mode: 0o600 });
  await rename(draft, file);
  return epoch;
}

async function storedEpoch(file: string): Promise<number> {
  try {
    return EpochFile.parse(JSON.parse(await readFile(file, "utf8"))).epoch;
  } catch {
    return 0;
  }
}
