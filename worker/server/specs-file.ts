import { randomBytes } from "node:crypto";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { throwFailure, type FailurePlace } from "../../schemas/failure.ts";
import { Dialect, type SpecReading } from "../../schemas/spec.ts";
import { SpecsFile } from "../../schemas/specs-file.ts";
import { readPlacedJson } from "../agents/json-places.ts";
import { throwWriteFailure } from "./write-failure.ts";

/** Inside the workspace. */
const PATH = ".planwright/specs.json";
const MAX_BYTES = 1024 * 1024;

type Content =
  | { readonly ok: true; readonly file: SpecsFile }
  | { readonly ok: false; readonly message: string; readonly place: FailurePlace };

/**
 * How a spec is to be read: as whoever asks says, else as `.planwright/specs.json` says, else as it is recognised. A file that cannot be
 * used decides nothing; what is wrong with it is a notice.
 */
export async function readingOf(
  folder: string,
  workspacePath: string,
  asked: SpecReading,
): Promise<{ reading: SpecReading; notices: string[] }> {
  if (asked.dialect !== null) return { reading: asked, notices: [] };
  const content = await readSpecsFile(folder);
  if (!content.ok) {
    const { file, line, column } = content.place;
    const where = line === null ? file : `${file}:${line}:${column ?? 1}`;
    return {
      reading: asked,
      notices: [`${where}: ${content.message}; specs are read as they are recognised until then`],
    };
  }
  const { dialects } = content.file;
  const dialect = Object.hasOwn(dialects, workspacePath) ? (dialects[workspacePath] ?? null) : null;
  return { reading: { ...asked, dialect }, notices: [] };
}

/** Says as what a spec is read from now on; null: as it is recognised. Throws FailureError where the file cannot be used or written. */
export async function chooseDialect(folder: string, workspacePath: string, dialect: Dialect | null): Promise<void> {
  const content = await readSpecsFile(folder);
  if (!content.ok) throwFailure("bad_request", content.message, { place: content.place });
  const { dialects, ...rest } = content.file;
  const entries = Object.entries(dialects).filter(([path]) => path !== workspacePath);
  if (dialect === null && entries.length === Object.keys(dialects).length) return;
  if (dialect !== null) entries.push([workspacePath, dialect]);
  await replaceFile(
    join(folder, PATH),
    `${JSON.stringify({ ...rest, dialects: Object.fromEntries(entries) }, null, 2)}\n`,
  );
}

async function readSpecsFile(folder: string): Promise<Content> {
  let text: string;
  try {
    const about = await stat(join(folder, PATH));
    // A pipe or a device would be read for ever.
    if (!about.isFile()) return problem("this is no file: mend or remove it");
    if (about.size > MAX_BYTES) return problem("this file is larger than 1 MB: remove what is no longer needed");
    text = await readFile(join(folder, PATH), "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") return { ok: true, file: { dialects: {} } };
    return problem(`this file cannot be read (${code}): mend or remove it`);
  }
  const json = readPlacedJson(text);
  if (!json.ok) return problem(`${json.message}: mend or remove this file`, json.place);
  const parsed = SpecsFile.safeParse(json.value);
  if (parsed.success) return { ok: true, file: parsed.data };
  const issue = parsed.error.issues[0];
  const path = issue?.path ?? [];
  const [first, spec] = path;
  const message =
    first === "dialects" && spec !== undefined
      ? `the dialect of ${String(spec)} must be one of ${Dialect.options.join(", ")}`
      : 'this file must look like {"dialects": {"docs/tasks.md": "speckit"}}';
  return problem(message, json.placeOf(path));
}

function problem(message: string, at: { line: number; column: number } | null = null): Content {
  const place = { file: PATH, line: at?.line ?? null, column: at?.column ?? null, field: null };
  return { ok: false, message, place };
}

async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await writeFile(draft, text, { flag: "wx" });
    await rename(draft, path);
  } catch (error) {
    throwWriteFailure(error, `${PATH} cannot be written`);
  } finally {
    await rm(draft, { force: true });
  }
}
