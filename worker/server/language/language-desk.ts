import type { CancellationToken, ClientCapabilities, Connection, Position } from "vscode-languageserver/node";
import type { LanguageHost } from "./language-host.ts";
import type { LensSetting } from "./lenses.ts";
import type { OpenDocument } from "./open-document.ts";
import type { PlanFacts } from "../../lint/plan-facts.ts";

/** What the answers to an editor's questions are made from. */
export interface LanguageDesk {
  readonly connection: Connection;
  readonly host: LanguageHost;
  readonly client: ClientCapabilities;
  /** Answers with null when the document is not open, when nobody waits any more, or after a mistake of ours, which is logged. */
  answer<T>(
    what: string,
    uri: string,
    token: CancellationToken,
    act: (document: OpenDocument) => Promise<T> | T,
  ): Promise<T | null>;
  offset(document: OpenDocument, position: Position): number;
  /** What is planned of the newest version. Null: it is no file of the workspace, or planning failed. */
  facts(document: OpenDocument): Promise<PlanFacts | null>;
  /** What is planned of this version or, where planning takes its time, of one before. */
  recentFacts(document: OpenDocument): Promise<PlanFacts | null>;
  lensSetting(uri: string): Promise<LensSetting>;
  /** Remembers what the editor sees of a last run, so that it is asked to look again only after a change. */
  sawRun(uri: string, mark: string): void;
}
