import type { Git, GitPlace } from "./git.ts";

/** Who and what a commit of ours tells. */
export interface CommitNote {
  readonly title: string;
  readonly executionId: string;
  /** Null: it is no step's. */
  readonly step: { readonly stepId: string; readonly attemptId: string } | null;
}

const OURS = { name: "Planwright", email: "planwright@localhost" };

/** Who commits: the person as git knows them, or Planwright where it does not. As variables of git. */
export async function identity(git: Git, place: GitPlace): Promise<Record<string, string>> {
  const [name, email] = await Promise.all([
    git.ask(place, ["config", "--get", "user.name"]),
    git.ask(place, ["config", "--get", "user.email"]),
  ]);
  const who = name !== null && email !== null && name !== "" && email !== "" ? { name, email } : OURS;
  return {
    GIT_AUTHOR_NAME: who.name,
    GIT_AUTHOR_EMAIL: who.email,
    GIT_COMMITTER_NAME: who.name,
    GIT_COMMITTER_EMAIL: who.email,
  };
}

const EXECUTION = "Planwright-Execution";
const STEP = "Planwright-Step";
const ATTEMPT = "Planwright-Attempt";

/** The message of a commit of ours: its title and, for programs, whose work it is. */
export function messageOf({ title, executionId, step }: CommitNote): string {
  const lines = [`${EXECUTION}: ${executionId}`];
  if (step) lines.push(`${STEP}: ${oneLine(step.stepId)}`, `${ATTEMPT}: ${oneLine(step.attemptId)}`);
  return `${oneLine(title) || "Planwright"}\n\n${lines.join("\n")}\n`;
}

function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- Such signs are what is taken out.
  return text.replace(/[\s\u0000-\u001f\u007f]+/g, " ").trim();
}

/** Makes a commit of a tree. No hook runs, nothing is signed. Returns its id. */
export async function commitTree(
  git: Git,
  place: GitPlace,
  { tree, parents, message }: { readonly tree: string; readonly parents: readonly string[]; readonly message: string },
): Promise<string> {
  const env = await identity(git, place);
  const args = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent]), "-F", "-"];
  return git.text(place, args, { env, input: message });
}

/** A commit of a result. */
export interface OwnCommit {
  readonly commit: string;
  readonly parent: string | null;
  readonly title: string;
  /** ISO 8601. */
  readonly at: string;
  readonly stepId: string | null;
  readonly attemptId: string | null;
}

/** The commits from `base`, which is left out, to `tip`, the newest first. */
export async function commitsBetween(
  git: Git,
  place: GitPlace,
  base: string,
  tip: string,
  limit: number,
): Promise<OwnCommit[]> {
  const trailer = (key: string): string => `%(trailers:key=${key},valueonly,separator=%x20)`;
  const format = ["%H", "%P", "%s", "%cI", trailer(STEP), trailer(ATTEMPT)].join("%x1f");
  const parts = await git.parts(place, [
    ...["log", "-z", "--first-parent", `--max-count=${limit}`, `--format=${format}`, "--no-show-signature"],
    `${base}..${tip}`,
  ]);
  return parts.map((part) => {
    const [commit = "", parents = "", title = "", at = "", stepId = "", attemptId = ""] = part.split("\x1f");
    return {
      ...{ commit, title, at },
      parent: parents.split(" ")[0] || null,
      stepId: stepId || null,
      attemptId: attemptId || null,
    };
  });
}
