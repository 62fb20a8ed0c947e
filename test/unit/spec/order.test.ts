import assert from "node:assert/strict";
import { edges, parse, planOf, step, told } from "../../support/planning.ts";

/** Letters are leaf tasks with a command; indentation nests. */
function spec(...lines: string[]): string {
  return lines
    .map((line) => {
      const match = /^( *)(-.*\])(?: (\w))$/.exec(line);
      return match ? `${line}\n${match[1] ?? ""}  - id: ${match[3] ?? ""}` : line;
    })
    .join("\n");
}

const AGENT_FREE = { modifications: [] };

function order(...lines: string[]): string[] {
  return edges(planOf(spec(...lines), AGENT_FREE));
}

describe("spec: order (A2, A3, C1)", () => {
  it("lets items under one heading follow one another", () => {
    assert.deepEqual(order("- [ ] a", "- [ ] b", "", "Text.", "", "1. [ ] c"), ["a <-", "b <- a", "c <- b"]);
  });

  it("does not order headings", () => {
    assert.deepEqual(order("# A", "- [ ] a", "## B", "- [ ] b", "- [ ] c", "# C", "- [ ] d"), [
      "a <-",
      "b <-",
      "c <- b",
      "d <-",
    ]);
  });

  it("starts a [P] group after the last item before it, and waits for the whole group", () => {
    const lines = ["- [ ] a", "- [ ] [P] b", "- [ ] [P] c", "- [ ] d", "- [ ] [P] e"];
    assert.deepEqual(order(...lines), ["a <-", "b <- a", "c <- a", "d <- b c", "e <- d"]);
    const reasons = planOf(spec(...lines)).steps.map(({ reason }) => Object.values(reason.dependencies)[0]);
    assert.deepEqual(reasons, [
      undefined,
      'starts after "a", the last item before the [P] group',
      'starts after "a", the last item before the [P] group',
      'waits for the whole [P] group, which "b" belongs to',
      'starts after "d", the last item before the [P] group',
    ]);
  });

  it("begins with a [P] group at once", () => {
    assert.deepEqual(order("- [ ] [P] a", "- [ ] [P] b", "- [ ] c"), ["a <-", "b <-", "c <- a b"]);
  });

  it("orders children within their parent, after what the parent waits for", () => {
    assert.deepEqual(order("- [ ] a", "- [ ] p", "  - [ ] b", "  - [ ] c", "- [ ] d"), [
      "a <-",
      "b <- a",
      "c <- b",
      "d <- c",
    ]);
  });

  it("runs a parent with work of its own after its children, and others wait for it", () => {
    const lines = ["- [ ] p", "  - command: x", "  - [ ] [P] b", "  - [ ] [P] c", "- [ ] d"];
    assert.deepEqual(order(...lines), ["b <-", "c <-", "p <- b c", "d <- p"]);
    assert.equal(step(planOf(spec(...lines)), "p").reason.dependencies["b"], "runs after its children");
  });

  it("takes needs for a whole subtree, instead of the order among siblings", () => {
    assert.deepEqual(order("- [ ] p", "  - [ ] [P] a", "  - [ ] [P] b", "- [ ] c", "- [ ] d", "  - needs: p"), [
      "a <-",
      "b <-",
      "c <- a b",
      "d <- a b",
    ]);
  });

  it("starts what needs nothing at once, and what follows still waits for all above it", () => {
    assert.deepEqual(order("- [ ] a", "- [ ] b", "  - needs: none", "- [ ] c"), ["a <-", "b <-", "c <- a b"]);
    assert.deepEqual(order("- [ ] a", "- [ ] b", "  - needs: a", "- [ ] c"), ["a <-", "b <- a", "c <- b"]);
  });

  it("lets a parent's needs hold for its children, whatever they need themselves", () => {
    assert.deepEqual(
      order("- [ ] a", "# H", "- [ ] p", "  - needs: a", "  - [ ] b", "  - [ ] c", "    - needs: none", "  - [ ] d"),
      ["a <-", "b <- a", "c <- a", "d <- b c"],
    );
    const reason = step(planOf(spec("- [ ] a", "# H", "- [ ] p", "  - needs: a", "  - [ ] b")), "b").reason;
    assert.equal(reason.dependencies["a"], 'its parent "p" needs it, as stated');
  });

  it("lets a child wait for what it needs and for what its parent waits for", () => {
    assert.deepEqual(order("- [ ] a", "# H", "- [ ] b", "- [ ] p", "  - [ ] c", "    - needs: a"), [
      "a <-",
      "b <-",
      "c <- a b",
    ]);
  });

  it("keeps every stated need, and leaves out what another dependency implies", () => {
    assert.deepEqual(order("- [ ] a", "- [ ] b", "- [ ] c", "  - needs: a, b"), ["a <-", "b <- a", "c <- a b"]);
    const { tasks } = parse(spec("- [ ] a", "- [ ] b", "  - needs: a", "- [ ] c"));
    assert.deepEqual(
      tasks[2]?.order.map((entry) => entry.task),
      ["b"],
    );
  });

  it("waits only for the last of those that follow one another", () => {
    const chain = Array.from({ length: 30 }, (_, i) => `  - [ ] c${i}\n    - command: x`).join("\n");
    const needing = planOf(`- [ ] p\n${chain}\n\n# H\n\n- [ ] q\n  - command: x\n  - needs: p\n`);
    assert.deepEqual(step(needing, "q").dependencies, ["p-c29"]);
    const behind = planOf(`- [ ] p\n${chain}\n\n# Checkpoint\n\n- [ ] q\n  - command: x\n`);
    assert.deepEqual(step(behind, "q").dependencies, ["p-c29"]);
  });

  it("passes through what is done", () => {
    assert.deepEqual(order("- [ ] a", "- [x] b", "- [ ] c", "  - needs: b", "- [ ] d"), ["a <-", "c <-", "d <- a c"]);
    assert.deepEqual(order("- [ ] a", "- [x] b", "- [ ] c"), ["a <-", "c <- a"]);
    assert.deepEqual(order("- [ ] a", "- [ ] [P] b", "- [x] [P] c", "- [x] x", "- [ ] [P] d"), [
      "a <-",
      "b <- a",
      "d <- b",
    ]);
    const plan = planOf("- [x] a\n- [ ] b\n");
    assert.deepEqual(plan.settled, [{ id: "a", title: "a", state: "done", line: 1, requirements: [] }]);
  });

  describe("checkpoints", () => {
    it("hold everything after until everything before is over, in the whole file", () => {
      assert.deepEqual(
        order(
          "# A",
          "- [ ] a",
          "- [ ] b",
          "# B",
          "- [ ] c",
          "",
          "**Checkpoint**",
          "",
          "- [ ] d",
          "- [ ] e",
          "# C",
          "- [ ] f",
        ),
        ["a <-", "b <- a", "c <-", "d <- b c", "e <- d", "f <- b c"],
      );
    });

    it("are never replaced by needs", () => {
      assert.deepEqual(order("- [ ] a", "# Checkpoint", "- [ ] b", "  - needs: none", "- [ ] c", "  - needs: a"), [
        "a <-",
        "b <- a",
        "c <- a",
      ]);
    });

    it("that are steps wait and are waited for", () => {
      const text =
        "- [ ] [P] a\n- [ ] [P] b\n\n# Checkpoint\n\n```sh\ntrue\n```\n\n# Next\n\n- [ ] [P] c\n- [ ] [P] d\n";
      assert.deepEqual(edges(planOf(text)), [
        "a <-",
        "b <-",
        "checkpoint <- a b",
        "c <- checkpoint",
        "d <- checkpoint",
      ]);
      const plan = planOf(text);
      assert.match(step(plan, "c").reason.dependencies["checkpoint"] ?? "", /comes after the checkpoint/);
      assert.match(step(plan, "checkpoint").reason.dependencies["a"] ?? "", /waits for everything before/);
    });

    it("that are bare tasks hold without being steps", () => {
      assert.deepEqual(order("# A", "- [ ] a", "# B", "- [ ] Checkpoint", "- [ ] b", "# C", "- [ ] c"), [
        "a <-",
        "b <- a",
        "c <- a",
      ]);
    });

    it("may stand between the children of a task", () => {
      assert.deepEqual(
        order(
          "- [ ] z",
          "# H",
          "- [ ] p",
          "  - command: x",
          "  - [ ] a",
          "  - [ ] Checkpoint",
          "  - [ ] b",
          "# I",
          "- [ ] c",
        ),
        ["z <-", "a <-", "b <- z a", "p <- b", "c <- z a"],
      );
    });

    it("with children hold before and after them", () => {
      assert.deepEqual(order("- [ ] a", "- [ ] Checkpoint", "  - [ ] [P] b", "  - [ ] [P] c", "# H", "- [ ] d"), [
        "a <-",
        "b <- a",
        "c <- a",
        "d <- b c",
      ]);
    });

    it("that are done still separate", () => {
      assert.deepEqual(order("# A", "- [ ] a", "# B", "- [x] Checkpoint", "# C", "- [ ] c"), ["a <-", "c <- a"]);
    });

    it("become a step where they stand between many and many", () => {
      const many = (letter: string): string[] => Array.from({ length: 100 }, (_, i) => `- [ ] [P] ${letter}${i}`);
      const plan = planOf(
        [...many("a"), "- [ ] Checkpoint", ...many("b")]
          .map((line) => `${line}\n  - command: x`)
          .join("\n")
          .replace("Checkpoint\n  - command: x", "Checkpoint"),
      );
      assert.equal(plan.steps.length, 201);
      assert.equal(step(plan, "checkpoint").dependencies.length, 100);
      assert.deepEqual(step(plan, "b7").dependencies, ["checkpoint"]);
      assert.deepEqual(told(plan.diagnostics), []);
    });

    it("keep the order of thousands small", () => {
      const many = (letter: string): string =>
        Array.from({ length: 1_000 }, (_, i) => `- [ ] [P] ${letter}${i}\n`).join("");
      const { tasks, diagnostics } = parse(`${many("a")}- [ ] Checkpoint\n${many("b")}`);
      assert.deepEqual(told(diagnostics), []);
      assert.deepEqual(tasks.at(-1)?.order, []);
    });

    it("and groups of hundreds do not multiply", () => {
      const lines = Array.from({ length: 30 }, (_, parent) => [
        `- [ ] parent ${parent}`,
        ...Array.from({ length: 100 }, (_, child) => `  - [ ] [P] child ${child}\n    - command: x`),
      ]).flat();
      const plan = planOf(lines.join("\n"));
      const count = plan.steps.reduce((sum, { dependencies }) => sum + dependencies.length, 0);
      assert.ok(count < 3 * plan.steps.length, `${count} dependencies`);
      assert.equal(plan.steps.length, 3_000 + 29);
    });
  });
});
