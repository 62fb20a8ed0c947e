import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { LintReport } from "../../schemas/lint.ts";
import { CliWorld } from "../support/cli.ts";

const FINE = "- [ ] Build\n  - command: make\n- [ ] Test\n  - command: make test\n";
const WRONG = "- [ ] Build\n  - command: make\n  - needs: nowhere\n";
const DOUBTFUL = "- [ ] Build\n  - command: make\n  - retrys: 3\n";
const TASKS = { master: { tasks: [{ id: 1, title: "a", status: "pending", dependencies: [7] }] } };

/** Everything below a folder, with the times of the last changes. */
function contents(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map(
    (name) => `${name} ${statSync(join(folder, name)).mtimeMs}`,
  );
}

describe("planwright lint (A6)", function () {
  this.timeout(30_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
    mkdirSync(join(world.folder, ".git"));
  });
  afterEach(() => world.remove());

  const lint = (...words: string[]): Promise<LintReport> => world.json(LintReport, "lint", ...words);
  const codes = ({ files }: LintReport): string[] =>
    files.flatMap(({ path, findings }) =>
      findings.map(({ code, place }) => `${path}:${place.line}:${place.column} ${code}`),
    );

  it("ends with 0 without errors, 1 with some, 2 for what cannot be looked at", async () => {
    world.write("fine.spec.md", FINE);
    world.write("wrong.spec.md", WRONG);
    world.write("doubtful.spec.md", DOUBTFUL);
    const code = async (...words: string[]): Promise<number | null> => (await world.run("lint", ...words)).code;
    assert.equal(await code("fine.spec.md"), 0);
    assert.equal(await code("wrong.spec.md"), 1);
    assert.equal(await code("doubtful.spec.md"), 0);
    assert.equal(await code("--strict", "doubtful.spec.md"), 1);
    assert.equal(await code("gone.spec.md"), 2);
    assert.equal(await code("fine.spec.md", "wrong.spec.md", "gone.spec.md"), 2);
    assert.equal(await code("--format", "xml"), 2);
    assert.equal(await code("--dialect", "nonsense", "fine.spec.md"), 2);
    assert.equal(await code("--stdin-path", "x.spec.md", "fine.spec.md"), 2);
  });

  it("starts no worker and writes nothing, neither in the folder nor anywhere else", async () => {
    world.write("wrong.spec.md", WRONG);
    world.write(".planwright/agents.json", JSON.stringify({ agents: [] }));
    const before = contents(world.root);
    for (const format of ["table", "json", "sarif", "github"]) await world.run("lint", "--format", format);
    assert.deepEqual(contents(world.root), before);
    assert.equal(world.workerPid(), null);
  });

  it("finds the specs of the workspace at the places where tools have them", async () => {
    world.write("specs/001-shop/tasks.md", "- [ ] T001 Build\n- [ ] T001 Again\n");
    world.write(".specify/specs/002-pay/tasks.md", "- [ ] T001 Build\n- [ ] T002 Again\n");
    world.write("sub/.kiro/specs/shop/tasks.md", "- [ ] 1. Build\n- [ ] 1. Again\n");
    world.write(".taskmaster/tasks/tasks.json", JSON.stringify(TASKS));
    world.write("openspec/changes/add-x/tasks.md", "## 1. Build\n\n- [ ] 1.1 a\n- [ ] 1.1 b\n");
    world.write("sub/shop.spec.md", WRONG);
    world.write("TODO.md", "- [ ] a\n- [ ] b\n");
    world.write("README.md", WRONG);
    world.write("node_modules/x/a.spec.md", WRONG);
    world.write(".cache/a.spec.md", WRONG);
    const report = await lint();
    assert.deepEqual(
      report.files.map(({ path, dialect }) => [path, dialect]),
      [
        [".specify/specs/002-pay/tasks.md", "speckit"],
        [".taskmaster/tasks/tasks.json", "taskmaster"],
        ["TODO.md", "checklist"],
        ["openspec/changes/add-x/tasks.md", "openspec"],
        ["specs/001-shop/tasks.md", "speckit"],
        ["sub/.kiro/specs/shop/tasks.md", "kiro"],
        ["sub/shop.spec.md", "spec"],
      ],
    );
    assert.deepEqual(
      codes(report).map((told) => told.split(" ")[1]),
      ["unknown-dependency", "duplicate-id", "duplicate-id", "duplicate-id", "unknown-dependency"],
    );
    assert.deepEqual(
      (await lint("sub")).files.map(({ path }) => path),
      ["sub/.kiro/specs/shop/tasks.md", "sub/shop.spec.md"],
    );
    assert.deepEqual((await lint("sub", "sub/shop.spec.md", "./sub/shop.spec.md")).files.length, 2);
    assert.equal((await world.run("lint", "node_modules/x")).code, 1);
  });

  it("names files from the workspace, wherever it was called, and others by their whole path", async () => {
    world.write("deep/er/x.spec.md", WRONG);
    const inside = await world.start(["lint", "x.spec.md", "--json"], {}, join(world.folder, "deep/er")).result;
    assert.deepEqual(codes(LintReport.parse(JSON.parse(inside.stdout))), ["deep/er/x.spec.md:3:12 unknown-dependency"]);
    world.write("../other/y.spec.md", WRONG);
    const outside = join(world.root, "other/y.spec.md");
    assert.deepEqual(codes(await lint(outside)), [`${outside}:3:12 unknown-dependency`]);
    const { code, stdout } = await world.run("lint", "-w", world.folder, outside);
    assert.equal(code, 2);
    assert.match(stdout, /is not inside the workspace/);
  });

  it("tells what cannot be used and looks at the rest", async () => {
    world.write("wrong.spec.md", WRONG);
    world.write("binary.spec.md", new Uint8Array([0x2d, 0, 0xff]));
    world.write("latin.spec.md", new Uint8Array([0x2d, 0x20, 0xe9]));
    mkdirSync(join(world.folder, "empty"));
    symlinkSync("nowhere", join(world.folder, "link.spec.md"));
    const report = await lint(".", "empty", "gone.md", "/dev/null");
    assert.deepEqual(codes(report), ["wrong.spec.md:3:12 unknown-dependency"]);
    assert.deepEqual(
      report.problems.map(({ path, message }) => [path, message.split(":")[0]]),
      [
        ["empty", "no specs are in this folder, at the places where tools have them"],
        ["binary.spec.md", "this is a binary file (it contains NUL bytes)"],
        ["latin.spec.md", "this file is not in UTF-8"],
        ["link.spec.md", "this file does not exist"],
        ["gone.md", "this file does not exist"],
        ["/dev/null", "this is no ordinary file"],
      ],
    );
  });

  it("does not pass half a report for a whole one: output that cannot be written is exit code 70", () => {
    world.write("x.spec.md", "- [ ] A\n  - command: x\n");
    const program = fileURLToPath(new URL("../../dist/planwright.mjs", import.meta.url));
    const line = `"$0" "$1" lint --format sarif > /dev/full`;
    const { status, stderr } = spawnSync("/bin/sh", ["-c", line, process.execPath, program], {
      cwd: world.folder,
      encoding: "utf8",
    });
    assert.equal(status, 70, stderr);
    assert.match(stderr, /^planwright: the output could not be written \(ENOSPC\): make room/);
  });

  it("takes no mistake of the spec for one of the workspace: agents count only where the workspace has some", async () => {
    world.write("x.spec.md", "- [ ] Write it\n- [ ] Deploy it\n  - capability: deployment\n");
    assert.deepEqual(codes(await lint("x.spec.md")), []);
    const agent = {
      id: "coder",
      name: "Coder",
      capabilities: [{ name: "code_generation" }],
      adapter: { kind: "command", argv: ["no-such-program"] },
    };
    world.write(".planwright/agents.json", JSON.stringify({ agents: [agent] }));
    const report = await lint("x.spec.md");
    assert.deepEqual(codes(report), ["x.spec.md:2:7 no-agent"]);
    assert.doesNotMatch(report.files[0]?.findings[0]?.message ?? "", /--set/);
    assert.equal(report.files[0]?.findings[0]?.severity, "error");
    world.write("x.spec.md", "- [ ] Review it\n");
    const { code, stdout } = await world.run("lint", "x.spec.md");
    assert.match(stdout, /1:7 +warning +"Review it" has no agent/, "only a word of the title tells what it takes");
    assert.equal(code, 0);
  });

  it("tells settings that cannot be used, with their place", async () => {
    world.write("x.spec.md", FINE);
    world.write(".planwright/agents.json", '{\n  "agents": [,]\n}');
    world.write(".planwright/specs.json", '{"dialects": {"x.spec.md": "latin"}}');
    const report = await lint("x.spec.md");
    assert.deepEqual(
      report.problems.map(({ path, line, column }) => [path, line, column]),
      [
        [".planwright/agents.json", 2, 14],
        [null, null, null],
      ],
    );
    assert.doesNotMatch(report.problems[0]?.message ?? "", /agents\.json/);
    assert.match(
      report.problems[1]?.message ?? "",
      /^\.planwright\/specs\.json:1:15: the dialect of x\.spec\.md must be one of/,
    );
  });

  it("reads a file as --dialect says, else as the workspace says, else as it looks", async () => {
    world.write("list.md", "- [ ] 1.1 a\n  - needs: nowhere\n");
    const dialect = async (...words: string[]): Promise<string | undefined> =>
      (await lint("list.md", ...words)).files[0]?.dialect;
    assert.equal(await dialect(), "spec");
    world.write(".planwright/specs.json", JSON.stringify({ dialects: { "list.md": "kiro" } }));
    assert.equal(await dialect(), "kiro");
    assert.equal(await dialect("--dialect", "OpenSpec"), "openspec");
  });

  it("compares tasks with the requirements beside them", async () => {
    world.write(
      ".kiro/specs/x/requirements.md",
      "# Requirements\n\n### Requirement 1: Shop\n\n#### Acceptance Criteria\n\n1. WHEN a THEN it SHALL b\n2. WHEN c THEN it SHALL d\n",
    );
    world.write(".kiro/specs/x/tasks.md", "# Plan\n\n- [ ] 1. Build\n  - _Requirements: 1.1, 7.3_\n");
    const report = await lint();
    assert.deepEqual(report.files[0]?.findings.map(({ code }) => code).toSorted(), [
      "uncovered-criterion",
      "unknown-requirement",
    ]);
  });

  it("looks at the standard input, under the name that it is given", async () => {
    const through = async (text: string, ...words: string[]): Promise<LintReport> => {
      const { stdout } = await world.feed(text, "lint", "-", "--json", ...words);
      return LintReport.parse(JSON.parse(stdout));
    };
    const named = await through(JSON.stringify(TASKS), "--stdin-path", ".taskmaster/tasks/tasks.json");
    assert.deepEqual(codes(named), [".taskmaster/tasks/tasks.json:1:76 unknown-dependency"]);
    assert.equal((await through(JSON.stringify(TASKS))).files[0]?.dialect, "taskmaster");
    assert.deepEqual(codes(await through(WRONG)), ["<stdin>:3:12 unknown-dependency"]);
  });

  it("says the same as a table, for GitHub Actions and as SARIF, with the characters that a fix replaces", async () => {
    const text =
      "- [ ] Bäu 😀\r\n  - command: make\r\n  - id: build\r\n- [ ] Test\r\n  - needs: biuld\r\n  - command: make\r\n";
    // The mark in front counts for nothing.
    world.write("x.spec.md", `\uFEFF${text}`);
    const table = await world.run("lint", "x.spec.md");
    assert.match(
      table.stdout,
      /^x\.spec\.md \(Planwright\)\n {2}5:12 {2}error {2}"Test" needs "biuld", .* \[unknown-dependency\]\n\n1 file, 2 tasks: 1 error\.\n$/,
    );
    assert.equal(table.stderr, "");
    const github = await world.run("lint", "x.spec.md", "--format", "github");
    assert.match(
      github.stdout,
      /^::error file=x\.spec\.md,line=5,endLine=5,col=12,endColumn=17,title=planwright unknown-dependency::"Test" needs/,
    );
    const Sarif = z.object({ runs: z.tuple([z.object({ results: z.array(z.unknown()) })]) });
    const { stdout, code } = await world.run("lint", "x.spec.md", "--format", "sarif");
    assert.equal(code, 1);
    assert.equal(Sarif.parse(JSON.parse(stdout)).runs[0].results.length, 1);
    const [found] = (await lint("x.spec.md")).files[0]?.findings ?? [];
    assert.ok(found);
    assert.equal(text.slice(found.place.start, found.place.end), "biuld");
    const [change] = found.fixes.find(({ preferred }) => preferred)?.changes ?? [];
    assert.ok(change);
    world.write("y.spec.md", text.slice(0, change.place.start) + change.text + text.slice(change.place.end));
    assert.deepEqual(codes(await lint("y.spec.md")), []);
    world.write("tasks.json", '\uFEFF{"tasks": [7]}');
    assert.deepEqual(codes(await lint("tasks.json")), ["tasks.json:1:12 bad-value"]);
  });

  it("is one file that runs alone, with nothing else of Planwright and without any setting", () => {
    world.write("wrong.spec.md", WRONG);
    const program = join(world.folder, "ci", "planwright-lint.mjs");
    mkdirSync(join(world.folder, "ci"));
    copyFileSync(fileURLToPath(new URL("../../dist/planwright-lint.mjs", import.meta.url)), program);
    const before = contents(world.folder);
    const { status, stdout } = spawnSync(process.execPath, [program, "--format", "github"], {
      cwd: world.folder,
      env: {},
      encoding: "utf8",
    });
    assert.equal(status, 1);
    assert.match(stdout, /^::error file=wrong\.spec\.md,line=3,/m);
    assert.deepEqual(contents(world.folder), before);
  });
});
