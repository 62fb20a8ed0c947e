import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { DiagnosticCode } from "../../../schemas/diagnostic.ts";
import type { LintFinding, LintFix, LintPlace, LintProblem, LintReport } from "../../../schemas/lint.ts";
import { VERSION } from "../../../schemas/version.ts";
import { RULE_HELP } from "../lint/rule-help.ts";

const LEVELS = { error: "error", warning: "warning", info: "note" } as const;
const ROOT = "%SRCROOT%";

/** A log of the Static Analysis Results Interchange Format 2.1.0 (OASIS), as code scanning services take it. */
export function sarifLog({ files, problems }: LintReport): object {
  const rules = DiagnosticCode.options;
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "Planwright",
            semanticVersion: VERSION,
            rules: rules.map((id) => ({
              id,
              shortDescription: { text: RULE_HELP[id].what },
              help: { text: `${RULE_HELP[id].what}. ${RULE_HELP[id].advice}` },
            })),
          },
        },
        invocations: [
          { executionSuccessful: problems.length === 0, toolExecutionNotifications: problems.map(notification) },
        ],
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { [ROOT]: { description: { text: "The folder of the workspace." } } },
        artifacts: files.map(({ path }) => ({ location: artifact(path), encoding: "UTF-8" })),
        results: files.flatMap(({ path, findings }) =>
          findings.map((finding) => result(path, finding, rules.indexOf(finding.code))),
        ),
      },
    ],
  };
}

function result(path: string, { code, severity, message, place, fixes }: LintFinding, ruleIndex: number): object {
  return {
    ruleId: code,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: message },
    locations: [{ physicalLocation: { artifactLocation: artifact(path), region: region(place) } }],
    ...(fixes.length === 0 ? {} : { fixes: fixes.map((fix) => sarifFix(path, fix)) }),
  };
}

function sarifFix(path: string, { title, changes }: LintFix): object {
  const replacements = changes.map(({ place, text }) => ({
    deletedRegion: region(place),
    ...(text === "" ? {} : { insertedContent: { text } }),
  }));
  return { description: { text: title }, artifactChanges: [{ artifactLocation: artifact(path), replacements }] };
}

function region({ line, column, endLine, endColumn, start, end }: LintPlace): object {
  return {
    startLine: line,
    startColumn: column,
    endLine,
    endColumn,
    charOffset: start,
    charLength: end - start,
  };
}

function notification({ path, line, column, message }: LintProblem): object {
  const place =
    path === null
      ? null
      : {
          artifactLocation: artifact(path),
          ...(line === null ? {} : { region: { startLine: line, startColumn: column ?? 1 } }),
        };
  return {
    level: "error",
    message: { text: message },
    ...(place === null ? {} : { locations: [{ physicalLocation: place }] }),
  };
}

function artifact(path: string): object {
  if (isAbsolute(path)) return { uri: pathToFileURL(path).href };
  return { uri: path.split("/").map(encodeURIComponent).join("/"), uriBaseId: ROOT };
}
