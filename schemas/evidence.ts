import type { Artifact, AttemptResult, CommandEnd, StepChange } from "./event.ts";

/** Something that shows what an attempt has done. Texts come from specs and agents: whoever shows them escapes them. */
export interface Evidence {
  readonly label:
    "command" | "exit" | "stop reason" | "file" | "output" | "check" | "change" | "merged" | "review" | "conflict";
  readonly text: string;
}

const LONGEST = 1_000;

/** What shows that an attempt has done what it should, or why it has not, in the order in which it is looked at. */
export function evidenceOf(result: AttemptResult | null, artifacts: readonly Artifact[]): Evidence[] {
  if (result === null) return files(artifacts);
  const { ran, end, stopReason, check, change, review, conflict, outputs } = result;
  const one = (label: Evidence["label"], text: string | null | undefined): Evidence[] =>
    text === null || text === undefined ? [] : [{ label, text: clipped(text) }];
  return [
    ...one("command", ran && ran.map(quoted).join(" ")),
    ...one("exit", end && endText(end)),
    ...one("stop reason", stopReason),
    ...files(artifacts),
    ...(outputs ?? []).flatMap(({ name, value }) => one("output", `${name} = ${JSON.stringify(value)}`)),
    ...one("review", review && `${review.verdict}${review.findings === "" ? "" : `: ${review.findings}`}`),
    ...one("check", check && `${check.command}: ${check.end.exitCode === 0 ? "passed" : endText(check.end)}`),
    ...one("change", change && changeText(change)),
    ...one("merged", change?.merged),
    ...one("conflict", conflict && `${conflict.files.join(", ")} in ${conflict.folder}`),
  ];
}

function files(artifacts: readonly Artifact[]): Evidence[] {
  return artifacts.map(({ path, size, sha256 }) => ({
    label: "file",
    text: `${path}, ${size} ${size === 1 ? "byte" : "bytes"}, sha256 ${sha256}`,
  }));
}

function endText({ exitCode, signal }: CommandEnd): string {
  return exitCode === null ? `ended by ${signal ?? "a signal"}` : `exit code ${exitCode}`;
}

function changeText({ commit, base, changedFiles, insertions, deletions }: StepChange): string {
  return commit === null
    ? `nothing was changed since ${base}`
    : `${changedFiles} ${changedFiles === 1 ? "file" : "files"} (+${insertions} -${deletions}), commit ${commit} on ${base}`;
}

/** As a shell would read it, where that is needed. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function clipped(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1).toWellFormed()}…`;
}
