import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as vscode from "vscode";
import type { SpecFile } from "../../../extension/commands/spec-of.ts";
import type { Parts } from "../../../extension/parts.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import "../../support/vscode/register.ts";

const { askForInputs, declaresInputs } = await import("../../../extension/commands/ask-for-inputs.ts");
const { planSelection, withoutMargin } = await import("../../../extension/commands/plan-words.ts");
const { editor } = await import("../../support/vscode/editor.ts");
const { Uri } = await import("../../support/vscode/values.ts");

const SPEC = `---
inputs:
  target:
    description: Where does it go?
    options: [staging, live]
  version: "1.0"
---

- [ ] Deploy {{version}} to {{target}}
`;

describe("the inputs of a spec (A0)", () => {
  let folder: string;
  let asked: string[];
  const memory = new Map<string, unknown>();

  beforeEach(() => {
    editor.reset();
    memory.clear();
    asked = [];
    folder = mkdtempSync(join(tmpdir(), "planwright-inputs-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function ask(text: string, before: Record<string, string> = {}): Promise<Record<string, string> | undefined> {
    writeFileSync(join(folder, "deploy.spec.md"), text);
    const given = {
      parts: {
        context: {
          workspaceState: {
            get: (key: string) => memory.get(key),
            update: async (key: string, value: unknown) => memory.set(key, value),
          },
        },
      },
      spec: {
        uri: Uri.file(join(folder, "deploy.spec.md")),
        path: "deploy.spec.md",
        session: {
          link: {
            call: async (name: string) => {
              asked.push(name);
              return { document: parseSpec(text, "deploy.spec.md") };
            },
          },
        },
      },
    };
    if (!isCall(given)) throw new Error("no call");
    return askForInputs(given.parts, given.spec, before);
  }

  it("are asked for in their order, as a choice where there is one, and proposed the next time", async () => {
    editor.onPick = ({ items }) => items.find(({ label }) => label === "live");
    const prompts: string[] = [];
    editor.onInput = (prompt, value) => {
      prompts.push(`${prompt}|${value}`);
      return "2.5";
    };
    assert.deepEqual(await ask(SPEC), { target: "live", version: "2.5" });
    assert.deepEqual(prompts, ["The value of version|1.0"]);
    assert.equal(editor.picks[0]?.placeHolder, "Where does it go?");
    assert.match(editor.picks[0]?.title ?? "", /deploy\.spec\.md: target \(1 of 2\)/);
    assert.deepEqual(await ask(SPEC), { target: "live", version: "2.5" });
    assert.deepEqual(
      editor.picks[1]?.items.map(({ label }) => label),
      ["live", "staging"],
      "what was given last comes first",
    );
    assert.equal(prompts[1], "The value of version|2.5");
    assert.deepEqual(await ask(SPEC, { version: "3" }), { target: "live", version: "2.5" });
    assert.equal(prompts[2], "The value of version|3", "what was approved comes before what was given");
  });

  it("are given up as a whole, with nothing kept", async () => {
    editor.onPick = ({ items }) => items[0];
    editor.onInput = () => undefined;
    assert.equal(await ask(SPEC), undefined);
    assert.equal(memory.size, 0);
  });

  it("are not looked for where front matter has none: the worker is not asked", async () => {
    assert.deepEqual(await ask("# Deploy\n\ninputs: none\n\n- [ ] One\n"), {});
    assert.deepEqual(await ask("---\ntitle: x\n---\n\ninputs: [a]\n\n- [ ] One\n"), {});
    assert.deepEqual(asked, []);
  });

  it("are seen in every way of writing the key", () => {
    for (const head of ["---\ninputs: [a]\n---\n", "\uFEFF---\r\ntitle: x\r\n'inputs': a\r\n---\r\n"]) {
      assert.ok(declaresInputs(head), head);
    }
    assert.ok(!declaresInputs("inputs: [a]\n"));
  });
});

describe("the words of a selection (A0)", () => {
  it("of several cursors are one text in the order of the document, and nothing is planned without any", async () => {
    editor.reset();
    const sent: unknown[] = [];
    const session = {
      link: {
        call: async (_name: string, params: unknown) => {
          sent.push(params);
          throw new Error("enough is known");
        },
      },
    };
    const given: unknown = { parts: { session: { of: () => undefined, folders: [session] } }, spec: null };
    if (!isCall(given)) throw new Error("no call");
    const at = (line: number, text: string): object => ({
      start: { line, compareTo: (other: { line: number }) => line - other.line },
      text,
    });
    const select = (...selections: object[]): void => {
      const document = { uri: Uri.parse("untitled:Untitled-1"), getText: (one: { text: string }) => one.text };
      editor.activeEditor = { document, selections };
    };
    select(at(9, "  - [ ] Wash the windows"), at(2, "  - [ ] Sweep the floor"), at(5, ""));
    await assert.rejects(planSelection(given.parts), /enough is known/);
    assert.equal(Reflect.get(Object(sent[0]), "text"), "- [ ] Sweep the floor\n\n- [ ] Wash the windows");
    select(at(2, " "));
    await planSelection(given.parts);
    editor.activeEditor = undefined;
    await planSelection(given.parts);
    assert.equal(sent.length, 1);
    assert.match(editor.messages[1]?.text ?? "", /Select the words/);
  });

  it("lose the margin that they have in common, and nothing else", () => {
    assert.equal(withoutMargin("    - [ ] a\n      - [ ] b\n\n    - [ ] c"), "- [ ] a\n  - [ ] b\n\n- [ ] c");
    assert.equal(withoutMargin("- [ ] a\n  - b"), "- [ ] a\n  - b");
    assert.equal(withoutMargin("\t- a\r\n\t  - b\r\n"), "- a\n  - b\n");
    assert.equal(withoutMargin("\t- a\n    - b"), "\t- a\n    - b");
    assert.equal(withoutMargin(""), "");
  });
});

/** As much of them as is looked at. */
function isCall(value: unknown): value is { parts: Parts; spec: SpecFile & { uri: vscode.Uri } } {
  return typeof value === "object" && value !== null && "parts" in value;
}
