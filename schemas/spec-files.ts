/**
 * Where people have specifications: the files that editors, lists and the linter take for specs without being told. What is in
 * them decides all the same. The globs know `**` and `*`.
 */
export const SPEC_FILES = [
  "**/*.spec.md",
  // Spec Kit, and Kiro with those that follow it: one folder a feature.
  "**/specs/*/tasks.md",
  "**/.kiro/specs/**/tasks.md",
  "**/.sce/specs/**/tasks.md",
  "**/openspec/changes/**/tasks.md",
  // Task Master, today and in its first versions.
  "**/.taskmaster/tasks/tasks.json",
  "**/tasks/tasks.json",
  "**/*.story.md",
  "**/TODO.md",
  "**/todo.md",
  // What was planned from words, which the worker keeps.
  "**/.planwright/specs/*.md",
] as const;

/** What is read beside specs. Editors show what is in them; there is nothing to plan. */
export const COMPANION_FILES = [
  "**/.kiro/specs/**/requirements.md",
  "**/.kiro/specs/**/bugfix.md",
  "**/.sce/specs/**/requirements.md",
  "**/.sce/specs/**/bugfix.md",
] as const;

const SLASH = String.raw`[\\/]`;
const NAME = String.raw`[^\\/]*`;

/** `SPEC_FILES` as one regular expression, for paths with either kind of slash. */
export const SPEC_PATH = regularExpression(SPEC_FILES);
const COMPANION_PATH = regularExpression(COMPANION_FILES);

/** Whether a path is that of a spec. */
export function isSpecPath(path: string): boolean {
  return SPEC_PATH.test(path);
}

/**
 * Whether there is a reason to look into a document at such a path. Many projects have a `tasks/tasks.json`; it is Task Master's if it
 * holds a list of tasks.
 */
export function isWorthReading(path: string, text: () => string): boolean {
  const isElsewhere = /[\\/]tasks[\\/]tasks\.json$/i.test(path) && !/[\\/]\.taskmaster[\\/]/i.test(path);
  return !isElsewhere || /"tasks"\s*:\s*\[/.test(text());
}

/** Whether a path is that of a file that is read beside specs. */
export function isCompanionPath(path: string): boolean {
  return COMPANION_PATH.test(path);
}

function regularExpression(globs: readonly string[]): RegExp {
  return new RegExp(`(?:^|${SLASH})(?:${globs.map(sourceOf).join("|")})$`, "i");
}

/** Of a glob that begins anywhere, without its beginning. */
function sourceOf(glob: string): string {
  return glob
    .slice("**/".length)
    .split("/**/")
    .map((part) =>
      part
        .replaceAll(".", String.raw`\.`)
        .replaceAll("/", SLASH)
        .replaceAll("*", NAME),
    )
    .join(`${SLASH}(?:.*${SLASH})?`);
}
