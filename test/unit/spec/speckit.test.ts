import assert from "node:assert/strict";
import type { SpecDocument } from "../../../schemas/spec.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { corpusFile, parseCorpusFile } from "../../support/corpus.ts";
import { edges, planOfDocument, reachable, step, task, told } from "../../support/planning.ts";

const PATH = "specs/001-login/tasks.md";

function read(text: string): SpecDocument {
  return parseSpec(text, PATH);
}

/** The one task of a line. */
function readLine(line: string): Pick<SpecDocument["tasks"][number], "ownId" | "title" | "parallel" | "requirements"> {
  const [only, another] = read(`# Tasks\n\n${line}\n`).tasks;
  assert.ok(only && !another, line);
  const { ownId, title, parallel, requirements } = only;
  return { ownId, title, parallel, requirements };
}

describe("spec: Spec Kit (A1)", () => {
  it("reads ids, [P] and stories, in any order and with any marks around them", () => {
    const expected = { ownId: "T001", title: "Do it", parallel: true, requirements: ["US1"] };
    for (const words of [
      "T001 [P] [US1] Do it",
      "T001 [US1] [P] Do it",
      "[P] T001 [US1] Do it",
      "**T001** [P] [US1] Do it",
      "**T001 [P] [US1]** Do it",
      "[T001] [P] [US1] Do it",
      "`T001` [P] [US1] Do it",
      "T001: [P] [US1] Do it",
      "T001 \\[P\\] \\[US1\\] Do it",
      "T001[P][US1]: Do it",
    ])
      assert.deepEqual(readLine(`- [ ] ${words}`), expected, words);
  });

  it("reads the ids that people give, and no others", () => {
    for (const id of ["T001", "T1", "T105a", "T1.1", "T12.3.4", "R001", "T1234"])
      assert.equal(readLine(`- [ ] ${id} Do it`).ownId, id);
    for (const words of ["S3 bucket", "H2 heading", "TASK 1", "t001 lower", "1.1 number", "Todo", "T001x9 word", "T"])
      assert.deepEqual(read(`- [ ] T900 a\n- [ ] ${words}\n`).tasks.length, 1, words);
  });

  it("keeps several stories and requirements, ranges written out, and shows other labels in the title", () => {
    assert.deepEqual(readLine("- [ ] T001 [US1, US2] [FR-001] Do it (FR-010–FR-012) [SC-003]"), {
      ownId: "T001",
      title: "Do it (FR-010–FR-012) [SC-003]",
      parallel: false,
      requirements: ["US1", "US2", "FR-001", "FR-010", "FR-011", "FR-012", "SC-003"],
    });
    assert.equal(readLine("- [ ] T001 [Setup] [P1] Do it").title, "[Setup] [P1] Do it");
    assert.deepEqual(readLine("- [ ] T001 Write `[REQ-001]` and (see US4) and (T002)").requirements, []);
    assert.equal(readLine("- [ ] T001 [the plan](./plan.md) first").title, "[the plan](./plan.md) first");
    assert.deepEqual(readLine("- [x] T001-T005 Setup"), {
      ...{ ownId: "T001", title: "T001-T005 Setup", parallel: false, requirements: [] },
    });
  });

  it("reads what brackets say a task depends on, on whatever line, and where", () => {
    const cases: [words: string, needs: string[] | null, place: string | null][] = [
      ["Do it (depends on T002, T003)", ["T002", "T003"], "T002, T003"],
      ["Do it [depends on T002]", ["T002"], "T002"],
      ["Do it (MVP; depends on T002 and T105a)", ["T002", "T105a"], "T002 and T105a"],
      ["Do it (Depends on: T002–T004)", ["T002", "T003", "T004"], "T002–T004"],
      ["Do it (depends on T002 to T004, not more)", ["T002", "T003", "T004"], "T002 to T004"],
      ["Do it (depends on T002 (model), T004)", ["T002", "T004"], "T002 (model), T004"],
      ["Do it (depends on T002,\n  T004) and more", ["T002", "T004"], "T002,\n  T004"],
      ["Do it\n  - in detail (depends on T002)", ["T002"], "T002"],
      ["Do it (depends on T002) [depends on T004]", ["T002", "T004"], "T002) [depends on T004"],
      ["Do it (depends on T999)", ["T999"], "T999"],
      ["Do it (depends on US1 and FR-001)", null, null],
      ["Do it, which depends on T002", null, null],
      ["Do it (depends on X509 of T002)", ["T002"], "T002"],
      ["Do it (after T002)", null, null],
      ["Do it\n  - Depends on: T002", ["T002"], "T002"],
      ["Do it\n  - text\n  - **Depends on**: T002, T105a.", ["T002", "T105a"], "T002, T105a"],
      ["Do it\n  - **Dependencies:** T002 (the model) ✅, T004", ["T002", "T004"], "T002 (the model) ✅, T004"],
      ["Do it\n  * Dependency: T002-T004 must fail first", ["T002", "T003", "T004"], "T002"],
      ["Do it\n  **Blocked by**: `T002` and T003; unlike T004", ["T002", "T003"], "T002` and T003"],
      ["Do it\n  - Dependencies: none; blocks T004", null, null],
      ["Do it\n  - Dependencies: react 18, T004", null, null],
      ["Do it\n  Depends on: T002\n  (depends on T004)", ["T002", "T004"], "T002\n  (depends on T004"],
      ["Do it\n  - It depends on: T004 and more", null, null],
    ];
    for (const [words, needs, place] of cases) {
      const text = `- [ ] T002 a\n- [ ] T003 b\n- [ ] T004 c\n- [ ] T105a d\n- [ ] T200 ${words}\n`;
      const { needs: found, needsRange } = task(read(text), "T200");
      assert.deepEqual(found, needs, words);
      assert.equal(needsRange && text.slice(needsRange.start, needsRange.end), place, words);
    }
  });

  it("leaves out what a range of ids jumps over", () => {
    const { needs } = task(read("- [ ] T002 a\n- [ ] T004 c\n- [ ] T009 b (depends on T002-T004)\n"), "T009");
    assert.deepEqual(needs, ["T002", "T004"]);
  });

  it("knows the files that a task writes from those that it reads or mentions", () => {
    const cases: [words: string, files: string[]][] = [
      ["Create User model in src/models/user.py", ["src/models/user.py"]],
      ["Add tests to `tests/a.test.ts` and `tests/b.test.ts`", ["tests/a.test.ts", "tests/b.test.ts"]],
      ["Write `README.md`, `docs/x.md` with an example", ["README.md", "docs/x.md"]],
      ["Add progress.txt format to data-model.md", ["data-model.md"]],
      ["Implement it in `src/a.ts` per `contracts/b.md` from src/c.ts:12", ["src/a.ts"]],
      ["Check all of it per `contracts/b.md`", []],
      ["Follow the plan of [plan.md](./plan.md)", []],
      ["Call client.images.pull() at localhost:7337 and see https://x.org/a.html", []],
      ["Write to ~/.app/config.toml and /etc/app.conf and ../out.txt", []],
      ["Change app/[id]/page.tsx:10-20.", ["app/[id]/page.tsx"]],
      ["`src/types.ts` に以下の型を追加する", ["src/types.ts"]],
      ["Ignore it in .gitignore", [".gitignore"]],
    ];
    for (const [words, files] of cases)
      assert.deepEqual(read(`- [ ] T001 ${words}\n`).tasks[0]?.attributes.files, files, words);
    const below = read("### T001 a\n\nFiles: src/a.ts, `src/b.ts`\n\n### T002 b\n");
    assert.deepEqual(below.tasks[0]?.attributes.files, ["src/a.ts", "src/b.ts"]);
  });

  it("warns of [P] tasks that write the same file, and lets them take turns", () => {
    const text = "- [ ] T001 [P] Model in src/a.ts\n- [ ] T002 [P] View in src/b.ts\n- [ ] T003 [P] More in src/a.ts\n";
    const plan = planOfDocument(read(text));
    const found = plan.diagnostics.filter(({ code }) => code === "false-parallel");
    assert.deepEqual(
      found.map(({ steps }) => steps),
      [["T001", "T003"]],
    );
    const locked = plan.steps.filter(({ locks }) => locks.some(({ name }) => name === "file:src/a.ts"));
    assert.deepEqual(
      locked.map(({ id }) => id),
      ["T001", "T003"],
    );
  });

  it("lets phases and checkpoints hold back what follows, and runs [P] tasks of one side by side", () => {
    const plan = planOfDocument(
      read(
        "## Phase 1: Setup\n- [ ] T001 a\n- [ ] T002 [P] b\n- [ ] T003 [P] c\n\n" +
          "## Notes\n\nNone.\n\n## Phase 2: Story\n- [ ] T004 [P] d\n- [ ] T005 [P] e\n\n**Checkpoint**: works\n\n- [ ] T006 [P] f\n",
      ),
    );
    assert.deepEqual(edges(plan), [
      "T001 <-",
      "T002 <- T001",
      "T003 <- T001",
      "T004 <- T002 T003",
      "T005 <- T002 T003",
      "T006 <- T004 T005",
    ]);
    assert.match(JSON.stringify(step(plan, "T004").reason), /an earlier phase than \\"Phase 2: Story\\"/);
  });

  it("has tests over before what makes them pass begins", () => {
    const section = (title: string): string =>
      `## Phase 3\n### ${title}\n- [ ] T001 [P] a\n- [ ] T002 [P] b\n### Implementation\n- [ ] T003 [P] c\n- [ ] T004 d\n`;
    assert.deepEqual(edges(planOfDocument(read(section("Tests for User Story 1 ⚠️")))).slice(2), [
      "T003 <- T001 T002",
      "T004 <- T003",
    ]);
    assert.deepEqual(edges(planOfDocument(read(section("Models")))).slice(2), ["T003 <-", "T004 <- T001 T002 T003"]);
  });

  it("lets a stated dependency take the place of the order within a phase, not of the phase", () => {
    const plan = planOfDocument(
      read("## Phase 1\n- [ ] T001 a\n## Phase 2\n- [ ] T002 b\n- [ ] T003 c\n- [ ] T004 d (depends on T002)\n"),
    );
    assert.deepEqual(edges(plan), ["T001 <-", "T002 <- T001", "T003 <- T002", "T004 <- T002"]);
    assert.ok(reachable(plan).get("T004")?.has("T001"));
  });

  it("takes boxes without an id as text of the task, legends and lists at the end as no task", () => {
    const document = read(
      "## Format\n- [P] = parallel\n- [x] done\n\n## Phase 1\n- [ ] T001 a\n  - [ ] detail\n  - command: rm -rf x\n\n## Done when\n- [ ] it works\n- [ ] it is fast\n",
    );
    assert.deepEqual(
      document.tasks.map(({ id }) => id),
      ["T001"],
    );
    assert.equal(document.tasks[0]?.instructions, "- [ ] detail\n- command: rm -rf x");
    assert.equal(document.tasks[0].attributes.command, null);
    assert.deepEqual(told(document.diagnostics), ["info ignored-task 3"]);
    assert.match(document.diagnostics[0]?.message ?? "", /this box and 2 more are no tasks.*a task id such as T001/);
  });

  it("reads headings with ids as tasks where no box has one, with what stands below them", () => {
    const text =
      "## Phase 1\n\n### T001 [P] [US1] First [FR-001]\n\nFiles: a.ts\n\n- [ ] an output\n\n#### Notes\n\nMore.\n\n**Checkpoint**: so far\n\n## Phase 2\n\n### T002: Second (depends on T001)\n\nText.\n\n## Notes\n\nNo task.\n";
    const document = read(text);
    assert.deepEqual(
      document.tasks.map(({ ownId, title, parallel, requirements, needs, state, box, instructions }) => ({
        ...{ ownId, title, parallel, requirements, needs, state, box, instructions },
      })),
      [
        {
          ...{ ownId: "T001", title: "First [FR-001]", parallel: true, requirements: ["US1", "FR-001"], needs: null },
          ...{ state: "open", box: null, instructions: "Files: a.ts\n\n- [ ] an output\n\n#### Notes\n\nMore." },
        },
        {
          ...{ ownId: "T002", title: "Second (depends on T001)", parallel: false, requirements: [], needs: ["T001"] },
          ...{ state: "open", box: null, instructions: "Text." },
        },
      ],
    );
    assert.deepEqual(
      document.checkpoints.map(({ kind, before }) => `${kind} ${before}`),
      ["checkpoint 1"],
    );
    assert.deepEqual(
      read("### T001 a\n### T002 b\n- [ ] T003 c\n").tasks.map(({ id }) => id),
      ["T003"],
    );
  });

  it("tells a second task of the same id apart, and refuses a reference to both", () => {
    const plan = planOfDocument(read("- [ ] T001 a\n- [ ] T001 b\n- [ ] T002 c (depends on T001)\n"));
    assert.deepEqual(
      plan.steps.map(({ id }) => id),
      ["T001", "T001#2", "T002"],
    );
    assert.deepEqual(
      plan.diagnostics
        .filter(({ severity }) => severity === "error" || severity === "warning")
        .map(({ code }) => code)
        .slice(0, 2),
      ["duplicate-id", "duplicate-reference"],
    );
  });

  it("finds in real files the tasks that say [P] and write one file", () => {
    const plan = planOfDocument(parseCorpusFile(corpusFile("eduops")));
    const found = plan.diagnostics.filter(({ code }) => code === "false-parallel").map(({ steps }) => steps.join(" "));
    assert.deepEqual(found, ["T014 T015", "T095 T096"]);
    assert.deepEqual(task(parseCorpusFile(corpusFile("artgraph--015")), "T017").requirements, [
      ...["SC-001", "SC-002", "SC-003", "SC-004", "SC-005", "SC-006"],
    ]);
  });
});
