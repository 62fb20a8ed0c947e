import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A git repository that tests look into with the program git itself. */
export class TestRepository {
  readonly folder: string;

  /** Makes one in a folder, on the branch `main`, with no commit. */
  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    this.git("init", "--quiet", "--initial-branch=main");
    this.git("config", "user.name", "Ada Example");
    this.git("config", "user.email", "ada@example.org");
  }

  /** Its standard output, without the last line's end. Throws when git fails. */
  git(...args: string[]): string {
    return execFileSync("git", args, {
      cwd: this.folder,
      encoding: "utf8",
      env: { PATH: process.env["PATH"] ?? "", HOME: this.folder, GIT_CONFIG_NOSYSTEM: "1", LC_ALL: "C" },
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 64 * 1024 * 1024,
    }).replace(/\n$/, "");
  }

  write(path: string, content: string | Uint8Array): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  commit(message: string, files: Readonly<Record<string, string>> = {}): string {
    for (const [path, content] of Object.entries(files)) this.write(path, content);
    this.git("add", "--all");
    this.git("commit", "--quiet", "--allow-empty", "-m", message);
    return this.head();
  }

  head(): string {
    return this.git("rev-parse", "HEAD");
  }

  /** What a commit has of a file. */
  show(commit: string, path: string): string {
    return this.git("show", `${commit}:${path}`);
  }

  /** All files of a commit, which must be text. */
  files(commit: string): { readonly path: string; readonly text: string }[] {
    const format = "--format=%(objectname) %(objectsize) %(path)";
    const lines = this.git("ls-tree", "-r", format, commit).split("\n");
    const bytes = execFileSync("git", ["cat-file", "--batch"], {
      cwd: this.folder,
      input: lines.map((line) => `${line.split(" ")[0] ?? ""}\n`).join(""),
    });
    let at = 0;
    return lines.map((line) => {
      const [, size = "0", ...path] = line.split(" ");
      const from = bytes.indexOf(0x0a, at) + 1;
      at = from + Number(size) + 1;
      return { path: path.join(" "), text: bytes.subarray(from, at - 1).toString("utf8") };
    });
  }

  /** Titles of commits, the newest first. */
  titles(from: string): string[] {
    return this.git("log", "--format=%s", from).split("\n");
  }

  /** Short names of its branches. */
  branches(): string[] {
    return this.git("for-each-ref", "--format=%(refname:short)", "refs/heads")
      .split("\n")
      .filter((name) => name !== "");
  }

  /** What is not committed, as `git status` shows it; our own folder is left out. */
  status(): string[] {
    return this.git("status", "--porcelain")
      .split("\n")
      .filter((line) => line !== "" && !line.includes(".planwright/"));
  }
}
