import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { format, resolveConfig } from "prettier";
import { z } from "zod";

export const REPOSITORY = path.join(import.meta.dirname, "../..");

/** The settings of every gate: a seeded tree gets the repository's own, so that a gate that went blind shows. */
const SETTINGS = [
  "package.json",
  "esbuild.mjs",
  ".ci",
  ".dependency-cruiser.cjs",
  ".mocharc.json",
  ".oxlintrc.json",
  ".prettierignore",
  ".prettierrc.json",
  "knip.json",
  "tsconfig.base.json",
  "tsconfig.json",
  "schemas/tsconfig.json",
  "worker/tsconfig.json",
  "worker/engine/tsconfig.json",
  "test/tsconfig.json",
];

const ProjectSettings = z.looseObject({ references: z.array(z.object({ path: z.string() })).optional() });

export interface ProgramResult {
  readonly code: number | null;
  readonly output: string;
  readonly errorOutput: string;
}

/** A small tree with the rooms and settings of the repository and the files of a test, in the temporary folder. */
export interface SeededTree {
  readonly root: string;
  /** Runs a program of node_modules/.bin in the tree, to its end. */
  run(program: string, ...words: readonly string[]): Promise<ProgramResult>;
  remove(): Promise<void>;
}

/** Paths in `files` are relative, with `/`. They replace settings of the same name. */
export async function seedTree(files: Readonly<Record<string, string>>): Promise<SeededTree> {
  const root = await mkdtemp(path.join(tmpdir(), "planwright-gate-"));
  for (const name of SETTINGS) {
    await cp(path.join(REPOSITORY, name), path.join(root, name), { recursive: true });
  }
  for (const name of SETTINGS.filter((one) => one.endsWith("tsconfig.json"))) await leaveOutMissingRooms(root, name);
  await linkPackages(root);
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return {
    root,
    run: (program, ...words) => runTool(root, program, ...words),
    remove: () => rm(root, { recursive: true }),
  };
}

/** The tree is smaller than the repository; the compiler must not look for the rest. */
async function leaveOutMissingRooms(root: string, name: string): Promise<void> {
  const file = path.join(root, name);
  const { references = [], ...others } = ProjectSettings.parse(JSON.parse(await readFile(file, "utf8")));
  const there = references.filter((one) => existsSync(path.resolve(path.dirname(file), one.path, "tsconfig.json")));
  if (there.length === references.length) return;
  const style = { ...(await resolveConfig(file)), parser: "json" };
  await writeFile(file, await format(JSON.stringify({ ...others, references: there }), style));
}

/** A link for each package, not one for the folder: tools write their caches there. */
async function linkPackages(root: string): Promise<void> {
  const from = path.join(REPOSITORY, "node_modules");
  const to = path.join(root, "node_modules");
  await mkdir(to);
  for (const name of await readdir(from)) {
    if (name.startsWith(".") && name !== ".bin") continue;
    await symlink(path.join(from, name), path.join(to, name), "junction");
  }
}

/** Runs a program of node_modules/.bin in a folder, to its end. */
export async function runTool(folder: string, program: string, ...words: readonly string[]): Promise<ProgramResult> {
  const child = spawn(path.join(REPOSITORY, "node_modules/.bin", program), words, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const [code, output, errorOutput] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, output, errorOutput };
}
