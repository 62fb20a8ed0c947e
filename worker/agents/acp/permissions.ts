import { realpath } from "node:fs/promises";
import { dirname, isAbsolute, resolve, sep } from "node:path";
import { z } from "zod";
import type { AgentDefinition, ToolKind, ToolPolicy } from "../../../schemas/agent.ts";
import { isProtectedPath } from "../../../schemas/protected-paths.ts";
import { isInside, workspacePath } from "../workspace-path.ts";
import type { KnownCall } from "./tool-calls.ts";

/** What policy says of a tool call, and why; one clause. */
export interface PolicyAnswer {
  readonly policy: ToolPolicy;
  readonly reason: string;
}

export interface PolicyTerms {
  readonly permissions: AgentDefinition["permissions"];
  readonly tools: Partial<Readonly<Record<ToolKind, ToolPolicy>>>;
  /** Real path of the folder that it works in. */
  readonly folder: string;
  /** Real path of the workspace, which it may read, too. */
  readonly workspace: string;
}

const READS: ReadonlySet<ToolKind> = new Set(["read", "search", "think"]);
const WRITES: ReadonlySet<ToolKind> = new Set(["edit", "delete", "move"]);
/** Kinds that `limited` allows inside the folder. */
const CHANGES_INSIDE: ReadonlySet<ToolKind> = new Set(["edit", "move"]);

/**
 * Whether an agent may do what it asks for (catalogue F1): its definition by kind of tool call, else its permissions. `limited` reads,
 * edits and moves inside its folder and is asked about for the rest; `readonly` reads. Whatever else holds, nobody changes the configuration
 * of the person's tools unasked (SEC14).
 */
export async function policyFor(call: KnownCall, terms: PolicyTerms): Promise<PolicyAnswer> {
  const { kind } = call;
  const paths = pathsOf(call);
  const stated = terms.tools[kind];
  const plain =
    stated === undefined
      ? await byPermissions(kind, paths, terms)
      : { policy: stated, reason: `its definition says so for ${kind}` };
  if (plain.policy !== "allow" || READS.has(kind)) return plain;
  const guarded = await firstProtected(paths, terms.folder);
  return guarded === null ? plain : { policy: "ask", reason: `${guarded} configures the person's tools` };
}

async function byPermissions(kind: ToolKind, paths: readonly string[], terms: PolicyTerms): Promise<PolicyAnswer> {
  const { permissions, folder, workspace } = terms;
  if (permissions === "full") return { policy: "allow", reason: "its permissions are full" };
  const otherwise = permissions === "readonly" ? "reject" : "ask";
  if (READS.has(kind)) {
    const outside = await firstOutside(paths, folder, [folder, workspace]);
    if (outside === null) return { policy: "allow", reason: "it may read" };
    return { policy: otherwise, reason: `${outside} lies outside its folder` };
  }
  if (permissions === "readonly") return { policy: "reject", reason: "it may only read" };
  if (!CHANGES_INSIDE.has(kind)) return { policy: "ask", reason: `policy does not decide on ${kind}` };
  if (paths.length === 0) return { policy: "ask", reason: "it does not say which files" };
  const outside = await firstOutside(paths, folder, [folder]);
  if (outside === null) return { policy: "allow", reason: "it may change files inside its folder" };
  return { policy: "ask", reason: `${outside} lies outside its folder` };
}

async function firstOutside(
  paths: readonly string[],
  from: string,
  folders: readonly string[],
): Promise<string | null> {
  for (const path of paths) {
    const real = await realPlace(resolve(from, path));
    if (!folders.some((folder) => isInside(folder, real))) return path;
  }
  return null;
}

async function firstProtected(paths: readonly string[], folder: string): Promise<string | null> {
  for (const path of paths) {
    const named = resolve(folder, path);
    const real = await realPlace(named);
    const shown = (file: string): string =>
      isInside(folder, file) ? workspacePath(folder, file) : file.split(sep).join("/");
    if (isProtectedPath(shown(named)) || isProtectedPath(shown(real))) return path;
  }
  return null;
}

/** The real path of a file that may not exist yet: that of the nearest folder above it that does. */
export async function realPlace(path: string): Promise<string> {
  const found = await realpath(path).catch(() => null);
  if (found !== null) return found;
  const above = dirname(path);
  return above === path ? path : resolve(await realPlace(above), path.slice(above.length).replace(/^[\\/]+/, ""));
}

/** The names under which agents pass what a tool works on. */
const Input = z.looseObject({});
const PATH_NAMES = [
  "file_path",
  "filePath",
  "filepath",
  "path",
  "absolute_path",
  "abs_path",
  "notebook_path",
  "fileName",
  "file",
];
const COMMAND_NAMES = ["command", "cmd", "script"];
const ADDRESS_NAMES = ["url", "uri"];

/** Files that a call names: where it says that it works, what it changes, and what its input calls a path. */
export function pathsOf({ kind, locations, diffs, rawInput }: KnownCall): string[] {
  const named = [...locations.map(({ path }) => path), ...diffs.map(({ path }) => path)];
  const isFile = WRITES.has(kind) || kind === "read" || kind === "search";
  if (isFile) named.push(...valuesOf(rawInput, PATH_NAMES));
  return [...new Set(named.filter((path) => path !== ""))];
}

/** The command, path or address in question; null: it is not told. */
export function subjectOf(call: KnownCall, folder: string): string | null {
  const [command] = valuesOf(call.rawInput, COMMAND_NAMES);
  if (command !== undefined) return command.slice(0, 10_000).toWellFormed();
  const paths = pathsOf(call).map((path) =>
    isAbsolute(path) && isInside(folder, path) ? workspacePath(folder, path) : path,
  );
  if (paths.length > 0) return paths.join("\n").slice(0, 10_000).toWellFormed();
  return valuesOf(call.rawInput, ADDRESS_NAMES)[0]?.slice(0, 10_000).toWellFormed() ?? null;
}

function valuesOf(input: unknown, names: readonly string[]): string[] {
  const read = Input.safeParse(input);
  if (!read.success) return [];
  return names.flatMap((name) => {
    const value = read.data[name];
    if (typeof value === "string") return [value];
    return Array.isArray(value) && value.every((part) => typeof part === "string") ? [value.join(" ")] : [];
  });
}

export interface PermissionOption {
  readonly optionId: string;
  readonly kind: string;
}

/**
 * The option that means this, by its kind and never by its id. What is allowed is allowed once: what holds for longer is kept by us, and
 * an agent that kept it, too, would write it into the workspace. Null: none of them does.
 */
export function optionFor(isAllowed: boolean, options: readonly PermissionOption[]): string | null {
  const wanted = isAllowed ? ["allow_once", "allow_always"] : ["reject_once", "reject_always"];
  for (const kind of wanted) {
    const option = options.find((one) => one.kind === kind);
    if (option !== undefined) return option.optionId;
  }
  return null;
}
