import {
  CodeActionKind,
  LSPErrorCodes,
  ResponseError,
  type CancellationToken,
  type CodeAction,
  type CodeActionParams,
  type DocumentLink,
  type Range,
  type RenameParams,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import { completionsAt } from "./completion.ts";
import { toEditor, toldOf } from "./editor-diagnostics.ts";
import { fixesOf } from "../../lint/fixes/fixes-of.ts";
import { changeName } from "../../lint/fixes/text-change.ts";
import { hoverAt } from "./hover.ts";
import type { LanguageDesk } from "./language-desk.ts";
import { runMark } from "./language-host.ts";
import { lensesOf } from "./lenses.ts";
import { locate } from "../../lint/located.ts";
import type { OpenDocument } from "./open-document.ts";
import type { Span } from "../../lint/places.ts";
import { foldsOf, symbolsOf } from "./symbols.ts";
import { TaskNames } from "../../lint/task-names.ts";
import { badId, definitionsAt, referencesAt, renamingAt, type Renaming } from "./task-references.ts";

/** Answers what an editor asks of a spec. */
export function registerAnswers(desk: LanguageDesk): void {
  const { connection } = desk;
  connection.onCodeLens(({ textDocument: { uri } }, token) =>
    desk.answer("lenses", uri, token, (document) => lenses(desk, document)),
  );
  connection.onHover(({ textDocument: { uri }, position }, token) =>
    desk.answer("a hover", uri, token, async (document) => {
      const facts = await desk.recentFacts(document);
      const run = document.specPath === null ? null : await desk.host.lastRun(document.specPath);
      const { reading } = document;
      const offset = desk.offset(document, position);
      return hoverAt({ reading, names: new TaskNames(reading), offset, facts, run });
    }),
  );
  connection.onCompletion(({ textDocument: { uri }, position }, token) =>
    desk.answer("completion", uri, token, (document) => {
      const { current } = document;
      return completionsAt({
        text: current.getText(),
        offset: current.offsetAt(position),
        // A name more or less is better than a list that is late.
        reading: document.lastReading ?? document.reading,
        agents: desk.host.agents(),
        snippets: desk.client.textDocument?.completion?.completionItem?.snippetSupport === true,
        range: ({ from, to }) => ({ start: current.positionAt(from), end: current.positionAt(to) }),
      });
    }),
  );
  connection.onCodeAction((params, token) =>
    desk.answer("quick fixes", params.textDocument.uri, token, (document) => actions(desk, document, params, token)),
  );
  connection.onDocumentSymbol(({ textDocument: { uri } }, token) =>
    desk.answer("symbols", uri, token, ({ reading }) => symbolsOf(reading)),
  );
  connection.onFoldingRanges(({ textDocument: { uri } }, token) =>
    desk.answer("folding", uri, token, ({ reading }) => foldsOf(reading)),
  );
  connection.onDocumentLinks(({ textDocument: { uri } }, token) =>
    desk.answer("links", uri, token, (document) => links(desk, document)),
  );
  registerNames(desk);
}

/** Definition, references and rename of the ids of tasks. */
function registerNames(desk: LanguageDesk): void {
  const { connection } = desk;
  const locations = (document: OpenDocument, spans: readonly Span[]): { uri: string; range: Range }[] =>
    spans.map((span) => ({ uri: document.uri, range: document.reading.range(span) }));
  connection.onDefinition(({ textDocument: { uri }, position }, token) =>
    desk.answer("a definition", uri, token, (document) => {
      const { reading } = document;
      const spans = definitionsAt(reading, new TaskNames(reading), desk.offset(document, position));
      return locations(document, spans);
    }),
  );
  connection.onReferences(({ textDocument: { uri }, position, context }, token) =>
    desk.answer("references", uri, token, (document) => {
      const { reading } = document;
      const names = new TaskNames(reading);
      const spans = referencesAt(reading, names, desk.offset(document, position), context.includeDeclaration);
      return locations(document, spans);
    }),
  );
  connection.onPrepareRename(async ({ textDocument: { uri }, position }, token) => {
    const found = await desk.answer("a rename", uri, token, (document) => {
      const renaming = renamingOf(desk, document, position);
      const at = desk.offset(document, position);
      const here = renaming.kind === "id" ? renaming.places.find(({ from, to }) => from <= at && at <= to) : null;
      if (renaming.kind === "none") return { why: renaming.why };
      return { range: document.reading.range(here ?? renaming.id), placeholder: renaming.id.text };
    });
    if (found && "why" in found) throw new ResponseError(LSPErrorCodes.RequestFailed, found.why);
    return found;
  });
  connection.onRenameRequest(async (params, token) => {
    const made = await desk.answer("a rename", params.textDocument.uri, token, (document) =>
      rename(desk, document, params),
    );
    if (typeof made === "string") throw new ResponseError(LSPErrorCodes.RequestFailed, made);
    return made;
  });
}

function renamingOf(desk: LanguageDesk, document: OpenDocument, position: RenameParams["position"]): Renaming {
  const { reading } = document;
  return renamingAt(reading, new TaskNames(reading), desk.offset(document, position));
}

/** The edit, or why there is none. */
function rename(desk: LanguageDesk, document: OpenDocument, params: RenameParams): WorkspaceEdit | string {
  const renaming = renamingOf(desk, document, params.position);
  if (renaming.kind === "none") return renaming.why;
  const { newName } = params;
  const { reading } = document;
  const expected = badId(reading, newName);
  if (expected !== null) return `"${newName}" cannot be an id: write ${expected}.`;
  const taken = new TaskNames(reading).find(newName, renaming.place);
  if (taken.length > 0 && newName !== renaming.id.text)
    return `There is a task with the id or title "${newName}" already.`;
  return editOf(
    desk,
    document,
    renaming.places.map((span) => changeName(reading, span, newName)),
  );
}

async function lenses(desk: LanguageDesk, document: OpenDocument): Promise<ReturnType<typeof lensesOf>> {
  const setting = await desk.lensSetting(document.uri);
  if (document.specPath === null) return [];
  const run = await desk.host.lastRun(document.specPath);
  desk.sawRun(document.uri, runMark(run));
  return lensesOf(document.uri, document.reading, run, setting);
}

async function actions(
  desk: LanguageDesk,
  document: OpenDocument,
  { range, context }: CodeActionParams,
  token: CancellationToken,
): Promise<CodeAction[]> {
  const isWanted = context.only?.some((kind) => CodeActionKind.QuickFix.startsWith(kind)) ?? true;
  if (!isWanted) return [];
  const facts = await desk.facts(document);
  const { reading } = document;
  // What was planned of another version has other places.
  if (token.isCancellationRequested || (facts && document.facts?.version !== reading.version)) return [];
  const names = new TaskNames(reading);
  const from = desk.offset(document, range.start);
  const to = desk.offset(document, range.end);
  return toldOf(document, facts, desk.host.agents()).flatMap((diagnostic) => {
    const located = locate(diagnostic, reading, names);
    if (located.span.to < from || located.span.from > to) return [];
    const fixes = fixesOf({ ...located, reading, names, facts, agents: desk.host.agents() });
    return fixes.map(({ title, changes, preferred }): CodeAction => ({
      title,
      kind: CodeActionKind.QuickFix,
      diagnostics: [toEditor(located, document.uri, reading)],
      isPreferred: preferred,
      edit: editOf(desk, document, changes),
    }));
  });
}

/** An edit of the version that was looked at, where the editor can tell. */
function editOf(
  desk: LanguageDesk,
  document: OpenDocument,
  changes: readonly (Span & { text: string })[],
): WorkspaceEdit {
  const { uri, reading } = document;
  const edits = changes.map(({ text, ...span }) => ({ range: reading.range(span), newText: text }));
  if (desk.client.workspace?.workspaceEdit?.documentChanges !== true) return { changes: { [uri]: edits } };
  return { documentChanges: [{ textDocument: { uri, version: reading.version }, edits }] };
}

/** Each is looked for on the disk. */
const LINKS_SHOWN = 200;

/** The files that tasks name, where they are there. */
async function links({ host }: LanguageDesk, { reading, specPath }: OpenDocument): Promise<DocumentLink[]> {
  if (specPath === null) return [];
  const named = reading.outline.tasks.flatMap(({ task, attributes }) =>
    attributes
      .filter(({ key, known }) => known && (key === "output" || key === "files"))
      .flatMap(({ key, elements }) =>
        elements
          .filter(({ text }) => !/[*?{}[\]]/.test(text))
          .map((element) => {
            const { cwd } = task.attributes;
            return { element, path: key === "output" && cwd !== null ? `${cwd}/${element.text}` : element.text };
          }),
      ),
  );
  const found = await Promise.all(
    named.slice(0, LINKS_SHOWN).map(async ({ element, path }): Promise<DocumentLink[]> => {
      const target = await host.fileOf(path.replaceAll("\\", "/"));
      return target === null ? [] : [{ range: reading.range(element), target }];
    }),
  );
  return found.flat();
}
