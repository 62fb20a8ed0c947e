import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

export const MAX_LINES = 500;

/** What may stand at the top level: the fixed house, what tools and readers look for there, and dot files of tools. */
const TOP_LEVEL = new Set([
  ...["extension", "worker", "webview", "schemas", "test"],
  ...["package.json", "tsconfig.json", "esbuild.mjs", ".vscodeignore", "README.md"],
  ...["examples", "media", ".ci", ".vscode", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "package-lock.json"],
  // What tools look for here and nowhere else: settings, and the words of package.json for VS Code.
  ...["knip.json", "tsconfig.base.json", "package.nls.json", "package.nls.de.json"],
]);
const PRODUCT = /^(?:schemas|worker|extension|webview)\//;
const NAMELESS = /^(?:utils?|helpers?|common|misc|shared|lib|index)$/;
const CODE = /\.(?:ts|tsx|mjs|cjs|js)$/;
const TEXT = /\.(?:ts|tsx|mjs|cjs|js|json|md|yml|yaml|css|html|sh)$/;
/** These are put together from pieces, so that this file does not carry what it looks for. A checklist may have one as its file name. */
const MARKS = new RegExp(String.raw`\b(?:${["TO" + "DO", "FIX" + "ME", "HA" + "CK"].join("|")})\b(?!\\{0,4}\.md\b)`);
const EXCUSE = new RegExp(`${"(?:ox|es)" + "lint"}-disable(?!.*? -- \\S)`);

export interface SourceFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** What breaks the rules of the house that no other tool checks, as one line each: `path: what is wrong`. */
export function findHouseProblems(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => [...problemsOf(file)].map((problem) => `${file.path}: ${problem}`));
}

function* problemsOf({ path: name, text }: SourceFile): Generator<string> {
  const [top = ""] = name.split("/");
  if (!TOP_LEVEL.has(top) && !(top === name && top.startsWith("."))) yield "does not belong at the top level";
  if (CODE.test(name)) {
    const nameless = name.split("/").find((part) => NAMELESS.test(part.replace(/\..*$/, "")));
    if (nameless !== undefined) yield `"${nameless}" says nothing about the job of the file`;
    // The rule of the linter needs an excuse beside each exception; this one asks for its reason.
    if (text.split("\n").some((line) => EXCUSE.test(line)))
      yield "an exception from a rule needs its reason: -- Reason.";
  }
  if (PRODUCT.test(name) && CODE.test(name)) {
    const count = text.split("\n").length - 1;
    if (count > MAX_LINES) yield `has ${count} lines, at most ${MAX_LINES} are allowed`;
  }
  if (TEXT.test(name) && MARKS.test(text)) yield "carries a mark for unfinished work";
}

/** Files that are in the repository or would be added to it, apart from fixtures and what npm writes. */
export function listRepositoryFiles(root: string): SourceFile[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64_000_000,
  });
  return listed
    .split("\0")
    .filter((name) => name !== "" && !name.startsWith("test/fixtures/") && !name.endsWith("package-lock.json"))
    .flatMap((name) => {
      const text = readIfThere(path.join(root, name));
      return text === null ? [] : [{ path: name, text }];
    });
}

/** A file that was removed but not committed is still listed. */
function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
