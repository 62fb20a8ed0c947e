import { open } from "node:fs/promises";
import { FailureError, failure } from "../../schemas/failure.ts";
import { errorCode } from "./file-system.ts";

/** `PWrt` in ASCII: marks a database as ours in its header. */
export const APPLICATION_ID = 0x50577274;

/** What a database file looks like before SQLite touches it. */
export type FileState =
  | { kind: "absent" }
  /** Ours, or an SQLite database without any content. */
  | { kind: "usable" }
  | { kind: "damaged"; detail: string }
  | { kind: "foreign"; detail: string };

const MAGIC = Buffer.from("SQLite format 3\0", "latin1");

/** Offsets in the first page, https://www.sqlite.org/fileformat2.html#the_database_header and #b_tree_pages. */
const HEADER_BYTES = 100;
const APPLICATION_ID_OFFSET = 68;
const PAGE_COUNT_OFFSET = 28;
const SCHEMA_CELLS_OFFSET = 103;

/**
 * Looks at the header of the file without changing anything. Foreign is what carries somebody's content; damaged is what can
 * only be a remainder of ours (cut off within the header, or zeroed, as some file systems leave a file after a power failure).
 */
export async function inspectFile(path: string): Promise<FileState> {
  const start = await readStart(path);
  if (start === null || start.length === 0) return { kind: "absent" };
  if (start.every((byte) => byte === 0)) return { kind: "damaged", detail: "it holds nothing but zeros" };
  const magic = start.subarray(0, MAGIC.length);
  if (!MAGIC.subarray(0, magic.length).equals(magic))
    return { kind: "foreign", detail: "it is not an SQLite database" };
  if (start.length < HEADER_BYTES) return { kind: "damaged", detail: `it ends after ${start.length} bytes` };
  const owner = start.readUInt32BE(APPLICATION_ID_OFFSET);
  if (owner === APPLICATION_ID) return { kind: "usable" };
  const isEmpty =
    start.length > SCHEMA_CELLS_OFFSET + 1 &&
    start.readUInt32BE(PAGE_COUNT_OFFSET) <= 1 &&
    start.readUInt16BE(SCHEMA_CELLS_OFFSET) === 0;
  if (owner === 0 && isEmpty) return { kind: "usable" };
  return { kind: "foreign", detail: "it is an SQLite database of another program" };
}

async function readStart(path: string): Promise<Buffer | null> {
  try {
    const file = await open(path, "r");
    try {
      const buffer = Buffer.alloc(4096);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT") return null;
    if (code === null) throw error;
    const reason = `The database ${path} cannot be read (${code}). Check that it is a file and belongs to you.`;
    throw new FailureError(failure("unreadable", reason, { details: { path } }));
  }
}
