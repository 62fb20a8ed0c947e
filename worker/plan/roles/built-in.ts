import { AUDITOR } from "./auditor.ts";
import { CODER } from "./coder.ts";
import { CODING } from "./coding.ts";
import { DEPLOYER } from "./deployer.ts";
import { FIX_UP } from "./fix-up.ts";
import { PLANNER } from "./planner.ts";
import { RESEARCHER } from "./researcher.ts";
import { REVIEWER } from "./reviewer.ts";
import type { Role, RoleSet, RoleTemplate } from "./role.ts";
import { STARTER } from "./starter.ts";
import { VERIFIER } from "./verifier.ts";

/** The roles that every workspace has (catalogue D2). */
export const BUILT_IN_ROLES: readonly Role[] = [
  ...[PLANNER, RESEARCHER, CODER, REVIEWER, STARTER],
  ...[CODING, DEPLOYER, VERIFIER, AUDITOR, FIX_UP],
];

/** The role of capabilities that tell one. Others leave it to the type of the agent. */
export const ROLE_OF_CAPABILITY: ReadonlyMap<string, string> = new Map([
  ...inRole("planner", "task_decomposition", "dependency_analysis", "workflow_design"),
  ...inRole("researcher", "web_research", "document_analysis", "data_synthesis"),
  ...inRole("researcher", "data_analysis", "pattern_recognition", "error_diagnosis"),
  ...inRole("coder", "code_generation", "code_refactoring", "testing"),
  ...inRole("coder", "api_integration", "database_operations", "file_operations"),
  ...inRole("coder", "document_creation", "presentation", "image_generation"),
  ...inRole("reviewer", "code_review"),
  ...inRole("deployer", "deployment"),
]);

/** Who puts right what a review has found in the work of a role; other roles do so themselves. */
export const FIXED_BY: ReadonlyMap<string, string> = new Map([
  ["coder", FIX_UP.id],
  ["coding", FIX_UP.id],
]);

function inRole(role: string, ...capabilities: string[]): [string, string][] {
  return capabilities.map((capability) => [capability, role]);
}

export function builtInTemplate({ template, ...role }: Role): RoleTemplate {
  return { ...role, text: template, path: null };
}

/** Where no folder has a template of its own. */
export const BUILT_IN_SET: RoleSet = {
  templates: new Map(BUILT_IN_ROLES.map((role) => [role.id, builtInTemplate(role)])),
  problems: [],
};

/** Whether steps in this role change files. Of a role that the workspace describes itself nobody knows, so it counts as one that does. */
export function changesFiles(role: string): boolean {
  return BUILT_IN_ROLES.find(({ id }) => id === role)?.writes ?? true;
}
