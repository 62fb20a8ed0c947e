import assert from "node:assert/strict";
import { TEMPLATE_PLACES, TemplateDialect } from "../../../schemas/operations/spec.ts";
import { isSpecPath } from "../../../schemas/spec-files.ts";
import { lintSpec } from "../../../worker/lint/lint.ts";
import { companionPaths } from "../../../worker/spec/companion.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { newSpec } from "../../../worker/spec/templates/new-spec.ts";
import { agentView, SHELL } from "../../support/planning.ts";

const CAPABILITIES = ["document_analysis", "code_generation", "code_review", "testing", "documentation"];
const AGENTS = [SHELL, agentView("coder", CAPABILITIES, { argv: ["coder"] })];
const NAMES = [
  "log in page",
  "Größe ändern",
  "日本語",
  `x "y" {{z}} \\ *b* [ ] $& </a>`,
  "T001",
  "1.2 up",
  "a".repeat(100),
];

describe("templates of new specs (A0)", () => {
  for (const dialect of TemplateDialect.options) {
    it(`${dialect}: recognised as itself, with nothing to complain about, whatever its name is`, () => {
      for (const name of NAMES) {
        const files = newSpec(dialect, name, 1) ?? [];
        const [main] = files;
        assert.ok(main, name);
        const { path, text } = main;
        assert.ok(isSpecPath(path), path);
        const companion = files.find((file) => companionPaths(path).includes(file.path)) ?? null;
        const { document, findings } = lintSpec({ text, path, options: { companion }, agents: AGENTS });
        assert.equal(document.dialect, dialect, name);
        assert.deepEqual(
          findings.map(({ code, message }) => `${code}: ${message}`),
          [],
          name,
        );
        assert.ok(document.tasks.length >= 4);
        assert.ok(document.tasks.every(({ state }) => state === "open"));
      }
    });

    it(`${dialect}: at the place that people are told, and of a text that ends with a line`, () => {
      const files = newSpec(dialect, "some name", 1) ?? [];
      assert.equal(files[0]?.path, TEMPLATE_PLACES[dialect].replace("NAME", "some-name"));
      for (const { text } of files) assert.match(text, /[^\n]\n$/);
    });
  }

  it("tasks of Kiro and Spec Kit name what stands in the file beside them", () => {
    for (const [dialect, expected] of [
      ["kiro", ["1.1", "1.2", "2.1"]],
      ["speckit", ["US1", "US2"]],
    ] as const) {
      const files = newSpec(dialect, "x", 1) ?? [];
      const [main, companion] = files;
      assert.ok(main && companion);
      const { tasks, requirements } = parseSpec(main.text, main.path, { companion });
      assert.deepEqual([...new Set(tasks.flatMap((task) => task.requirements))].sort(), expected);
      for (const id of expected)
        assert.ok(
          requirements.some((requirement) => requirement.id === id),
          id,
        );
    }
  });

  it("have a title from the name, and no name from nothing", () => {
    assert.equal(newSpec("spec", " log  in\npage.spec.md ", 1)?.[0].path, "log-in-page.spec.md");
    assert.match(newSpec("checklist", "log in", 1)?.[0].text ?? "", /^# Log in\n/);
    assert.equal(newSpec("spec", "!?", 1), null);
    assert.equal(newSpec("speckit", "x", 42)?.[0].path, "specs/042-x/tasks.md");
  });
});
