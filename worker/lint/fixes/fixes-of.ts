import type { DiagnosticCode } from "../../../schemas/diagnostic.ts";
import { missingCapabilityFixes, noAgentFixes, unknownAgentFixes } from "./fix-agents.ts";
import {
  cycleFixes,
  duplicateIdFixes,
  duplicateReferenceFixes,
  falseParallelFixes,
  forwardReferenceFixes,
  missingBarrierFixes,
  selfDependencyFixes,
  unknownDependencyFixes,
} from "./fix-order.ts";
import { doneParentFixes, openParentFixes, skippedDependencyFixes } from "./fix-states.ts";
import { uncoveredFixes, unknownRequirementFixes } from "./fix-requirements.ts";
import {
  danglingReferenceFixes,
  listedTwiceFixes,
  unlistedCheckpointFixes,
  unlistedTaskFixes,
  waveBarrierFixes,
} from "./fix-waves.ts";
import type { FixRequest } from "./fix-request.ts";
import {
  badValueFixes,
  budgetFixes,
  frontMatterFixes,
  ignoredCommandFixes,
  ignoredTaskFixes,
  unknownKeyFixes,
} from "./fix-values.ts";
import { NO_POLICIES } from "../../plan/policies.ts";
import { parseSpec } from "../../spec/parse.ts";
import { planFacts } from "../plan-facts.ts";
import { applyChanges, type Fix, type TextChange } from "./text-change.ts";

/** What can be done about each kind of diagnostic (catalogue A6). A kind without an entry needs a person's words. */
const FIXES: Partial<Record<DiagnosticCode, (request: FixRequest) => Fix[]>> = {
  "front-matter": frontMatterFixes,
  "unknown-key": unknownKeyFixes,
  "bad-value": badValueFixes,
  "ignored-command": ignoredCommandFixes,
  "ignored-task": ignoredTaskFixes,
  "duplicate-id": duplicateIdFixes,
  "unknown-dependency": unknownDependencyFixes,
  "duplicate-reference": (request) => [...duplicateReferenceFixes(request), ...listedTwiceFixes(request)],
  "forward-reference": forwardReferenceFixes,
  "self-dependency": selfDependencyFixes,
  cycle: cycleFixes,
  "false-parallel": falseParallelFixes,
  "missing-barrier": (request) => [...missingBarrierFixes(request), ...waveBarrierFixes(request)],
  "dangling-reference": danglingReferenceFixes,
  "unlisted-task": unlistedTaskFixes,
  "unlisted-checkpoint": unlistedCheckpointFixes,
  "uncovered-criterion": uncoveredFixes,
  "unknown-requirement": unknownRequirementFixes,
  "done-parent": doneParentFixes,
  "open-parent": openParentFixes,
  "skipped-dependency": skippedDependencyFixes,
  "no-agent": noAgentFixes,
  "missing-capability": missingCapabilityFixes,
  "unknown-agent": unknownAgentFixes,
  "over-budget": budgetFixes,
  "near-budget": budgetFixes,
};

/** Their fixes move lines or open one of several ways, so that it is tried what becomes of the text. */
const TRIED: ReadonlySet<DiagnosticCode> = new Set([
  "cycle",
  "forward-reference",
  "false-parallel",
  "unlisted-checkpoint",
  "missing-barrier",
  "missing-capability",
]);
/** In a text of more tasks trying would take longer than a person waits for a list. */
const TASKS_TRIED = 400;

/** What can be done about a diagnostic, each making it go away, where one change alone can. */
export function fixesOf(request: FixRequest): Fix[] {
  const { diagnostic, reading } = request;
  const fixes = FIXES[diagnostic.code]?.(request) ?? [];
  if (!TRIED.has(diagnostic.code) || reading.document.tasks.length > TASKS_TRIED) return fixes;
  const before = countAfter(request, []);
  const good = fixes.filter(({ changes }) => countAfter(request, changes) < before);
  // Of rings that are tied together each change opens one.
  if (good.length === 0) return diagnostic.code === "cycle" ? fixes : [];
  return good.some(({ preferred }) => preferred)
    ? good
    : good.map((fix, index) => ({ ...fix, preferred: index === 0 }));
}

/** How many diagnostics of this kind a text has after changes. */
function countAfter({ diagnostic, reading, agents }: FixRequest, changes: readonly TextChange[]): number {
  const { path, options, document } = reading;
  // A change does not make another dialect of it.
  const spec = parseSpec(applyChanges(reading.text, changes), path, { ...options, dialect: document.dialect });
  const { diagnostics } = planFacts({ spec, specPath: path, agents, history: null, budget: NO_POLICIES });
  return diagnostics.filter(({ code }) => code === diagnostic.code).length;
}
