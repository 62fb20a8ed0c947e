import type { DiagnosticCode } from "../../../../schemas/diagnostic.ts";
import { missingCapabilityFixes, noAgentFixes, unknownAgentFixes } from "./fix-agents.ts";
import {
  cycleFixes,
  duplicateIdFixes,
  duplicateReferenceFixes,
  falseParallelFixes,
  forwardReferenceFixes,
  selfDependencyFixes,
  unknownDependencyFixes,
} from "./fix-order.ts";
import type { FixRequest } from "./fix-request.ts";
import {
  badValueFixes,
  budgetFixes,
  frontMatterFixes,
  ignoredCommandFixes,
  ignoredTaskFixes,
  unknownKeyFixes,
} from "./fix-values.ts";
import type { Fix } from "./text-change.ts";

/** What can be done about each kind of diagnostic (catalogue A6). A kind without an entry needs a person's words. */
const FIXES: Partial<Record<DiagnosticCode, (request: FixRequest) => Fix[]>> = {
  "front-matter": frontMatterFixes,
  "unknown-key": unknownKeyFixes,
  "bad-value": badValueFixes,
  "ignored-command": ignoredCommandFixes,
  "ignored-task": ignoredTaskFixes,
  "duplicate-id": duplicateIdFixes,
  "unknown-dependency": unknownDependencyFixes,
  "duplicate-reference": duplicateReferenceFixes,
  "forward-reference": forwardReferenceFixes,
  "self-dependency": selfDependencyFixes,
  cycle: cycleFixes,
  "false-parallel": falseParallelFixes,
  "no-agent": noAgentFixes,
  "missing-capability": missingCapabilityFixes,
  "unknown-agent": unknownAgentFixes,
  "over-budget": budgetFixes,
  "near-budget": budgetFixes,
};

export function fixesOf(request: FixRequest): Fix[] {
  return FIXES[request.diagnostic.code]?.(request) ?? [];
}
