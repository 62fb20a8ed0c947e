import assert from "node:assert/strict";
import type { SpecDocument } from "../../../schemas/spec.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { told } from "../../support/planning.ts";

const PATH = ".kiro/specs/shop/tasks.md";

function kiro(text: string, optional = false): SpecDocument {
  return parseSpec(text, PATH, { optional });
}

/** Each task with its state and the task that it is a part of. */
function tree({ tasks }: SpecDocument): string[] {
  return tasks.map(({ id, parent, state, title }) => `${id} in ${parent ?? "-"}: ${title}, ${state}`);
}

describe("spec: Kiro's tasks (A1)", () => {
  it("makes the tree from the numbers, whatever the indentation", () => {
    const nested = kiro("- [ ] 1. A\n  - [x] 1.1 B\n    - [ ] 1.1.1 C\n- [ ] 2. D\n");
    const flat = kiro("- [ ] 1. A\n- [x] 1.1 B\n- [ ] 1.1.1 C\n\n- [ ] 2. D\n");
    const mixed = kiro("- [ ] 1. A\n- [x] 1.1 B\n    - [ ] 1.1.1 C\n  - [ ] 2. D\n");
    assert.deepEqual(tree(nested), [
      "1 in -: A, open",
      "1.1 in 1: B, done",
      "1.1.1 in 1.1: C, open",
      "2 in -: D, open",
    ]);
    assert.deepEqual(tree(flat), tree(nested));
    assert.deepEqual(tree(mixed), tree(nested));
  });

  it("puts a task below the nearest number that there is, and below the list that it stands in when numbers begin anew", () => {
    assert.deepEqual(tree(kiro("- [ ] 2. A\n- [ ] 2.1.3 B\n- [ ] 4.1 C\n")), [
      "2 in -: A, open",
      "2.1.3 in 2: B, open",
      "4.1 in -: C, open",
    ]);
    assert.deepEqual(tree(kiro("- [ ] 1. A\n- [ ] 1.1 B\n\n## More\n\n- [ ] 1. C\n- [ ] 1.1 D\n")), [
      "1 in -: A, open",
      "1.1 in 1: B, open",
      "1#2 in -: C, open",
      "1.1#2 in 1#2: D, open",
    ]);
  });

  it("leaves optional tasks out unless they are wanted, however the star is written", () => {
    const text =
      "- [ ] 1. A\n  - [ ]* 1.1 B\n  - [ ]\\* 1.2 C\n  - [~]* 1.3 D\n  - [x]* 1.4 E\n  - [ ] 1.5* F\n- [ ]* 2. G\n  - [ ] 2.1 H\n";
    const states = (document: SpecDocument): string =>
      document.tasks.map(({ id, state }) => `${id} ${state}`).join(", ");
    assert.equal(
      states(kiro(text)),
      "1 open, 1.1 skipped, 1.2 skipped, 1.3 skipped, 1.4 done, 1.5 skipped, 2 skipped, 2.1 skipped",
    );
    assert.equal(
      states(kiro(text, true)),
      "1 open, 1.1 open, 1.2 open, 1.3 open, 1.4 done, 1.5 open, 2 open, 2.1 open",
    );
    assert.deepEqual(
      kiro(text).tasks.flatMap(({ id, optional }) => (optional ? [id] : [])),
      ["1.1", "1.2", "1.3", "1.4", "1.5", "2"],
    );
  });

  it("takes numbers with any punctuation, and boxes without one for text", () => {
    const text =
      "- [ ] 1．构建\n- [ ] 2、测试：全部\n- [ ] 3: C\n- [ ] 4) D\n- [ ] **5. E**\n- [ ] 6 - F\n  - [ ] say hello\n- [ ] no number\n- [ ] 7.5 GB of memory\n- [ ] 7.5a H\n- [ ] 8a model\n- [ ] <a id='9'></a> 9. I\n";
    assert.deepEqual(
      kiro(text).tasks.map(({ ownId, title }) => `${ownId ?? "-"} ${title}`),
      ["1 构建", "2 测试：全部", "3 C", "4 D", "5 E", "6 F", "7.5 GB of memory", "7.5a H", "9 I"],
    );
    assert.equal(kiro(text).tasks[5]?.instructions, "- [ ] say hello");
  });

  it("keeps the requirements of a task, ranges written out, in every way in which they are stated", () => {
    const stated: [string, string[]][] = [
      ["  - _Requirements: 1.1, 2.3_", ["1.1", "2.3"]],
      ["  - _Requirements: 1.1-1.3, 4_", ["1.1", "1.2", "1.3", "4"]],
      ["  - _Requirements: 4.4, 4.4a_", ["4.4", "4.4a"]],
      ["  - **Validates: Requirements 1.1–1.3, 2.2**", ["1.1", "1.2", "1.3", "2.2"]],
      ["  - *Requirements: 3.1 to 3.3*", ["3.1", "3.2", "3.3"]],
      ["  - **Requirements:** 1.1 and 1.2", ["1.1", "1.2"]],
      ["  - Requirements: 1.1, 1.2", ["1.1", "1.2"]],
      ["  - _需求：1.1、1.2_", ["1.1", "1.2"]],
      ["  - _Requirements: 1.1,\n    2.2_", ["1.1", "2.2"]],
      ["  - _Requirements: 1.1_\n  - _Requirements: 1.1, 1.2_", ["1.1", "1.2"]],
      ["  - _Requirements: 1.5-1.2_", ["1.5", "1.2"]],
      ["  - _Requirements: FR-001, FR-009-FR-011_", ["FR-001", "FR-009", "FR-010", "FR-011"]],
      ["  - _Requirements: 1.1\n  - 5.5 seconds at most_", ["1.1"]],
      ["  - Details\n    - _Requirements: 1.1\n    - 5.5 seconds at most_", ["1.1"]],
      ["  - _Requirements:_ [RFC-021 goal](../docs/033-goal.md#77) | 1.2", ["RFC-021", "1.2"]],
      ["  - Requirements: Node 18 and 2 GB", []],
      ["  - The requirements: 1.1", []],
      ["  ```\n  _Requirements: 9.9_\n  ```", ["9.9"]],
    ];
    for (const [body, expected] of stated) {
      assert.deepEqual(kiro(`- [ ] 1. A\n${body}\n`).tasks[0]?.requirements, expected, body);
    }
    const [inTitle] = kiro("- [ ] 1. Build the shop _Requirements: 1.1, 2.2_\n").tasks;
    assert.deepEqual([inTitle?.title, inTitle?.requirements], ["Build the shop", ["1.1", "2.2"]]);
  });

  it("reads what cc-sdd adds: parallel tasks, needs with their place, and boundaries", () => {
    const text =
      "- [ ] 1. A\n- [ ] 1.1 (P) B\n  - _Boundary: Cart, src/cart/, src/my_cart.ts_\n- [ ] 1.2 C (P)\n- [ ] 2. D\n  - _Depends: 1.1, 1.2_\n- [ ] 3. E\n  - _Depends: none_\n- [ ] 4. F\n  - _Depends: nothing that has a number_\n";
    const { tasks } = kiro(text);
    const [, b, c, d, e, f] = tasks;
    assert.deepEqual([b?.parallel, b?.title, c?.parallel, c?.title], [true, "B", true, "C"]);
    assert.deepEqual(b?.attributes.files, ["src/cart/", "src/my_cart.ts"]);
    assert.deepEqual(d?.needs, ["1.1", "1.2"]);
    assert.equal(d.needsRange && text.slice(d.needsRange.start, d.needsRange.end), "1.1, 1.2");
    assert.deepEqual([e?.needs, f?.needs], [[], null]);
  });

  it("takes commands for text, and attributes only as far as they say who works and how", () => {
    const [only] = kiro(
      "- [ ] 1. A\n  - agent: claude\n  - needs: 2\n  - check: rm -rf /\n  ```sh\n  make\n  ```\n",
    ).tasks;
    assert.equal(only?.attributes.agent, "claude");
    assert.deepEqual([only.attributes.command, only.attributes.check, only.needs], [null, null, null]);
    assert.equal(only.instructions, "- needs: 2\n- check: rm -rf /\n```sh\nmake\n```");
  });

  it("is recognised by path, by its marks, and keeps files of others to them", () => {
    const dialect = (text: string, path: string): string => parseSpec(text, path).dialect;
    assert.equal(dialect("- [ ] anything\n- [ ] 1. A\n", PATH), "kiro");
    assert.equal(dialect("- [ ] 1. A\n  - [ ] 1.1 B\n    - _Requirements: 1.1_\n", "docs/tasks.md"), "kiro");
    assert.equal(dialect("- [ ] T001 A\n- [ ] T002 B\n", "docs/tasks.md"), "speckit");
    assert.deepEqual(told(kiro("- [ ] 1. A\n- [ ] 1. B\n").diagnostics), ["warning duplicate-id 2"]);
  });
});
