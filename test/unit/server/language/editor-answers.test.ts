import assert from "node:assert/strict";
import {
  CodeLensRefreshRequest,
  CodeLensRequest,
  CompletionRequest,
  DefinitionRequest,
  DocumentLinkRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  HoverRequest,
  MarkupContent,
  PrepareRenameRequest,
  ReferencesRequest,
  RenameRequest,
  type CompletionItem,
  type DocumentSymbol,
  type Hover,
  type Position,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { LastRun, StepRun } from "../../../../worker/server/language/language-host.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { SPEC_URI, withEditor, type EditorClient } from "../../../support/language-client.ts";
import { agentView, SHELL, SIMULATED } from "../../../support/planning.ts";

const CODER = agentView("coder", ["code_generation"], { name: "The coder" });
const AWAY = agentView("away", ["testing"], { available: false, unavailableReason: "program 'x' is not on PATH" });
const AGENTS = [SHELL, SIMULATED, CODER, AWAY];
const textDocument = { uri: SPEC_URI };

const SPEC = `---
title: Two things
budget: 5 USD
---

# Two things

## First

- [ ] Build it
  - id: build
  - agent: coder
  - duration: 5m
  - cost: 0.25
  - output: out/app.js
  - locks: db

- [ ] Deliver it
  - needs: build
  - command: [echo, done]

## Second

- [ ] Look at it
  - id: look
  - needs: build

  \`\`\`sh
  ls
  \`\`\`
`;

/** The place of a mark \`|\` in a text, and the text without it. */
function marked(text: string): { text: string; position: Position } {
  const at = text.indexOf("|");
  const plain = text.slice(0, at) + text.slice(at + 1);
  return { text: plain, position: TextDocument.create("", "", 1, plain).positionAt(at) };
}

function place(text: string, words: string, into = 0): Position {
  const at = text.indexOf(words);
  assert.ok(at >= 0, words);
  return TextDocument.create("", "", 1, text).positionAt(at + into);
}

function run(steps: Record<string, Partial<StepRun>>, more: Partial<LastRun> = {}): LastRun {
  const plain: StepRun = { status: "completed", duration: 2_000, cost: 0.5, simulated: false, attempts: 1 };
  return {
    executionId: "run-1",
    status: "completed",
    simulated: false,
    duration: 65_000,
    cost: 1,
    currency: "USD",
    steps: new Map(Object.entries(steps).map(([id, step]) => [id, { ...plain, ...step }])),
    ...more,
  };
}

async function lensesOf(editor: EditorClient): Promise<string[]> {
  const lenses = (await editor.connection.sendRequest(CodeLensRequest.type, { textDocument })) ?? [];
  for (const { command } of lenses) assert.match(command?.title ?? "", /^\$\(\S+\)\u00A0\S/, "no space that gets lost");
  return lenses.map(
    ({ range, command }) =>
      `${range.start.line + 1}: ${command?.title.replace("\u00A0", " ")} → ${command?.command}(${String(command?.arguments)})`,
  );
}

/** Something is asked and answered, so that what was under way has arrived. */
async function foldsOf(editor: EditorClient): Promise<void> {
  await editor.connection.sendRequest(FoldingRangeRequest.type, { textDocument });
}

describe("lenses (O2)", () => {
  it("offer Plan and Execute at the top and Run from here at each section and step before the first run", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      editor.open(SPEC);
      assert.deepEqual(await lensesOf(editor), [
        `1: $(list-tree) Plan → planwright.plan(${SPEC_URI})`,
        `1: $(play) Execute → planwright.execute(${SPEC_URI})`,
        `8: $(debug-continue-small) Run from here → planwright.runFrom(${SPEC_URI},build)`,
        `22: $(debug-continue-small) Run from here → planwright.runFrom(${SPEC_URI},look)`,
        `10: $(debug-continue-small) Run from here → planwright.runFrom(${SPEC_URI},build)`,
        `18: $(debug-continue-small) Run from here → planwright.runFrom(${SPEC_URI},deliver-it)`,
        `24: $(debug-continue-small) Run from here → planwright.runFrom(${SPEC_URI},look)`,
      ]);
    }));

  it("tell state, duration and cost of the last run at the top, at sections and at tasks", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      editor.world.run = run(
        {
          build: {},
          "deliver-it": { status: "failed", attempts: 3, cost: null },
          look: { status: "skipped", attempts: 0, duration: null, cost: 0 },
        },
        { status: "failed" },
      );
      editor.open(SPEC);
      assert.deepEqual(
        (await lensesOf(editor)).filter((lens) => !lens.includes("Run from") && !/Plan →|Execute →/.test(lens)),
        [
          `1: $(error) failed · 1m05s · 1.00 USD → planwright.openPlan(${SPEC_URI},run-1)`,
          `8: $(error) 1 completed, 1 failed · 4s · 0.50 USD → planwright.openPlan(${SPEC_URI},run-1)`,
          "8: $(output) Open log → planwright.openLog(run-1)",
          `22: $(debug-step-over) 1 skipped → planwright.openPlan(${SPEC_URI},run-1)`,
          `10: $(pass) completed · 2s · 0.50 USD → planwright.openPlan(${SPEC_URI},run-1,build)`,
          "10: $(output) Open log → planwright.openLog(run-1,build)",
          `18: $(error) failed · 2s · cost unknown · 3 attempts → planwright.openPlan(${SPEC_URI},run-1,deliver-it)`,
          "18: $(output) Open log → planwright.openLog(run-1,deliver-it)",
          `24: $(debug-step-over) skipped → planwright.openPlan(${SPEC_URI},run-1,look)`,
        ],
      );
    }));

  it("say that an execution waits for a person", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      editor.world.run = run({ build: {} }, { status: "waiting" });
      editor.open(SPEC);
      assert.match((await lensesOf(editor))[2] ?? "", /^1: \$\(bell-dot\) waits for you · /);
    }));

  it("say where something was only simulated", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      editor.world.run = run({ build: { simulated: true } }, { simulated: true });
      editor.open(SPEC);
      const lenses = await lensesOf(editor);
      assert.match(lenses[2] ?? "", /completed · 1m05s · 1\.00 USD · simulated/);
      assert.equal(lenses.filter((lens) => lens.includes("simulated")).length, 2);
    }));

  it("are asked for anew after an execution has moved, at most once a second, and not when nothing is new", async () => {
    const clock = new FakeClock();
    await withEditor({ agents: AGENTS, clock }, async (editor) => {
      let asked = 0;
      editor.connection.onRequest(CodeLensRefreshRequest.type, () => {
        asked += 1;
      });
      editor.open(SPEC);
      await lensesOf(editor);
      for (let index = 0; index < 50; index += 1) editor.world.moved();
      await clock.advance(1_000);
      await lensesOf(editor);
      assert.equal(asked, 0);
      editor.world.run = run({ build: { status: "running" } }, { status: "running" });
      for (let index = 0; index < 50; index += 1) editor.world.moved();
      await clock.advance(999);
      await foldsOf(editor);
      assert.equal(asked, 0);
      await clock.advance(1);
      await foldsOf(editor);
      assert.equal(asked, 1);
    });
  });

  it("leave out the tasks of a huge spec and keep its top", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      editor.open(Array.from({ length: 3_000 }, (_, index) => `- [ ] Task ${index}`).join("\n"));
      assert.equal((await lensesOf(editor)).length, 2);
    }));

  it("are not shown in a file outside of the folder", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      editor.open(SPEC, "untitled:Untitled-1");
      const lenses = await editor.connection.sendRequest(CodeLensRequest.type, {
        textDocument: { uri: "untitled:Untitled-1" },
      });
      assert.deepEqual(lenses, []);
    }));
});

async function hoverOf(editor: EditorClient, position: Position): Promise<string> {
  const answer: Hover | null = await editor.connection.sendRequest(HoverRequest.type, { textDocument, position });
  return answer && MarkupContent.is(answer.contents) ? answer.contents.value : "";
}

describe("hovers (O2)", () => {
  it("tell agent, estimate, dependencies with their reasons, locks and the last run of a task", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      editor.world.run = run({ look: { status: "failed" } });
      editor.open(SPEC);
      const build = await hoverOf(editor, place(SPEC, "Build it"));
      assert.match(build, /^\*\*Build it\*\*/);
      assert.match(build, /Agent: coder \(named in the spec\)/);
      assert.match(build, /Capability: code\\_generation/);
      assert.match(build, /Estimate: 5m \(as the spec says\) · 0\.25 USD \(as the spec says\)/);
      assert.match(build, /Waits for nothing\./);
      assert.match(build, /Uses alone:\n- db: named in the spec/);
      const look = await hoverOf(editor, place(SPEC, "Look at it"));
      assert.match(look, /Waits for:\n- Build it \(build\): /);
      assert.match(look, /Last run: failed · 2s · 0\.50 USD/);
    }));

  it("tell what a key means, and which task a name in needs means", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      editor.open(SPEC);
      assert.match(await hoverOf(editor, place(SPEC, "output:")), /Files that must exist after the task/);
      assert.match(await hoverOf(editor, place(SPEC, "budget:")), /What one execution may cost/);
      assert.match(await hoverOf(editor, place(SPEC, "needs: build", 8)), /^\*\*Build it\*\*/);
      assert.equal(await hoverOf(editor, { line: 7, character: 0 }), "");
    }));

  it("show a hostile title as text: no link, no command, no HTML, no hidden direction (SEC20)", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      const title = "<img src=x onerror=y> [x](command:evil) \u202Eevil $(zap) https://e.example `a` ![i](u)";
      const text = `- [ ] ${title}\n  - id: a\n- [ ] B\n  - id: b\n`;
      editor.open(text);
      for (const words of ["<img", "B"]) {
        const hover = await hoverOf(editor, place(text, words));
        const escaped = hover.replace(/\\[!-/:-@[-`{-~]/g, "");
        assert.doesNotMatch(escaped, /[<>[\]`!]|\]\(|https?:\/\/|\$\(/, hover);
        assert.doesNotMatch(hover, /\u202E/);
      }
      assert.match(await hoverOf(editor, place(text, "<img")), /⟨U\\\+202E⟩/);
    }));
});

async function completionsOf(text: string, act: (items: CompletionItem[], plain: string) => void): Promise<void> {
  await withEditor({ agents: AGENTS }, async (editor) => {
    const { text: plain, position } = marked(text);
    editor.open(plain);
    const answer = await editor.connection.sendRequest(CompletionRequest.type, { textDocument, position });
    assert.ok(answer && "items" in answer);
    assert.deepEqual(editor.bugs, []);
    act(answer.items, plain);
  });
}

function labels(items: readonly CompletionItem[]): string[] {
  return items.map(({ label }) => label);
}

describe("completion (O2)", () => {
  it("offers the attributes that a task does not have, with what they mean", () =>
    completionsOf("- [ ] A\n  - id: a\n  - c|\n  - cost: 1\n- [ ] B\n  - needs: a\n", (items) => {
      const names = labels(items);
      for (const absent of ["id", "cost"]) assert.ok(!names.includes(absent), absent);
      for (const present of ["needs", "command", "capability", "agent"]) assert.ok(names.includes(present), present);
      assert.match(
        JSON.stringify(items.find(({ label }) => label === "capability")),
        /What the task asks of its agent/,
      );
    }));

  it("offers nothing where a bullet belongs to no task", () =>
    completionsOf("Some text\n\n- a|\n", (items) => assert.deepEqual(items, [])));

  it("offers agents, those that can be used first, and why others cannot", () =>
    completionsOf("- [ ] A\n  - agent: |\n", (items) => {
      const sorted = items.toSorted((a, b) => ((a.sortText ?? "") < (b.sortText ?? "") ? -1 : 1));
      assert.deepEqual(labels(sorted), ["shell", "coder", "simulated", "away"]);
      assert.match(
        items.find(({ label }) => label === "away")?.detail ?? "",
        /not available: program 'x' is not on PATH/,
      );
      assert.match(items.find(({ label }) => label === "simulated")?.detail ?? "", /only simulates/);
    }));

  it("offers capabilities with the agents that have them", () =>
    completionsOf("- [ ] A\n  - capability: te|\n", (items) => {
      assert.deepEqual(labels(items), ["command", "code_generation", "testing"]);
      assert.match(items[2]?.detail ?? "", /simulated, away \(not available\)/);
    }));

  it("offers the ids of other tasks with their titles, without those that are there", () =>
    completionsOf(
      "- [ ] Alpha\n  - id: a\n- [ ] Beta\n  - id: b\n- [ ] Gamma\n  - id: c\n  - needs: a, |\n- [ ] Delta\n",
      (items) => {
        assert.deepEqual(
          items.map(({ label, detail }) => [label, detail]),
          [
            ["b", "Beta"],
            ["delta", "Delta"],
          ],
        );
      },
    ));

  it("offers ids among bullets below needs", () =>
    completionsOf("- [ ] Alpha\n  - id: a\n- [ ] Beta\n  - needs:\n    - |\n", (items) => {
      assert.deepEqual(labels(items), ["a", "none"]);
    }));

  for (const [key, values] of [
    ["onFailure", ["pause", "continue", "tolerate", "fail-fast"]],
    ["idempotent", ["yes", "no"]],
  ] as const) {
    it(`offers the values of ${key}`, () =>
      completionsOf(`- [ ] A\n  - ${key}: |\n`, (items) => assert.deepEqual(labels(items), values)));
  }

  it("offers codes of failures", () =>
    completionsOf("- [ ] A\n  - retryOn: timeout, rate|\n", (items) => {
      assert.ok(!labels(items).includes("timeout"));
      assert.ok(labels(items).includes("rate_limit"), String(labels(items)));
      assert.ok(!labels(items).includes("any"));
    }));

  it("offers keys and values of the front matter", async () => {
    await completionsOf("---\ntitle: x\nm|\n---\n- [ ] A\n", (items) => {
      assert.ok(labels(items).includes("maxConcurrent"));
      assert.ok(!labels(items).includes("title"));
    });
    await completionsOf("---\nonFailure: |\n---\n- [ ] A\n", (items) => assert.ok(labels(items).includes("fail-fast")));
    await completionsOf("---\nbudget:\n  mode: |\n---\n- [ ] A\n", (items) =>
      assert.deepEqual(labels(items), ["warn", "enforce", "approve"]),
    );
  });

  it("offers a new task where a line is empty", () =>
    completionsOf("- [ ] A\n\n|\n", (items) => {
      assert.deepEqual(labels(items), ["task", "command task", "parallel task"]);
    }));
});

describe("names of tasks (O2)", () => {
  it("lead to the task, and to all places that name it", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      editor.open(SPEC);
      const position = place(SPEC, "needs: build", 8);
      const definition = await editor.connection.sendRequest(DefinitionRequest.type, { textDocument, position });
      assert.deepEqual(JSON.stringify(definition).match(/"line":\d+/g), ['"line":9', '"line":9']);
      const references = await editor.connection.sendRequest(ReferencesRequest.type, {
        textDocument,
        position,
        context: { includeDeclaration: true },
      });
      assert.deepEqual(
        references?.map(({ range }) => range.start.line),
        [10, 18, 25],
      );
    }));

  it("are renamed everywhere at once", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      editor.open(SPEC);
      const position = place(SPEC, "id: build", 5);
      const prepared = await editor.connection.sendRequest(PrepareRenameRequest.type, { textDocument, position });
      assert.match(JSON.stringify(prepared), /"placeholder":"build"/);
      const edit = await editor.connection.sendRequest(RenameRequest.type, { textDocument, position, newName: "make" });
      const [change] = edit?.documentChanges ?? [];
      assert.ok(change && "edits" in change);
      const edits = change.edits.filter((one) => "newText" in one);
      const renamed = TextDocument.applyEdits(TextDocument.create("", "", 1, SPEC), edits);
      assert.equal(renamed, SPEC.replaceAll(/(id|needs): build/g, "$1: make"));
    }));

  for (const [why, words, newName, message] of [
    ["a name that cannot be one", "id: build", "two words", /cannot be an id/],
    ["the name of another task", "id: build", "look", /already/],
    ["a task without an id", "Deliver it", "x", /no `id` of its own/],
  ] as const) {
    it(`are not renamed to or from ${why}`, () =>
      withEditor({ agents: AGENTS }, async (editor) => {
        editor.open(SPEC);
        const position = place(SPEC, words, 5);
        await assert.rejects(
          editor.connection.sendRequest(RenameRequest.type, { textDocument, position, newName }),
          message,
        );
        assert.deepEqual(editor.bugs, []);
      }));
  }
});

describe("structure of a spec (O2)", () => {
  it("shows sections with their tasks", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      editor.open("# T\n## A\n- [ ] One\n  - [ ] Part\n## B\n- [x] Two\n  - id: two\n");
      const symbols = await editor.connection.sendRequest(DocumentSymbolRequest.type, { textDocument });
      const tree = (list: readonly DocumentSymbol[]): unknown[] =>
        list.map(({ name, detail, children = [] }) => [detail ? `${name} (${detail})` : name, ...tree(children)]);
      const nested = (symbols ?? []).filter((one): one is DocumentSymbol => "selectionRange" in one);
      assert.deepEqual(tree(nested), [["T", ["A", ["One", ["Part"]]], ["B", ["Two (two · done)"]]]]);
    }));

  it("folds front matter, sections, tasks and code", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      editor.open(SPEC);
      const folds = await editor.connection.sendRequest(FoldingRangeRequest.type, { textDocument });
      const lines = folds?.map(({ startLine, endLine }) => `${startLine + 1}-${endLine + 1}`).toSorted();
      assert.deepEqual(lines, ["1-4", "10-16", "18-20", "22-30", "24-30", "28-30", "6-30", "8-20"].toSorted());
    }));

  it("links the files that are there", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      editor.world.files.add("out/app.js");
      editor.open(SPEC.replace("out/app.js", "out/app.js, out/absent.js"));
      const links = await editor.connection.sendRequest(DocumentLinkRequest.type, { textDocument });
      assert.deepEqual(
        links?.map(({ target }) => target),
        ["file:///project/out/app.js"],
      );
    }));
});

describe("diagnostics in the editor (A6)", () => {
  it("stand at the words that they are about, with the other places", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      const text = "- [ ] A\n  - id: a\n- [ ] B\n  - id: a\n- [ ] C\n  - needs: nobody, a\n";
      editor.open(text);
      const { diagnostics } = await editor.diagnostics();
      const told = diagnostics.map(({ code, range, relatedInformation = [] }) => {
        const words = TextDocument.create("", "", 1, text).getText(range);
        return `${code} at "${words}"${relatedInformation.map((one) => `, line ${one.location.range.start.line + 1}`).join("")}`;
      });
      assert.deepEqual(told, [
        'duplicate-id at "a", line 2',
        'unknown-dependency at "nobody"',
        'duplicate-reference at "a", line 2, line 4',
      ]);
    }));

  it("follow unsaved edits, and go with the document", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      editor.open("- [ ] A\n  - needs: nobody\n");
      assert.equal((await editor.diagnostics(1)).diagnostics.length, 1);
      editor.change(2, [
        { range: { start: { line: 1, character: 11 }, end: { line: 1, character: 17 } }, text: "none" },
      ]);
      assert.deepEqual((await editor.diagnostics(2)).diagnostics, []);
      editor.close();
      assert.deepEqual((await editor.diagnostics()).diagnostics.length, 1);
    }));

  it("are those of the text alone in a file outside of the folder", () =>
    withEditor({ agents: [] }, async (editor) => {
      editor.open("- [ ] A\n  - timeout: soon\n", "untitled:Untitled-1");
      const { diagnostics } = await editor.diagnostics(1, "untitled:Untitled-1");
      assert.deepEqual(
        diagnostics.map(({ code }) => code),
        ["bad-value"],
      );
    }));

  it("say what to do in the words of an editor, not of the command line", () =>
    withEditor({ agents: [SHELL] }, async (editor) => {
      editor.open("- [ ] Draw it\n");
      const [only] = (await editor.diagnostics()).diagnostics;
      assert.match(JSON.stringify(only?.message), /has no agent: .*; name an agent here, or choose one in the plan"$/);
      assert.doesNotMatch(JSON.stringify(only?.message), /--/);
    }));

  it("stand at the first line of prose that has no tasks, not under all of it", () =>
    withEditor({ agents: [SHELL] }, async (editor) => {
      editor.open("# Tasks\n\nPlease build a shed.\n\nWith a door.\n");
      const { diagnostics } = await editor.diagnostics();
      assert.ok(diagnostics.length > 0);
      assert.deepEqual(
        new Set(diagnostics.map(({ range }) => `${range.start.line}-${range.end.line}`)),
        new Set(["0-0"]),
      );
    }));

  it("come from a thread for a large spec, the same as from here", () =>
    withEditor({ agents: AGENTS }, async (editor) => {
      const tasks = Array.from(
        { length: 1_000 },
        (_, index) => `- [ ] Task ${index}\n  - id: t${index}\n  - agent: coder\n`,
      );
      editor.open(`${tasks.join("")}- [ ] Last\n  - needs: t999, nobody\n`);
      const { diagnostics } = await editor.diagnostics();
      assert.deepEqual(
        diagnostics.map(({ code }) => code),
        ["unknown-dependency"],
      );
      assert.match(await hoverOf(editor, { line: 3, character: 8 }), /Agent: coder/);
      assert.deepEqual(editor.bugs, []);
    }));
});
