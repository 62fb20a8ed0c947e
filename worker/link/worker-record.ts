import { readFile, rm } from "node:fs/promises";
import { WorkerRecord } from "../../schemas/worker-record.ts";
import { writePrivateFile } from "./private-file.ts";
import { recordPath, type FolderState } from "./state-places.ts";

/** What stands in the place of the record. Only `present` is worth a try to connect. */
export type RecordReading =
  | { readonly kind: "present"; readonly record: WorkerRecord }
  | { readonly kind: "missing" }
  /** Not ours, not whole, or of another folder: as good as missing, and replaced by the next worker. */
  | { readonly kind: "unusable"; readonly reason: string };

/** Never rejects: whatever is wrong with the file is a value. */
export async function readWorkerRecord(state: FolderState): Promise<RecordReading> {
  let text: string;
  try {
    text = await readFile(recordPath(state), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { kind: "missing" };
    return { kind: "unusable", reason: error instanceof Error ? error.message : String(error) };
  }
  const parsed = WorkerRecord.safeParse(parseJson(text));
  if (!parsed.success) return { kind: "unusable", reason: "it is not a complete worker record" };
  if (parsed.data.folder !== state.folder) return { kind: "unusable", reason: `it is of ${parsed.data.folder}` };
  return { kind: "present", record: parsed.data };
}

export async function writeWorkerRecord(state: FolderState, record: WorkerRecord): Promise<void> {
  await writePrivateFile(recordPath(state), `${JSON.stringify(record, null, 2)}\n`);
}

/** Removes the record if it is still this worker's: a successor's record stays. */
export async function removeWorkerRecord(state: FolderState, own: WorkerRecord): Promise<void> {
  const reading = await readWorkerRecord(state);
  if (reading.kind === "present" && reading.record.token === own.token) await rm(recordPath(state), { force: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
