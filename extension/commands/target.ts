import * as vscode from "vscode";
import type { Decision } from "../../schemas/decision.ts";

/** What a command was called with, from wherever: the fields that were named, and nothing for the others. */
export interface Named {
  readonly uri?: vscode.Uri;
  /** URI of the workspace folder. */
  readonly folder?: string;
  readonly executionId?: string;
  readonly stepId?: string;
  readonly planId?: string;
  readonly specPath?: string;
  /** Of a file in the workspace. */
  readonly path?: string;
  /** From 1. */
  readonly line?: number;
  readonly decision?: Decision;
}

type TextField = "folder" | "executionId" | "stepId" | "planId" | "specPath" | "path";
const TEXT_FIELDS: readonly TextField[] = ["folder", "executionId", "stepId", "planId", "specPath", "path"];

/**
 * Understands tree elements and other objects by their fields, URIs as such or as text, and plain texts by their position: `order`
 * says what the first, the second … text means. Earlier arguments win: after a tree element comes what else is selected.
 */
export function namedIn(args: readonly unknown[], order: readonly (TextField | "uri")[]): Named {
  let named: Named = {};
  let position = 0;
  for (const arg of args) {
    if (arg instanceof vscode.Uri) named = { uri: arg, ...named };
    else if (typeof arg === "string") {
      const field = order[position];
      position += 1;
      if (field !== undefined) named = { ...textNamed(field, arg), ...named };
    } else if (typeof arg === "object" && arg !== null && !Array.isArray(arg)) named = { ...fieldsOf(arg), ...named };
  }
  return named;
}

function textNamed(field: TextField | "uri", text: string): Named {
  return field === "uri" ? { uri: vscode.Uri.parse(text) } : { [field]: text };
}

function fieldsOf(element: object): Named {
  const entries = new Map<string, unknown>(Object.entries(element));
  const target = entries.get("target");
  // Elements of our trees carry what they stand for in a field of its own.
  if (typeof target === "object" && target !== null) return fieldsOf(target);
  const texts: Partial<Record<TextField, string>> = {};
  for (const field of TEXT_FIELDS) {
    const value = entries.get(field);
    if (typeof value === "string") texts[field] = value;
  }
  const line = entries.get("line");
  const decision = entries.get("decision");
  return {
    ...texts,
    ...(typeof line === "number" ? { line } : {}),
    ...(isDecision(decision) ? { decision, executionId: decision.executionId, stepId: decision.stepId } : {}),
  };
}

/** Only our own trees give decisions, as the worker sent them. */
function isDecision(value: unknown): value is Decision {
  return typeof value === "object" && value !== null && "decisionId" in value && "choices" in value;
}
