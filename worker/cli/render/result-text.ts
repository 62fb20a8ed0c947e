import type { ExecutionResult } from "../../../schemas/operations/result.ts";
import type { Terminal } from "../terminal.ts";
import { clip, plain, table } from "./text.ts";

const MARKS = { added: "A", modified: "M", deleted: "D", renamed: "R" } as const;

/** What an execution has made, for people. */
export function resultText(result: ExecutionResult, terminal: Terminal): string {
  const { executionId, files, changedFiles, insertions, deletions, branch, tip, commits, folder } = result;
  const dim = (text: string): string => terminal.style("dim", text);
  const lines = files.map(({ path, status, insertions: added, deletions: removed }) => [
    MARKS[status],
    plain(path),
    added === null ? "not text" : `+${added}`,
    removed === null ? "" : `-${removed}`,
  ]);
  const more = changedFiles - files.length;
  const blocks = [
    `${terminal.style("bold", `Result of ${executionId}`)}  ${plain(branch)} ${dim(tip.slice(0, 10))}`,
    changedFiles === 0
      ? "  nothing was changed"
      : `${table(lines)}${more > 0 ? `\n  and ${more} more` : ""}\n  ${changedFiles} ${changedFiles === 1 ? "file" : "files"}, +${insertions} -${deletions}`,
    commits.map(({ commit, title }) => `  ${dim(commit.slice(0, 10))} ${clip(plain(title), 90)}`).join("\n"),
    folder === null ? "" : `  ${dim(`in ${plain(folder)}`)}`,
    `${standing(result)}`,
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

function standing({ executionId, state, apply, target, branch }: ExecutionResult): string {
  switch (state) {
    case "growing":
      return "The execution has not ended, so this is not all.";
    case "ready": {
      const rest = `planwright accept ${executionId} --keep [BRANCH] or --discard`;
      if (apply.reason !== null) {
        const files = apply.files.length === 0 ? "" : `: ${apply.files.slice(0, 10).map(plain).join(", ")}`;
        return `It cannot be applied now: ${plain(apply.reason)}${files}\nNext: ${rest}`;
      }
      return `Next: planwright accept ${executionId} --apply (to ${plain(target ?? "")}) or --squash (as one commit); ${rest}`;
    }
    case "empty":
      return "Nothing was changed, so there is nothing to accept.";
    case "applied":
    case "squashed":
      return `Applied to ${plain(target ?? "")}.`;
    case "kept":
      return `Kept as branch ${plain(branch)}.`;
    case "discarded":
      return "Discarded.";
  }
}
