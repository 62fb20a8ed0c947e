/**
 * Files that configure the tools of the person who runs an agent (SEC14): whoever may write them can make those tools run programs later
 * on. Rules for agents in prose, such as AGENTS.md, are not among them.
 */
const PROTECTED_FOLDERS: ReadonlySet<string> = new Set([
  ...[".planwright", ".vscode", ".git", ".claude", ".codex", ".gemini", ".opencode", ".qwen", ".cursor"],
]);
const PROTECTED_FILES: ReadonlySet<string> = new Set([".gitmodules", ".mcp.json"]);

/**
 * Whether a path inside a workspace or repository, with `/`, is such a file or lies in such a folder, at any depth. Compared without
 * regard to case, because some file systems have none, and whether it exists or not.
 */
export function isProtectedPath(path: string): boolean {
  const parts = path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .map((part) => part.normalize("NFC").toLowerCase());
  return parts.some(
    (part, index) => PROTECTED_FOLDERS.has(part) || (index === parts.length - 1 && PROTECTED_FILES.has(part)),
  );
}
