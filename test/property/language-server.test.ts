import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CodeActionRequest,
  CodeLensRequest,
  CompletionRequest,
  DefinitionRequest,
  DocumentLinkRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  HoverRequest,
  PrepareRenameRequest,
  ReferencesRequest,
  ResponseError,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { withEditor, type EditorClient } from "../support/language-client.ts";
import { agentView, SHELL } from "../support/planning.ts";

const PIECES = [
  "---\n",
  "title: T\n",
  "budget: 1 USD\n",
  "budget: {total: 1, mode: warn}\n",
  "agents: [coder, x]\n",
  "# Heading\n",
  "## Checkpoint\n",
  "**Checkpoint:** x\n",
  "- [ ] Task\n",
  "- [x] [P] Other <b>\n",
  "1. [ ] Numbered\n",
  "  - [ ] Part\n",
  "\t- [ ] Tab\n",
  "  - id: a\n",
  "  - id: b\n",
  "  - needs: a, b\n",
  "  - needs: [b, 'c d', `e`]\n",
  "  - needs:\n    - a\n    - zz\n",
  "  - neds: a\n",
  "  - agent: codr\n",
  "  - files: x, y*\n",
  "  - timeout: 3\n",
  "  - onFailure: contine\n",
  "  - retryOn: \n",
  "  - cost: 5\n",
  "  ```sh\n  ls\n  ```\n",
  "  ```bash\n",
  "> - [ ] quoted\n",
  "text ⟨\u202e⟩ 😀\n",
  "\r\n",
  "\r",
  "\n",
  " ",
  "  - ",
  ": ",
  "[",
  "-",
];

const Piece = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...PIECES) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
);
const SpecText = fc.array(Piece, { maxLength: 25 }).map((pieces) => pieces.join(""));
const Place = fc.double({ min: 0, max: 1, noNaN: true });
const Edit = fc.record({ from: Place, length: fc.nat({ max: 30 }), text: fc.oneof(Piece, fc.constant("")) });

const AGENTS = [SHELL, agentView("coder", ["code_generation"])];

describe("the language server for any text (O2)", () => {
  it("has the text that the editor has after any edits", async () => {
    await withEditor({ agents: AGENTS }, async (editor) => {
      let document = 0;
      await fc.assert(
        fc.asyncProperty(
          SpecText,
          fc.array(fc.array(Edit, { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
          async (start, rounds) => {
            document += 1;
            const [edited, fresh] = [
              `file:///project/edited-${document}.spec.md`,
              `file:///project/fresh-${document}.spec.md`,
            ];
            let text = TextDocument.create(edited, "planwright-spec", 1, start);
            editor.open(start, edited);
            for (const [index, round] of rounds.entries()) {
              const changes = round.map(({ from, length, text: inserted }) => {
                const offset = Math.floor(from * text.getText().length);
                const range = { start: text.positionAt(offset), end: text.positionAt(offset + length) };
                const change = { range, text: inserted };
                text = TextDocument.update(text, [change], index + 2);
                return change;
              });
              editor.change(index + 2, changes, edited);
            }
            editor.open(text.getText(), fresh);
            const seen = await Promise.all([edited, fresh].map((uri) => picture(editor, uri)));
            assert.deepEqual(seen[0], seen[1]);
            editor.close(edited);
            editor.close(fresh);
          },
        ),
        { numRuns: 150 },
      );
      assert.deepEqual(editor.bugs, []);
    });
  });

  it("answers every request at every place without a mistake", async () => {
    await withEditor({ agents: AGENTS }, async (editor) => {
      let document = 0;
      await fc.assert(
        fc.asyncProperty(SpecText, Place, async (text, at) => {
          document += 1;
          const uri = `file:///project/any-${document}.spec.md`;
          editor.open(text, uri);
          const position = TextDocument.create(uri, "", 1, text).positionAt(Math.floor(at * text.length));
          await askAll(editor, uri, text, position);
          // Places that are not there, as a late request has them.
          await askAll(editor, uri, text, { line: 999, character: 999 });
          editor.close(uri);
          assert.deepEqual(editor.bugs, []);
        }),
        { numRuns: 250 },
      );
    });
  });
});

/** What an editor would show of a document, without its name. */
async function picture(editor: EditorClient, uri: string): Promise<string> {
  const textDocument = { uri };
  const whole = { start: { line: 0, character: 0 }, end: { line: 100_000, character: 0 } };
  const { connection } = editor;
  const answers = await Promise.all([
    connection.sendRequest(DocumentSymbolRequest.type, { textDocument }),
    connection.sendRequest(FoldingRangeRequest.type, { textDocument }),
    connection.sendRequest(CodeLensRequest.type, { textDocument }),
    connection.sendRequest(CodeActionRequest.type, { textDocument, range: whole, context: { diagnostics: [] } }),
  ]);
  return JSON.stringify(answers)
    .replaceAll(uri, "URI")
    .replaceAll(/"version":\d+/g, "");
}

async function askAll(
  editor: EditorClient,
  uri: string,
  text: string,
  position: { line: number; character: number },
): Promise<void> {
  const textDocument = { uri };
  const { connection } = editor;
  const end = TextDocument.create(uri, "", 1, text).positionAt(text.length);
  const range = { start: { line: 0, character: 0 }, end };
  await Promise.all([
    connection.sendRequest(HoverRequest.type, { textDocument, position }),
    connection.sendRequest(CompletionRequest.type, { textDocument, position }),
    connection.sendRequest(DefinitionRequest.type, { textDocument, position }),
    connection.sendRequest(ReferencesRequest.type, { textDocument, position, context: { includeDeclaration: true } }),
    connection.sendRequest(PrepareRenameRequest.type, { textDocument, position }).catch((error: unknown) => {
      // A place without a name has a sentence for an answer.
      assert.ok(error instanceof ResponseError && error.code === -32_803, String(error));
    }),
    connection.sendRequest(CodeLensRequest.type, { textDocument }),
    connection.sendRequest(CodeActionRequest.type, { textDocument, range, context: { diagnostics: [] } }),
    connection.sendRequest(DocumentLinkRequest.type, { textDocument }),
    connection.sendRequest(DocumentSymbolRequest.type, { textDocument }),
    connection.sendRequest(FoldingRangeRequest.type, { textDocument }),
  ]);
}
