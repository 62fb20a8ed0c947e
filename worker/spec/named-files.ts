/** Names without a folder need an ending that files have, because `app.state` and `client.images` are no files. */
const ENDINGS =
  "astro|bash|bat|bicep|c|cc|cfg|cjs|clj|conf|cpp|cs|csproj|css|csv|cts|dart|env|erl|ex|exs|fs|gleam|go|gql|gradle|graphql|groovy|h|hcl|hpp|hs|html|ini|ipynb|java|jl|js|json|jsonc|jsonl|jsx|kt|kts|less|lock|lua|md|mdx|mjs|mts|nix|php|pl|prisma|proto|ps1|py|pyi|r|rb|rs|rst|sass|scala|scss|sh|sln|sol|sql|svelte|svg|swift|tf|tfvars|toml|ts|tsx|txt|vue|xml|yaml|yml|zig";
const DOT_FILES = String.raw`\.(?:gitignore|gitattributes|dockerignore|editorconfig|npmrc|nvmrc|prettierrc|prettierignore|eslintrc|env(?:\.\w{1,20}){0,2})`;
const BARE = new RegExp(
  String.raw`^(?:\.{0,2}/)?(?:[\w.@+$[\]*-]+/)+[\w.@+$[\]*-]*\.[A-Za-z]\w{0,9}$|^[\w@+$.-]{1,80}\.(?:${ENDINGS})$|^${DOT_FILES}$`,
);
const FOLDER_FILE =
  /^(?:\.{0,2}\/)?(?:[\w.@+$()[\]*-]+\/)+(?:[\w.@+$()[\]*-]*\.[A-Za-z]\w{0,9}|Dockerfile|Makefile|LICENSE)$/;
const NAMED_FILE = new RegExp(String.raw`^(?:[\w@+$.-]{1,80}\.(?:${ENDINGS})|Dockerfile|Makefile|${DOT_FILES})$`);
/** A word, or what stands between backticks. Longer ones are no paths. */
const WORD = /\x60([^\x60\n]{1,300})\x60|[^\s\x60,;、。，；"'<>|（）「」]{1,300}/gu;
/** What a file that is only read stands behind. */
const READS =
  /^(?:per|from|via|see|using|uses?|against|with|by|of|like|for|read|reads|parse|parses|following|follows|matching|than|as|mirroring|cf|call|calls|calling|run|runs|through|vs)$/i;
/** What a file that is written stands behind, as in Spec Kit's own examples: "Create User model in src/models/user.py". */
const WRITES = /^(?:in|into|inside|within|at|to)$/i;
const LINKS = /^(?:and|und|et|y|e|[+&/,])$/i;

/**
 * The files that a task works on, as the words of its title tell: those behind "in", "to" and the like; where there are none, the first
 * ones that are not behind "per", "from" and the like. Others are read or only mentioned.
 */
export function filesNamedIn(text: string): string[] {
  const written: string[] = [];
  const first: string[] = [];
  /** The list that the next file goes on, when nothing stands between them. */
  let list: string[] | null = null;
  let before: string | null = null;
  for (const { 0: whole, 1: quoted } of text.matchAll(WORD)) {
    const path = pathOf(quoted ?? whole, quoted !== undefined);
    if (path === null) {
      if (LINKS.test(whole)) continue;
      before = whole;
      list = null;
      continue;
    }
    const word = before?.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, "") ?? "";
    if (WRITES.test(word)) list = written;
    else if (list === null && first.length === 0 && !READS.test(word)) list = first;
    list?.push(path);
    before = null;
  }
  return [...new Set(written.length > 0 ? written : first)];
}

/** Every file that is named in a line such as `Files: src/a.ts, src/b.ts`. */
export function allFilesIn(text: string): string[] {
  return [
    ...new Set(
      [...text.matchAll(WORD)].flatMap(
        ({ 0: whole, 1: quoted }) => pathOf(quoted ?? whole, quoted !== undefined) ?? [],
      ),
    ),
  ];
}

/** The path that a word is, without what people put around it; null: it is none, or outside of the workspace. */
function pathOf(word: string, isQuoted: boolean): string | null {
  if (!word.includes(".") && !word.includes("/")) return null;
  const bare = word
    .trim()
    .replace(/^[([{*]+/, "")
    .replace(/(?::\d{1,6}(?:[-:]\d{1,6})?|#L?\d{1,6}(?:-L?\d{1,6})?)?[)}*_.:!?]*$/, "");
  if (bare.startsWith("/") || bare.startsWith("~") || bare.includes("..") || bare.includes("//")) return null;
  const isFile = isQuoted ? FOLDER_FILE.test(bare) || NAMED_FILE.test(bare) : BARE.test(bare);
  return isFile ? bare.replace(/^\.\//, "") : null;
}
