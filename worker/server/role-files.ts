import { readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { failure, FailureError, type Failure } from "../../schemas/failure.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import { openInside } from "../agents/read-inside.ts";
import { hasErrorCode } from "../logs/error-code.ts";
import { sha256 } from "../plan/hash.ts";
import { BUILT_IN_ROLES, BUILT_IN_SET, builtInTemplate } from "../plan/roles/built-in.ts";
import { NEEDED_BY_ALL, NEEDED_BY_REVIEWS } from "../plan/roles/placeholders.ts";
import type { RoleProblem, RoleSet, RoleTemplate } from "../plan/roles/role.ts";
import { templateProblems } from "../plan/roles/template.ts";

/** Inside the workspace: one `<role>.md` each, instead of the built-in template or for a role of the workspace's own. */
const FOLDER = ".planwright/roles";

const LARGEST_BYTES = 64 * 1024;
const MOST_FILES = 200;
const ROLE_NAME = /^[\p{L}\p{N}_][\p{L}\p{N}._-]{0,99}$/u;

/** The roles of a folder: the built-in ones, with what its files say instead (catalogue D2). Reads them anew. Does not reject. */
export async function readRoles(folder: string): Promise<RoleSet> {
  const names = await readdir(join(folder, FOLDER)).catch((error: unknown) => {
    if (hasErrorCode(error, "ENOENT") || hasErrorCode(error, "ENOTDIR")) return [];
    return error instanceof Error ? error : new Error(String(error));
  });
  if (names instanceof Error) return { ...BUILT_IN_SET, problems: [unreadable("", FOLDER, names.message)] };
  const files = names.filter((name) => name.endsWith(".md")).sort();
  if (files.length === 0) return BUILT_IN_SET;
  const templates = new Map(BUILT_IN_SET.templates);
  const problems: RoleProblem[] = [];
  for (const name of files.slice(0, MOST_FILES)) {
    const read = await readRole(folder, name.slice(0, -".md".length));
    problems.push(...read.problems);
    if (read.template) templates.set(read.template.id, read.template);
    // The built-in one would tell agents something else than whoever wrote the file wants.
    else templates.delete(name.slice(0, -".md".length));
  }
  if (files.length > MOST_FILES)
    problems.push({ role: "", message: `${FOLDER} has ${files.length} templates, and may have ${MOST_FILES}` });
  return { templates, problems };
}

/** The roles of one folder, with what was read last for those who cannot wait. */
export class RoleFiles {
  readonly #folder: string;
  #last: RoleSet = BUILT_IN_SET;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get last(): RoleSet {
    return this.#last;
  }

  /** Reads the files anew. Does not reject. */
  async read(): Promise<RoleSet> {
    this.#last = await readRoles(this.#folder);
    return this.#last;
  }
}

interface ReadRole {
  readonly template: RoleTemplate | null;
  readonly problems: readonly RoleProblem[];
}

async function readRole(folder: string, role: string): Promise<ReadRole> {
  const path = `${FOLDER}/${role}.md`;
  const refuse = (message: string): ReadRole => ({ template: null, problems: [{ role, message }] });
  if (!ROLE_NAME.test(role))
    return refuse(`${path}: a role has a name of letters, digits, dot, dash and underscore: rename the file`);
  const text = await readTemplate(folder, path);
  if (typeof text !== "string") return { template: null, problems: [unreadable(role, path, text.why)] };
  const builtIn = BUILT_IN_ROLES.find(({ id }) => id === role);
  // A shell has made the file by the time that it asks for what goes into it: planwright roles coder > FILE.
  if (builtIn && text.trim() === "") return { template: builtInTemplate(builtIn), problems: [] };
  const needed = role === "reviewer" ? [...NEEDED_BY_ALL, ...NEEDED_BY_REVIEWS] : NEEDED_BY_ALL;
  const problems = templateProblems(text, needed).map(({ line, message }) => ({
    role,
    message: `${path}${line === null ? "" : `:${line}`}: ${message}`,
  }));
  if (problems.length > 0) return { template: null, problems };
  const { summary, writes, demandsChange } = builtIn ?? OWN_ROLE;
  return { template: { id: role, summary, writes, demandsChange, text, path }, problems };
}

/** Nobody knows what agents in a role of the workspace's own do. */
const OWN_ROLE = { summary: "A role of this workspace", writes: true, demandsChange: false } as const;

/** Symbolic links are followed as far as they stay inside the folder: what it says goes to agents. */
async function readTemplate(folder: string, path: string): Promise<string | { readonly why: string }> {
  try {
    const handle = await openInside(await realpath(join(folder, path)), folder);
    try {
      const { size } = await handle.stat();
      if (size > LARGEST_BYTES) return { why: `it is larger than ${LARGEST_BYTES} bytes` };
      const bytes = await handle.readFile();
      const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      return text.replaceAll("\r\n", "\n");
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

function unreadable(role: string, path: string, why: string): RoleProblem {
  return { role, message: `${path} cannot be used (${why}): correct it, or remove it` };
}

/**
 * Throws `not_approved` when a template that a plan uses says something else than when the plan was made, or cannot be used any more. What
 * runs already goes on with the templates that were approved.
 */
export function refuseRoles(plan: Plan, roles: RoleSet): void {
  const approved = approvedTemplates(plan, roles);
  const changed = Object.keys(plan.roleHashes).find((role) => !approved.has(role));
  if (changed === undefined) return;
  const problem = roles.problems.find(({ role }) => role === changed)?.message;
  throw new FailureError(problem === undefined ? changedRole(changed, plan) : failure("not_approved", problem));
}

/** The templates of a plan that are still what they were when it was made, by role. */
export function approvedTemplates({ roleHashes }: Plan, { templates }: RoleSet): ReadonlyMap<string, RoleTemplate> {
  const approved = new Map<string, RoleTemplate>();
  for (const [role, hash] of Object.entries(roleHashes)) {
    const template = templates.get(role);
    if (template && sha256(template.text) === hash) approved.set(role, template);
  }
  return approved;
}

/** Whether a step's template was changed after the plan was approved. */
export function isUnapproved(
  { role }: PlanStep,
  { roleHashes }: Plan,
  approved: ReadonlyMap<string, RoleTemplate>,
): boolean {
  return role !== null && Object.hasOwn(roleHashes, role) && !approved.has(role);
}

export function changedRole(role: string, { planId, specPath, roleFiles }: Plan): Failure {
  const where = Object.hasOwn(roleFiles, role) ? ` (${roleFiles[role] ?? ""})` : "";
  const message = `the prompt template of the role ${role}${where} was changed after plan ${planId} was made: plan ${specPath} again and approve it`;
  return failure("not_approved", message);
}
