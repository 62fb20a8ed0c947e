import { createHash } from "node:crypto";
import type { AgentDefinition } from "../../schemas/agent.ts";

/**
 * SHA-256 of what a definition says, independent of order and white space in its file. A person accepts a definition by this
 * hash (semantics, Approval), so every part of it counts. `isInWorkspace`: its program is one that is installed in the workspace, which a repository may bring along:
 * whoever accepted the person's own has not accepted that one.
 */
export function definitionHash(definition: AgentDefinition, isInWorkspace = false): string {
  const text = JSON.stringify(definition, sortedKeys);
  return createHash("sha256")
    .update(isInWorkspace ? `${text} in the workspace` : text)
    .digest("hex");
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
