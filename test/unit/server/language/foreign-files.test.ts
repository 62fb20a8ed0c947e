import assert from "node:assert/strict";
import {
  CodeLensRequest,
  DidChangeWatchedFilesNotification,
  DocumentSymbolRequest,
  HoverRequest,
  MarkupContent,
} from "vscode-languageserver/node";
import type { AgentView } from "../../../../schemas/agent.ts";
import { withEditor, type EditorClient } from "../../../support/language-client.ts";
import { agentView, SHELL } from "../../../support/planning.ts";

const AGENTS = [SHELL, agentView("coder", ["code_generation"])];
const PROJECT = "file:///project/";
const SPECKIT = "# Tasks\n\n## Phase 1: Setup\n\n- [x] T001 Begin\n- [ ] T002 [US1] Go on (depends on T009)\n";
const REQUIREMENTS = `# Requirements Document

### Requirement 1: Buying

#### Acceptance Criteria

1. WHEN a good is chosen THEN the system SHALL show it
`;

async function topOf(editor: EditorClient, path: string): Promise<string[]> {
  const textDocument = { uri: PROJECT + path };
  const lenses = (await editor.connection.sendRequest(CodeLensRequest.type, { textDocument })) ?? [];
  return lenses
    .filter(({ range }) => range.start.line === 0)
    .map(({ command }) => command?.title.replace(/^\S+\u00A0/, "") ?? "");
}

describe("files of other languages at the places of specs (O2, A1)", () => {
  it("say at their top as what they are read and how much is open, with the reason and a way to say otherwise", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      const path = "specs/001-x/tasks.md";
      editor.open(SPECKIT, PROJECT + path, "markdown");
      assert.deepEqual(await topOf(editor, path), ["Plan", "Execute", "Spec Kit · 1 open"]);
      const lenses = await editor.connection.sendRequest(CodeLensRequest.type, {
        textDocument: { uri: PROJECT + path },
      });
      const last = lenses?.find(({ command }) => command?.command === "planwright.readAs")?.command;
      assert.match(last?.tooltip ?? "", /^Read as Spec Kit because 2 of its boxes have task ids/);
      assert.deepEqual(last?.arguments, [PROJECT + path]);
      const { diagnostics } = await editor.diagnostics(1, PROJECT + path);
      assert.deepEqual(
        diagnostics.map(({ code }) => code),
        ["unknown-dependency"],
      );
    }));

  it("are not red all over where nobody has said yet who works in the folder", async () => {
    const uri = `${PROJECT}specs/001-x/tasks.md`;
    const codes = async (agents: AgentView[]): Promise<unknown[]> => {
      let found: unknown[] = [];
      await withEditor({ agents }, async (editor) => {
        editor.open("# Tasks\n\n- [ ] T001 Begin\n- [ ] T002 Go on\n", uri, "markdown");
        found = (await editor.diagnostics(1, uri)).diagnostics.map(({ code }) => code);
      });
      return found;
    };
    assert.deepEqual(await codes([SHELL]), []);
    const tester = agentView("tester", ["testing"], { origin: "workspace" });
    assert.deepEqual(await codes([SHELL, tester]), ["no-agent", "no-agent"]);
  });

  it("are left alone when they are no specs: prose, and JSON of something else", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      for (const [path, language, text] of [
        ["docs/specs/api/tasks.md", "markdown", "# Tasks of the API\n\nIt has no boxes: only words.\n"],
        ["TODO.md", "markdown", ""],
        ["tasks/tasks.json", "json", '{ "version": "2.0.0", "jobs": [] }'],
      ] as const) {
        const textDocument = { uri: PROJECT + path };
        editor.open(text, textDocument.uri, language);
        assert.deepEqual(await topOf(editor, path), [], path);
        assert.equal(await editor.connection.sendRequest(DocumentSymbolRequest.type, { textDocument }), null, path);
        assert.deepEqual((await editor.diagnostics(1, textDocument.uri)).diagnostics, [], path);
      }
      assert.deepEqual(editor.bugs, []);
    }));

  it("are told what is wrong with a tasks.json that can only be Task Master's", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      const uri = `${PROJECT}.taskmaster/tasks/tasks.json`;
      editor.open('{ "master": { "tasks": [ } }', uri, "json");
      const { diagnostics } = await editor.diagnostics(1, uri);
      assert.deepEqual(
        diagnostics.map(({ code }) => code),
        ["bad-json"],
      );
    }));

  it("are specs when somebody has said so, and are read anew when that changes", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      const path = "TODO.md";
      editor.world.options.set(path, { dialect: "prose" });
      editor.open("Sweep the floor.\n", PROJECT + path, "markdown");
      assert.deepEqual(await topOf(editor, path), ["Plan", "Execute", "Prose"]);
      editor.close(PROJECT + path);

      const other = "specs/001-x/tasks.md";
      editor.open(SPECKIT, PROJECT + other, "markdown");
      assert.equal((await topOf(editor, other))[2], "Spec Kit · 1 open");
      editor.world.options.set(other, { dialect: "checklist" });
      await editor.connection.sendNotification(DidChangeWatchedFilesNotification.type, {
        changes: [{ uri: `${PROJECT}.planwright/specs.json`, type: 2 }],
      });
      assert.equal((await topOf(editor, other))[2], "Checklist · 1 open");
    }));

  it("requirements have an outline and nothing to plan", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      const path = ".kiro/specs/shop/requirements.md";
      const textDocument = { uri: PROJECT + path };
      editor.open(REQUIREMENTS, textDocument.uri, "markdown");
      assert.deepEqual(await topOf(editor, path), []);
      assert.deepEqual((await editor.diagnostics(1, textDocument.uri)).diagnostics, []);
      const symbols = await editor.connection.sendRequest(DocumentSymbolRequest.type, { textDocument });
      assert.equal(symbols?.[0]?.name, "Requirements Document");
    }));

  it("tell in a hover what a task serves, in the words of the file beside it", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      const path = ".kiro/specs/shop/tasks.md";
      editor.world.options.set(path, {
        companion: { path: ".kiro/specs/shop/requirements.md", text: REQUIREMENTS },
      });
      editor.open("- [ ]* 1. Show goods\n  - _Requirements: 1.1, 7.3_\n", PROJECT + path, "markdown");
      const hover = await editor.connection.sendRequest(HoverRequest.type, {
        textDocument: { uri: PROJECT + path },
        position: { line: 0, character: 14 },
      });
      const text = hover && MarkupContent.is(hover.contents) ? hover.contents.value : "";
      assert.match(text, /Serves:\n- 1\\?\.1: WHEN a good is chosen THEN the system SHALL show it\n- 7\\?\.3$/);
      assert.match(text, /Optional\./);
    }));
});
