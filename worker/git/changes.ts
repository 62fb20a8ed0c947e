import type { StepChange } from "../../schemas/event.ts";
import { nulParts, type Git, type GitPlace } from "./git.ts";

export type ChangeFigures = Pick<StepChange, "files" | "changedFiles" | "insertions" | "deletions">;

const MAX_FILES = 200;

/** What differs between two commits or trees, renamed files found. No program of the configuration is asked for it. */
export async function changesBetween(git: Git, place: GitPlace, from: string, to: string): Promise<ChangeFigures> {
  const flags = ["-r", "-z", "-M", "--no-ext-diff", "--no-textconv", "--no-commit-id", "--raw", "--numstat"];
  const { stdout } = await git.run(place, ["diff-tree", ...flags, from, to]);
  return figuresOf(nulParts(stdout));
}

/** The paths that differ, both names of one that was renamed. */
export async function pathsBetween(git: Git, place: GitPlace, from: string, to: string): Promise<string[]> {
  return git.parts(place, ["diff-tree", "-r", "-z", "--no-renames", "--name-only", "--no-commit-id", from, to]);
}

type File = StepChange["files"][number];

/** First the raw lines, then the numbers, as `git diff-tree --raw --numstat -z` prints them. */
function figuresOf(parts: readonly string[]): ChangeFigures {
  const statuses = new Map<string, File["status"]>();
  const files: File[] = [];
  const totals = { insertions: 0, deletions: 0 };
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] ?? "";
    if (part.startsWith(":")) {
      const letter = part.slice(part.lastIndexOf(" ") + 1, part.lastIndexOf(" ") + 2);
      const isPair = letter === "R" || letter === "C";
      const path = parts[at + (isPair ? 2 : 1)] ?? "";
      at += isPair ? 2 : 1;
      statuses.set(path, STATUSES[letter] ?? "modified");
      continue;
    }
    const [added = "-", removed = "-", name = ""] = part.split("\t");
    const path = name === "" ? (parts[at + 2] ?? "") : part.slice(added.length + removed.length + 2);
    if (name === "") at += 2;
    const insertions = numberOf(added);
    const deletions = numberOf(removed);
    totals.insertions += insertions ?? 0;
    totals.deletions += deletions ?? 0;
    files.push({ path, status: statuses.get(path) ?? "modified", insertions, deletions });
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files: files.slice(0, MAX_FILES), changedFiles: files.length, ...totals };
}

const STATUSES: Readonly<Record<string, File["status"]>> = { A: "added", C: "added", D: "deleted", R: "renamed" };

/** Null for `-`, which stands for what is not text. */
function numberOf(text: string): number | null {
  return text === "-" ? null : Number(text);
}

/** A file of a commit. `bytes` is null where it is not there; `text` also where it is no text or larger than `limit` bytes. */
export async function fileAt(
  git: Git,
  place: GitPlace,
  commit: string,
  path: string,
  limit: number,
): Promise<{ text: string | null; bytes: number | null }> {
  const object = `${commit}:${path}`;
  if ((await git.ask(place, ["cat-file", "-t", object])) !== "blob") return { text: null, bytes: null };
  const bytes = Number(await git.text(place, ["cat-file", "-s", object]));
  if (bytes > limit) return { text: null, bytes };
  const { stdout } = await git.run(place, ["cat-file", "blob", object]);
  return { text: stdout.includes(0) ? null : stdout.toString("utf8"), bytes };
}
