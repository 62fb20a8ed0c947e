import { createHash } from "node:crypto";
import { readdir, readlink, realpath, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import type { Artifact } from "../../schemas/event.ts";
import { failed, failure, success, type Failure, type Outcome } from "../../schemas/failure.ts";
import { openInside } from "./read-inside.ts";
import { isInside, workspacePath } from "./workspace-path.ts";

/**
 * Looks at the declared outputs of a step (catalogue C11, C13): each must exist, relative to the step's working folder, and lie
 * inside the workspace, symbolic links followed. Files are hashed as they are; a folder's hash is that of a listing of its
 * files. Rejects only with the signal's reason.
 */
export async function collectArtifacts(
  outputs: readonly string[],
  folder: string,
  cwd: string,
  signal: AbortSignal,
): Promise<Outcome<Artifact[]>> {
  const artifacts: Artifact[] = [];
  const problems: string[] = [];
  for (const output of outputs) {
    const found = await artifactOf(output, folder, cwd, signal);
    if (found.ok) artifacts.push(found.value);
    else problems.push(found.failure.message);
  }
  if (problems.length === 0) return success(artifacts);
  return failed(failure("output_missing", problems.join("; "), { details: { outputs: [...outputs] } }));
}

async function artifactOf(
  output: string,
  folder: string,
  cwd: string,
  signal: AbortSignal,
): Promise<Outcome<Artifact>> {
  const wanted = resolve(cwd, output);
  const real = await realpath(wanted).catch(() => null);
  if (real === null) {
    return failed(
      isInside(folder, wanted)
        ? problem(`the declared output "${output}" does not exist after the step`)
        : problem(outsideText(output)),
    );
  }
  if (!isInside(folder, real)) return failed(problem(outsideText(output)));
  const path = isInside(folder, wanted) ? workspacePath(folder, wanted) : workspacePath(folder, real);
  try {
    const kind = await stat(real);
    if (kind.isDirectory()) return success({ type: "directory", path, url: null, ...(await hashFolder(real, signal)) });
    if (!kind.isFile()) return failed(problem(`the declared output "${output}" is neither a file nor a folder`));
    return success({ type: typeOf(path), path, url: null, ...(await hashFile(real, folder, signal)) });
  } catch (error) {
    signal.throwIfAborted();
    return failed(
      problem(
        `the declared output "${output}" cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      ),
    );
  }
}

interface Content {
  readonly sha256: string;
  readonly size: number;
}

async function hashFile(file: string, folder: string, signal: AbortSignal): Promise<Content> {
  const handle = await openInside(file, folder);
  try {
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of handle.createReadStream({ signal, autoClose: false, highWaterMark: 1024 * 1024 })) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError("a file gives bytes");
      hash.update(chunk);
      size += chunk.length;
    }
    return { sha256: hash.digest("hex"), size };
  } finally {
    await handle.close();
  }
}

/** One line a file, by name: path, size and hash. Links inside are listed by where they point to, and not followed. */
async function hashFolder(folder: string, signal: AbortSignal): Promise<Content> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const listing = createHash("sha256");
  let total = 0;
  const files = entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => ({ file: join(entry.parentPath, entry.name), isLink: entry.isSymbolicLink() }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
  for (const { file, isLink } of files) {
    signal.throwIfAborted();
    const name = JSON.stringify(workspacePath(folder, file));
    if (isLink) {
      listing.update(`${name} -> ${JSON.stringify(await readlink(file))}\n`);
      continue;
    }
    const { sha256, size } = await hashFile(file, folder, signal);
    listing.update(`${name} ${size} ${sha256}\n`);
    total += size;
  }
  return { sha256: listing.digest("hex"), size: total };
}

const TYPES: Readonly<Record<string, string>> = {
  json: ".json .jsonl .geojson .sarif",
  markdown: ".md .markdown",
  image: ".png .jpg .jpeg .gif .webp .svg .avif .bmp .ico",
  html: ".html .htm",
  text: ".txt .log .csv .tsv",
  pdf: ".pdf",
  archive: ".zip .tar .gz .tgz .xz .zst .7z .vsix",
};

const TYPE_OF_EXTENSION: ReadonlyMap<string, string> = new Map(
  Object.entries(TYPES).flatMap(([type, extensions]) =>
    extensions.split(" ").map((one): [string, string] => [one, type]),
  ),
);

function typeOf(path: string): string {
  return TYPE_OF_EXTENSION.get(extname(path).toLowerCase()) ?? "file";
}

function problem(text: string): Failure {
  return failure("output_missing", text);
}

function outsideText(output: string): string {
  return `the declared output "${output}" leads outside the workspace`;
}
