import assert from "node:assert/strict";
import { applyChanges, type Fix } from "../../../worker/lint/fixes/text-change.ts";
import { lintSpec, type LintResult } from "../../../worker/lint/lint.ts";
import type { ParseOptions } from "../../../worker/spec/parse.ts";
import { FIX_CASES, FIX_PATHS, type FixCase } from "../../support/fix-cases.ts";
import { agentView, SHELL } from "../../support/planning.ts";

const CODER = agentView("coder", ["code_generation", "testing"]);

function lint({ requirements, code }: FixCase, text: string, path: string): LintResult {
  const companion = { path: ".kiro/specs/x/requirements.md", text: requirements ?? "" };
  const options: ParseOptions = requirements === undefined ? {} : { companion };
  // Somebody who can do everything, unless it is about that.
  const all = agentView("coder", CAPABILITIES);
  return lintSpec({ text, path, options, agents: [SHELL, code === "no-agent" ? CODER : all] });
}

const CAPABILITIES = [
  ...["code_generation", "testing", "documentation", "document_creation", "image_generation", "requirements_analysis"],
];

describe("quick fixes in every dialect (A6)", () => {
  for (const [dialect, cases] of FIX_CASES) {
    for (const one of cases) {
      it(`${dialect}: ${one.what} (${one.code})`, () => {
        const { findings, fixesFor, document } = lint(one, one.text, FIX_PATHS[dialect]);
        assert.equal(document.dialect, dialect);
        const told = findings.filter(({ code }) => code === one.code);
        const [finding] = told;
        assert.ok(finding, `it is told: ${findings.map(({ code }) => code).join(", ")}`);
        assert.equal(one.text.slice(finding.range.start, finding.range.end), one.on);
        const fixes = fixesFor(finding);
        assert.deepEqual(
          fixes.map(({ title, preferred }) => (preferred ? `* ${title}` : title)),
          one.fixes,
        );
        assert.equal(applyChanges(one.text, fixes[0]?.changes ?? []), one.result);
        for (const fix of fixes) leavesFewer(one, fix, FIX_PATHS[dialect], told.length);
      });
    }
  }
});

/** The file after a fix is one of the same dialect, in which the problem is no more. */
function leavesFewer(one: FixCase, { title, changes }: Fix, path: string, before: number): void {
  const text = applyChanges(one.text, changes);
  const { findings, document } = lint(one, text, path);
  assert.equal(document.dialect, lint(one, one.text, path).document.dialect, `after "${title}"`);
  const left = findings.filter(({ code }) => code === one.code).length;
  assert.ok(left < before, `"${title}" leaves ${left} of ${before}:\n${text}`);
}
