import type { ClientCapabilities, Connection, TextDocuments } from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Replacement } from "../../spec/replace-at.ts";
import type { OpenSpec, SpecDesk } from "../open-editors.ts";
import type { LanguageHost } from "./language-host.ts";

/** An editor that does not answer, for example because it asks its person something, is not waited for longer. */
const PATIENCE_MS = 10_000;

/** What of an editor is needed to have it change a text. */
export interface EditingClient {
  readonly connection: Connection;
  readonly host: LanguageHost;
  readonly client: ClientCapabilities;
}

/** Tells the workspace which of its files this editor has open, so that ticks go where somebody works. Returns what ends it. */
export function followEditedSpecs(texts: TextDocuments<TextDocument>, editing: EditingClient): () => void {
  const { host } = editing;
  const desks = new Map<string, Promise<SpecDesk | null>>();
  const tell = (uri: string, what: keyof SpecDesk): void => {
    const told = desks.get(uri)?.then((desk) => desk?.[what]());
    told?.catch((error: unknown) => {
      host.onBug("following an open spec", error);
    });
  };
  texts.onDidOpen(({ document }) => {
    desks.set(document.uri, opened(document, editing));
  });
  texts.onDidChangeContent(({ document }) => {
    tell(document.uri, "changed");
  });
  texts.onDidSave(({ document }) => {
    tell(document.uri, "saved");
  });
  texts.onDidClose(({ document }) => {
    tell(document.uri, "closed");
    desks.delete(document.uri);
  });
  return () => {
    for (const uri of desks.keys()) tell(uri, "lost");
    desks.clear();
  };
}

async function opened(document: TextDocument, editing: EditingClient): Promise<SpecDesk | null> {
  const path = await editing.host.specPathOf(document.uri);
  return path === null ? null : editing.host.opened(new EditedSpec(path, document, editing));
}

class EditedSpec implements OpenSpec {
  readonly path: string;
  /** Follows what is typed. */
  readonly #document: TextDocument;
  readonly #editing: EditingClient;

  constructor(path: string, document: TextDocument, editing: EditingClient) {
    this.path = path;
    this.#document = document;
    this.#editing = editing;
  }

  get text(): string {
    return this.#document.getText();
  }

  get version(): number {
    return this.#document.version;
  }

  async change(places: readonly Replacement[], version: number, label: string): Promise<boolean> {
    const { client, connection, host } = this.#editing;
    const document = this.#document;
    const { applyEdit, workspaceEdit } = client.workspace ?? {};
    // Without a version it could be another text that is changed.
    if (document.version !== version || applyEdit !== true || workspaceEdit?.documentChanges !== true) return false;
    const edits = places.map(({ start, end, to }) => ({
      range: { start: document.positionAt(start), end: document.positionAt(end) },
      newText: to,
    }));
    const documentChanges = [{ textDocument: { uri: document.uri, version }, edits }];
    return new Promise((resolve) => {
      const patience = host.clock.after(PATIENCE_MS, () => resolve(false));
      connection.workspace
        .applyEdit({ label, edit: { documentChanges } })
        .then(
          ({ applied }) => resolve(applied),
          () => resolve(false),
        )
        .finally(() => patience.cancel());
    });
  }
}
