import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { FailureError, throwFailure, type Failure } from "../../schemas/failure.ts";
import { HooksFile, type Hook } from "../../schemas/hook.ts";
import type { Plan } from "../../schemas/plan.ts";
import { readSettingsFile, type Explanation, type SettingsFormat } from "../agents/settings-file.ts";

/** What stands in `.planwright/hooks.json` of a folder (catalogue F2). */
export interface FolderHooks {
  /** Nothing of a bad file is used. */
  readonly hooks: readonly Hook[];
  /** Code `bad_hooks_file`, each with its place. */
  readonly problems: readonly Failure[];
}

/** Inside the workspace. */
const PATH = ".planwright/hooks.json";

/** Reads it anew. Does not reject. */
export async function readHooks(folder: string): Promise<FolderHooks> {
  const read = await readSettingsFile(join(folder, PATH), FORMAT);
  return { hooks: read?.value?.hooks ?? [], problems: read?.problems ?? [] };
}

const FORMAT: SettingsFormat<HooksFile> = {
  path: PATH,
  code: "bad_hooks_file",
  schema: HooksFile,
  check: ({ hooks }) => hooks.flatMap((hook, index) => checkHook(hook, index, hooks)),
};

function checkHook(hook: Hook, index: number, all: readonly Hook[]): Explanation[] {
  const found: Explanation[] = [];
  const tell = (field: string, message: string): void => void found.push({ path: ["hooks", index, field], message });
  if (all.slice(0, index).some(({ id }) => id === hook.id))
    tell("id", `"${hook.id}" is used twice: every hook needs an id of its own`);
  const url = hook.url === undefined ? null : URL.parse(hook.url);
  if (url && (url.username !== "" || url.password !== ""))
    tell("url", "an address without a name and a password is needed: what is sent can be signed, see `secretEnv`");
  if (hook.command !== undefined && hook.secretEnv !== undefined)
    tell("secretEnv", "only what is sent to a `url` is signed: leave it out");
  return found;
}

/**
 * Throws when a plan must not be approved or started for the sake of the file: `bad_hooks_file` when it cannot be used, `not_approved`
 * when it says something else than when the plan was made. What runs already goes on with the hooks that were approved.
 */
export function refuseHooks(plan: Plan, { hooks, problems }: FolderHooks): void {
  const [problem] = problems;
  if (problem) throw new FailureError(problem);
  if (isDeepStrictEqual(hooks, plan.hooks)) return;
  throwFailure(
    "not_approved",
    `${PATH} has changed since plan ${plan.planId} was made: plan ${plan.specPath} again and approve it`,
  );
}
