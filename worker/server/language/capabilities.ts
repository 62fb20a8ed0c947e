import { CodeActionKind, TextDocumentSyncKind, type ServerCapabilities } from "vscode-languageserver/node";
import { hasRegisteredLenses } from "../../../schemas/language-options.ts";

const SERVER_CAPABILITIES: ServerCapabilities = {
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
  completionProvider: { triggerCharacters: [":", " ", ",", "["] },
  hoverProvider: true,
  codeLensProvider: {},
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
  documentSymbolProvider: true,
  foldingRangeProvider: true,
  definitionProvider: true,
  referencesProvider: true,
  renameProvider: { prepareProvider: true },
  documentLinkProvider: {},
};

/** What the language server does for an editor that begins with these options. */
export function capabilitiesFor(initializationOptions: unknown): ServerCapabilities {
  if (!hasRegisteredLenses(initializationOptions)) return SERVER_CAPABILITIES;
  const { codeLensProvider: _, ...others } = SERVER_CAPABILITIES;
  return others;
}
