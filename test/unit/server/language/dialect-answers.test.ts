import assert from "node:assert/strict";
import {
  CompletionRequest,
  DefinitionRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  HoverRequest,
  MarkupContent,
  ReferencesRequest,
  RenameRequest,
  type DocumentSymbol,
  type Hover,
  type Location,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { CORPUS } from "../../../support/corpus.ts";
import { withEditor, type EditorClient } from "../../../support/language-client.ts";
import { agentView, SHELL } from "../../../support/planning.ts";

const AGENTS = [SHELL, agentView("coder", ["code_generation"])];

/** A text of a dialect at its own place, with the tongs that a test needs. */
interface Opened {
  readonly text: string;
  readonly uri: string;
  readonly editor: EditorClient;
  /** Asks about the place `shift` characters into the first occurrence of some words. */
  at<T>(method: string, words: string, shift: number, more?: object): Promise<T>;
}

async function opened(path: string, text: string, act: (file: Opened) => Promise<void>): Promise<void> {
  await withEditor({ agents: AGENTS }, async (editor) => {
    const uri = `file:///project/${path}`;
    const companion = { path: ".kiro/specs/x/requirements.md", text: REQUIREMENTS };
    if (path.startsWith(".kiro")) editor.world.options.set(path, { companion });
    editor.open(text, uri);
    const document = TextDocument.create(uri, "", 1, text);
    await act({
      text,
      uri,
      editor,
      at: async (method, words, shift, more = {}) => {
        const found = text.indexOf(words);
        assert.ok(found >= 0, words);
        const position = document.positionAt(found + shift);
        return editor.connection.sendRequest(method, { textDocument: { uri }, position, ...more });
      },
    });
    assert.deepEqual(editor.bugs, []);
  });
}

const REQUIREMENTS = "### Requirement 1: R\n\n#### Acceptance Criteria\n\n1. WHEN asked THE thing SHALL answer\n";

const SPECKIT = `## Phase 1: Setup

- [ ] T001 Make the folders
- [ ] T002 [P] [US1] Write src/a.ts (depends on T001)

## Phase 2: Rest

- [ ] T003 Look at it (depends on T001,
      T002)
`;

const KIRO = `# Plan

- [ ] 1. Begin
  - [ ] 1.1 Model
    - _Requirements: 1.1_
  - [ ] 1.2 View
    - _Depends: 1.1_

## Task Dependency Graph

\`\`\`json
{"waves": [{"id": 0, "tasks": ["1.1"]}, {"id": 1, "tasks": ["1.2"]}]}
\`\`\`
`;

const TASKMASTER = `{
  "master": {
    "tasks": [
      { "id": 1, "title": "Begin", "status": "done" },
      {
        "id": 2,
        "title": "Go on",
        "status": "pending",
        "dependencies": [1],
        "subtasks": [
          { "id": 1, "title": "First" },
          { "id": 2, "title": "Second", "dependencies": [1] }
        ]
      }
    ]
  },
  "feature": {
    "tasks": [{ "id": 1, "title": "Other", "dependencies": [] }, { "id": 3, "title": "More", "dependencies": ["1"] }]
  }
}
`;

const SPECKIT_PATH = "specs/001-x/tasks.md";
const KIRO_PATH = ".kiro/specs/x/tasks.md";
const TASKMASTER_PATH = ".taskmaster/tasks/tasks.json";

function hoverText(hover: Hover | null): string {
  const contents = hover?.contents;
  return MarkupContent.is(contents) ? contents.value : "";
}

function placesIn(text: string, locations: readonly Location[]): string[] {
  const lines = text.split("\n");
  return locations.map(({ range: { start, end } }) => {
    return `${start.line + 1} ${(lines[start.line] ?? "").slice(start.character, end.character)}`;
  });
}

async function renamed(file: Opened, words: string, shift: number, newName: string): Promise<string> {
  const edit = await file.at<WorkspaceEdit | null>(RenameRequest.method, words, shift, { newName });
  const [change] = edit?.documentChanges ?? [];
  const edits: TextEdit[] = change && "edits" in change ? change.edits.filter((one) => "newText" in one) : [];
  return TextDocument.applyEdits(TextDocument.create("", "", 1, file.text), edits);
}

describe("answers to an editor in other dialects (O2)", () => {
  it("say what a need, a wave and a requirement mean", async () => {
    await opened(SPECKIT_PATH, SPECKIT, async ({ at }) => {
      assert.match(hoverText(await at(HoverRequest.method, "on T001)", 5)), /^\*\*Make the folders\*\*/);
      assert.match(hoverText(await at(HoverRequest.method, "T002)", 2)), /Write src/);
      assert.match(hoverText(await at(HoverRequest.method, "- [ ] T002", 3)), /Write src.*\n\nT002 · line 4/s);
    });
    await opened(KIRO_PATH, KIRO, async ({ at }) => {
      assert.match(hoverText(await at(HoverRequest.method, "Depends: 1.1", 10)), /^\*\*Model\*\*/);
      assert.match(hoverText(await at(HoverRequest.method, '["1.2"]', 3)), /^\*\*View\*\*/);
      assert.match(
        hoverText(await at(HoverRequest.method, "Requirements: 1.1", 15)),
        /WHEN asked THE thing SHALL answer/,
      );
    });
    await opened(TASKMASTER_PATH, TASKMASTER, async ({ at }) => {
      assert.match(hoverText(await at(HoverRequest.method, '"dependencies": [1]', 17)), /^\*\*Begin\*\*/);
      assert.match(hoverText(await at(HoverRequest.method, '"Second", "dependencies": [1]', 27)), /^\*\*First\*\*/);
      assert.match(hoverText(await at(HoverRequest.method, '["1"]', 2)), /^\*\*Other\*\*/);
      assert.match(hoverText(await at(HoverRequest.method, "Go on", 1)), /^\*\*Go on\*\*.*line 5/s);
    });
  });

  it("lead from a name to the task and to all that name it", async () => {
    await opened(SPECKIT_PATH, SPECKIT, async ({ text, at }) => {
      const definition = await at<Location[]>(DefinitionRequest.method, "on T001)", 5);
      assert.deepEqual(placesIn(text, definition), ["3 T001 Make the folders"]);
      const context = { includeDeclaration: true };
      const references = await at<Location[]>(ReferencesRequest.method, "T001 Make", 1, { context });
      assert.deepEqual(placesIn(text, references), ["3 T001", "4 T001", "8 T001"]);
    });
    await opened(KIRO_PATH, KIRO, async ({ text, at }) => {
      const context = { includeDeclaration: false };
      const references = await at<Location[]>(ReferencesRequest.method, "1.1 Model", 1, { context });
      assert.deepEqual(placesIn(text, references), ["7 1.1", "12 1.1"]);
    });
    await opened(TASKMASTER_PATH, TASKMASTER, async ({ text, at }) => {
      const definition = await at<Location[]>(DefinitionRequest.method, '["1"]', 2);
      assert.deepEqual(placesIn(text, definition), ["18 Other"]);
    });
  });

  it("rename an id in all places that name it, and nothing else", async () => {
    await opened(SPECKIT_PATH, SPECKIT, async (file) => {
      assert.equal(await renamed(file, "on T001)", 5, "T010"), SPECKIT.replaceAll("T001", "T010"));
      await assert.rejects(renamed(file, "on T001)", 5, "first"), /write a letter and a number, such as T012/);
      await assert.rejects(renamed(file, "on T001)", 5, "T003"), /There is a task with the id or title "T003"/);
    });
    await opened(KIRO_PATH, KIRO, async (file) => {
      const expected = KIRO.replace("1.1 Model", "1.7 Model")
        .replace("Depends: 1.1", "Depends: 1.7")
        .replace('["1.1"]', '["1.7"]');
      assert.equal(await renamed(file, "1.1 Model", 1, "1.7"), expected);
      await assert.rejects(renamed(file, "1. Begin", 0, "4"), /The numbers of its parts begin with 1/);
    });
    await opened(TASKMASTER_PATH, TASKMASTER, async (file) => {
      const other = TASKMASTER.replace('"id": 1, "title": "Other"', '"id": "other", "title": "Other"').replace(
        '["1"]',
        '["other"]',
      );
      assert.equal(await renamed(file, '["1"]', 2, "other"), other);
      await assert.rejects(renamed(file, '"id": 2, "title": "Second"', 6, "7"), /as a part of its parent/);
    });
    const row = "- [ ] T001 A\n- [ ] T002 B\n- [ ] T003 C (depends on T001-T002)\n";
    await opened(SPECKIT_PATH, row, async (file) => {
      const context = { includeDeclaration: true };
      const references = await file.at<Location[]>(ReferencesRequest.method, "T001 A", 1, { context });
      assert.deepEqual(placesIn(row, references), ["1 T001"]);
      await assert.rejects(renamed(file, "T001", 1, "T009"), /"T001-T002" on line 3 may mean it, too/);
    });
    const unknown = "- [ ] T001 A\n- [ ] T002 B (depends on T001, T099)\n";
    await opened(SPECKIT_PATH, unknown, async (file) => {
      assert.equal(await renamed(file, "T001 A", 1, "T009"), unknown.replaceAll("T001", "T009"));
    });
  });

  it("offer in files of other tools only the attributes that are read there", async () => {
    const labels = async (path: string, text: string, words: string): Promise<string[]> => {
      let found: string[] = [];
      await opened(path, text, async ({ at }) => {
        const { items } = await at<{ items: { label: string }[] }>(CompletionRequest.method, words, words.length);
        found = items.map(({ label }) => label);
      });
      return found;
    };
    const keys = await labels(SPECKIT_PATH, `${SPECKIT}  - c`, "  - c");
    assert.ok(keys.includes("agent") && keys.includes("capability"), keys.join(", "));
    for (const key of ["command", "check", "needs", "id", "task"]) assert.ok(!keys.includes(key), key);
    assert.deepEqual(await labels(SPECKIT_PATH, `${SPECKIT}  - needs: `, "  - needs: "), []);
    assert.ok((await labels(SPECKIT_PATH, `${SPECKIT}  - agent: `, "  - agent: ")).includes("coder"));
    assert.deepEqual(await labels(TASKMASTER_PATH, TASKMASTER, "{\n"), []);
  });

  it("show tags, sections, tasks and subtasks of JSON as symbols and folds", async () => {
    await opened(TASKMASTER_PATH, TASKMASTER, async ({ editor, uri }) => {
      const textDocument = { uri };
      const symbols: DocumentSymbol[] = await editor.connection.sendRequest(DocumentSymbolRequest.method, {
        textDocument,
      });
      const names = (list: readonly DocumentSymbol[]): unknown[] =>
        list.map(({ name, children = [] }) => (children.length > 0 ? [name, names(children)] : name));
      assert.deepEqual(names(symbols), [
        ["master", ["Begin", ["Go on", ["First", "Second"]]]],
        ["feature", ["Other", "More"]],
      ]);
      const folds: { startLine: number; endLine: number }[] = await editor.connection.sendRequest(
        FoldingRangeRequest.method,
        { textDocument },
      );
      assert.ok(folds.some(({ startLine, endLine }) => startLine === 4 && endLine === 13));
    });
  });

  it("come within 50 ms in the largest file of other projects", async () => {
    const [largest] = CORPUS.toSorted((a, b) => b.text.length - a.text.length);
    assert.ok(largest);
    await opened(largest.path, largest.text, async ({ at, editor, uri }) => {
      const ask = async (): Promise<number> => {
        const start = performance.now();
        await at(HoverRequest.method, "- [ ] T0", 7);
        await editor.connection.sendRequest(DocumentSymbolRequest.method, { textDocument: { uri } });
        return (performance.now() - start) / 2;
      };
      const times: number[] = [];
      for (let round = 0; round < 5; round += 1) times.push(await ask());
      assert.ok(Math.min(...times) < 50, times.join(", "));
    });
  });
});
