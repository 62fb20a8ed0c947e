import type { AgentView } from "../../schemas/agent.ts";
import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { SpecDocument } from "../../schemas/spec.ts";
import { NO_POLICIES } from "../plan/policies.ts";
import { BUILT_IN_SET } from "../plan/roles/built-in.ts";
import type { RoleSet } from "../plan/roles/role.ts";
import type { ParseOptions } from "../spec/parse.ts";
import { fixesOf } from "./fixes/fixes-of.ts";
import type { Fix } from "./fixes/text-change.ts";
import { locate, type Located } from "./located.ts";
import { planFacts } from "./plan-facts.ts";
import { readText, sourceRange } from "./reading.ts";
import { TaskNames } from "./task-names.ts";

export interface LintInput {
  readonly text: string;
  /** Inside the workspace, with `/`. */
  readonly path: string;
  /** How the text is to be read; with the text of the file beside it, where there is one. */
  readonly options?: ParseOptions;
  /** The agents that a plan could choose from. */
  readonly agents: readonly AgentView[];
  /** Without them the built-in ones. */
  readonly roles?: RoleSet;
}

/** A diagnostic with the exact words that it is about. */
export interface Finding extends Diagnostic {
  readonly range: NonNullable<Diagnostic["range"]>;
}

export interface LintResult {
  readonly document: SpecDocument;
  /** By place, each once. */
  readonly findings: readonly Finding[];
  /** What can be done about a finding of this result, as edits of the text. */
  readonly fixesFor: (finding: Finding) => readonly Fix[];
}

/** Says what is wrong with the text of a spec and with the plan that it would make. Pure; never throws. */
export function lintSpec({ text, path, options = {}, agents, roles = BUILT_IN_SET }: LintInput): LintResult {
  const reading = readText(text, path, options);
  const names = new TaskNames(reading);
  const facts = planFacts({
    ...{ spec: reading.document, specPath: path, agents, roles },
    ...{ history: null, budget: NO_POLICIES },
  });
  const found = new Map<string, { finding: Finding; located: Located }>();
  for (const diagnostic of facts.diagnostics) {
    const located = locate(diagnostic, reading, names);
    const finding = { ...diagnostic, range: sourceRange(reading, located.span) };
    const { code, message, range } = finding;
    const key = `${code} ${range.start} ${range.end} ${message}`;
    if (!found.has(key)) found.set(key, { finding, located });
  }
  const sorted = [...found.values()].toSorted(
    ({ finding: a }, { finding: b }) => a.range.start - b.range.start || a.range.end - b.range.end,
  );
  const places = new Map(sorted.map(({ finding, located }) => [finding, located]));
  return {
    document: reading.document,
    findings: sorted.map(({ finding }) => finding),
    fixesFor: (finding) => {
      const located = places.get(finding);
      return located ? fixesOf({ ...located, reading, names, facts, agents }) : [];
    },
  };
}
