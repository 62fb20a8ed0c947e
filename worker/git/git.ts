import { spawn } from "node:child_process";
import { devNull } from "node:os";

/** Where a command of git works. */
export interface GitPlace {
  /** Real path that it runs in. */
  readonly folder: string;
  /**
   * The folder in which git keeps the worktree of `folder`. With it, git neither looks for one nor trusts what now stands in the place of
   * `.git` there, which agents may remove or replace. Null: git finds it.
   */
  readonly gitDir: string | null;
}

export interface GitOptions {
  readonly input?: string | Uint8Array;
  /** Path of another index than that of the worktree. */
  readonly index?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes besides 0 that are an answer and no failure. */
  readonly accept?: readonly number[];
  readonly signal?: AbortSignal;
}

export interface GitAnswer {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A command of git that failed. The message is git's own, for the person who must act. */
export class GitError extends Error {
  override readonly name = "GitError";
  readonly code: number | null;
  constructor(command: string, code: number | null, said: string) {
    super(said === "" ? `git ${command} failed${code === null ? "" : ` with exit code ${code}`}` : said);
    this.code = code;
  }
}

/**
 * What holds for every command of ours, whatever the configuration says. Nothing that is not needed runs a program: no hooks, no file
 * system monitor, no signing, no maintenance. Filters and merge drivers run as configured, because without them the files of LFS and the
 * like would not be what they are. No change is stashed, put on record for later conflicts, or carried into submodules behind a person's back.
 */
const SETTINGS = [
  `core.hooksPath=${devNull}`,
  "core.fsmonitor=false",
  "core.quotePath=false",
  "core.safecrlf=false",
  "commit.gpgSign=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "i18n.commitEncoding=UTF-8",
  "merge.autoStash=false",
  "rerere.enabled=false",
  "submodule.recurse=false",
  "advice.detachedHead=false",
].flatMap((setting) => ["-c", setting]);

/** What is kept of what git complains about. */
const SAID_LENGTH = 2_000;

/** Runs the program git. One for the whole worker; holds nothing. */
export class Git {
  readonly #environment: Readonly<Record<string, string>>;

  /** `environment`: that of its processes. Variables of git in it are left out: they would turn commands to other repositories. */
  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = {
      ...Object.fromEntries(Object.entries(environment).filter(([name]) => !name.toUpperCase().startsWith("GIT_"))),
      LC_ALL: "C",
      // Credentials come from git's own helpers; nobody is there to type one.
      GIT_TERMINAL_PROMPT: "0",
      // Looking at a checkout must not write into it.
      GIT_OPTIONAL_LOCKS: "0",
      GIT_EDITOR: "false",
    };
  }

  /** Rejects with GitError, or with the signal's reason. */
  run(place: GitPlace, args: readonly string[], options: GitOptions = {}): Promise<GitAnswer> {
    const { input, index, env, accept = [], signal } = options;
    const where = place.gitDir === null ? [] : [`--git-dir=${place.gitDir}`, `--work-tree=${place.folder}`];
    return new Promise((resolve, reject) => {
      const child = spawn("git", [...SETTINGS, ...where, ...args], {
        cwd: place.folder,
        env: { ...this.#environment, ...(index === undefined ? {} : { GIT_INDEX_FILE: index }), ...env },
        stdio: ["pipe", "pipe", "pipe"],
        windowsHide: true,
        ...(signal ? { signal } : {}),
      });
      const printed: Buffer[] = [];
      let said = "";
      child.stdout.on("data", (chunk: Buffer) => printed.push(chunk));
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-SAID_LENGTH);
      });
      // A command that has seen enough leaves the rest unread.
      child.stdin.on("error", () => undefined);
      child.stdin.end(input ?? "");
      child.on("error", (error) => {
        reject(signal?.aborted === true ? error : new GitError(args[0] ?? "", null, error.message));
      });
      child.on("close", (code) => {
        const answer = { code: code ?? -1, stdout: Buffer.concat(printed), stderr: said.trim() };
        if (code === 0 || accept.includes(answer.code)) resolve(answer);
        else reject(new GitError(args[0] ?? "", code, complaint(answer.stderr)));
      });
    });
  }

  /** The standard output as text, without the line's end. */
  async text(place: GitPlace, args: readonly string[], options: GitOptions = {}): Promise<string> {
    return (await this.run(place, args, options)).stdout.toString("utf8").replace(/\n$/, "");
  }

  /** The same of a question that may have no answer: null when git says so by exit code 1 or 128. */
  async ask(place: GitPlace, args: readonly string[], options: GitOptions = {}): Promise<string | null> {
    const { code, stdout } = await this.run(place, args, { ...options, accept: [1, 128] });
    return code === 0 ? stdout.toString("utf8").replace(/\n$/, "") : null;
  }

  /** Parts of the standard output that end with NUL. */
  async parts(place: GitPlace, args: readonly string[], options: GitOptions = {}): Promise<string[]> {
    return nulParts((await this.run(place, args, options)).stdout);
  }
}

export function nulParts(bytes: Uint8Array): string[] {
  const parts = Buffer.from(bytes).toString("utf8").split("\0");
  if (parts.at(-1) === "") parts.pop();
  return parts;
}

/** What git says without its own prefixes, hints left out. */
function complaint(said: string): string {
  return said
    .split("\n")
    .filter((line) => !line.startsWith("hint:") && !line.startsWith("warning:"))
    .map((line) => line.replace(/^(?:fatal|error): /, ""))
    .join("\n")
    .trim();
}
