import { DiagnosticSeverity, type Diagnostic } from "vscode-languageserver/node";
import type { AgentView } from "../../../schemas/agent.ts";
import type { Diagnostic as Finding } from "../../../schemas/diagnostic.ts";
import { withoutOptions } from "../../../schemas/diagnostic-words.ts";
import type { PlanFacts } from "../../lint/plan-facts.ts";
import type { Located } from "../../lint/located.ts";
import type { Reading } from "../../lint/reading.ts";
import { shown } from "../../lint/shown-text.ts";
import type { OpenDocument } from "./open-document.ts";

const SEVERITY = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
} as const;

/**
 * What an editor is told of a document. Where nobody has said yet who works in the folder, no task of another tool's file has an
 * agent, and each of them would be an error: the plan says so, once it is asked for.
 */
export function toldOf(
  document: OpenDocument,
  facts: PlanFacts | null,
  agents: readonly AgentView[],
): readonly Finding[] {
  const { diagnostics } = facts ?? document.reading.document;
  const isEarly = !document.isOwn && agents.every(({ origin }) => origin === "built-in");
  return isEarly ? diagnostics.filter(({ code }) => code !== "no-agent") : diagnostics;
}

/** What to do is said in the words of an editor where the planner says it in those of the command line. */
function inEditor(diagnostic: Finding): string {
  const words = withoutOptions(diagnostic);
  return words === null ? diagnostic.message : `${words}; name an agent here, or choose one in the plan`;
}

/** A diagnostic as an editor shows it. */
export function toEditor({ diagnostic, span, related }: Located, uri: string, reading: Reading): Diagnostic {
  return {
    range: reading.range(span),
    severity: SEVERITY[diagnostic.severity],
    code: diagnostic.code,
    source: "Planwright",
    message: shown(inEditor(diagnostic), 2_000),
    ...(related.length === 0
      ? {}
      : {
          relatedInformation: related.map((one) => ({
            location: { uri, range: reading.range(one.span) },
            message: shown(one.message),
          })),
        }),
  };
}
