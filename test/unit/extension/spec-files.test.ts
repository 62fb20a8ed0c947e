import assert from "node:assert/strict";
import { matchesGlob } from "node:path";
import { isCompanionPath, isSpecPath, isWorthReading, SPEC_FILES } from "../../../schemas/spec-files.ts";

const SPECS = [
  "login.spec.md",
  "docs/a b/login.spec.md",
  "specs/001-login/tasks.md",
  "packages/web/specs/001-login/tasks.md",
  ".specify/specs/001-login/tasks.md",
  ".kiro/specs/login/tasks.md",
  ".kiro/specs/auth/login/tasks.md",
  "app/.kiro/specs/login/tasks.md",
  ".sce/specs/login/tasks.md",
  "openspec/changes/add-login/tasks.md",
  "openspec/changes/archive/2026-01-02-add-login/tasks.md",
  ".taskmaster/tasks/tasks.json",
  "app/.taskmaster/tasks/tasks.json",
  "tasks/tasks.json",
  "docs/stories/1.1.story.md",
  "TODO.md",
  "docs/todo.md",
  ".planwright/specs/fix-the-test-1a2b.md",
];

const OTHERS = [
  "README.md",
  "tasks.md",
  "docs/tasks.md",
  "specs/tasks.md",
  "specs/001-login/plan.md",
  "specs/001-login/tasks.md.bak",
  ".kiro/steering/tasks.md",
  "openspec/specs/login/spec.md",
  ".vscode/tasks.json",
  "tasks.json",
  "xtasks/tasks.json",
  "MYTODO.md",
  "spec.md",
  ".planwright/reports/run.md",
];

/** Node's globs leave out hidden folders, those of VS Code and of the table do not. */
function matches(path: string, glob: string): boolean {
  const shown = (text: string): string => text.replace(/(^|\/)\./g, "$1_");
  return matchesGlob(shown(path), shown(glob));
}

describe("the places of specs (A1)", () => {
  it("are those of every tool, and no others, for globs and paths alike", () => {
    for (const path of SPECS) {
      assert.ok(isSpecPath(path), path);
      assert.ok(
        SPEC_FILES.some((glob) => matches(path, glob)),
        `${path} by glob`,
      );
    }
    for (const path of OTHERS) {
      assert.ok(!isSpecPath(path), path);
      assert.ok(!SPEC_FILES.some((glob) => matches(path, glob)), `${path} by glob`);
    }
  });

  it("are the same on Windows and below any folder", () => {
    assert.ok(isSpecPath(String.raw`C:\work\app\.kiro\specs\login\tasks.md`));
    assert.ok(isSpecPath("/srv/app/openspec/changes/x/tasks.md"));
    assert.ok(!isSpecPath(String.raw`C:\work\app\.vscode\tasks.json`));
  });

  it("have requirements beside some of them, which are no specs", () => {
    assert.ok(isCompanionPath(".kiro/specs/login/requirements.md"));
    assert.ok(!isSpecPath(".kiro/specs/login/requirements.md"));
    assert.ok(!isCompanionPath("docs/requirements.md"));
  });

  it("are looked into only where they can be meant: other programs have a tasks/tasks.json, too", () => {
    const worth = (path: string, text: string): boolean => isWorthReading(path, () => text);
    assert.ok(!worth("/home/me/app/tasks/tasks.json", '{"jobs": [{"tasks": 3}]}'));
    assert.ok(worth("/home/me/app/tasks/tasks.json", '{"tasks":\n [{"id": 1}]}'));
    assert.ok(worth("/home/me/app/tasks/tasks.json", '{"master": {"tasks": []}}'));
    assert.ok(worth("c:\\app\\.taskmaster\\tasks\\tasks.json", ""));
    assert.ok(worth("/home/me/app/TODO.md", ""));
  });
});
