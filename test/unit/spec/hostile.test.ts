import assert from "node:assert/strict";
import type { SpecDocument } from "../../../schemas/spec.ts";
import { parse, planOf, told } from "../../support/planning.ts";

const SIZE = 500_000;
const LINES = 20_000;

function fill(piece: string, size = SIZE): string {
  return piece.repeat(Math.floor(size / piece.length));
}

function nested(depth: number): string {
  return Array.from({ length: depth }, (_, level) => `${"  ".repeat(level)}- [ ] level ${level}\n`).join("");
}

/** Texts on which a careless parser takes time with the square of the size, or overflows the stack. */
const TEXTS: readonly [name: string, text: () => string][] = [
  ["open brackets", () => fill("[")],
  ["open brackets in a task", () => `- [ ] ${fill("[")}`],
  ["quote marks", () => fill(">")],
  ["list marks on one line", () => fill("- ")],
  ["boxes on one line", () => fill("- [ ] ")],
  ["emphasis", () => `- [ ] ${fill("*a **b ")}`],
  ["backticks", () => `- [ ] ${fill("` ``")}`],
  ["an HTML tag with many attributes", () => `<a ${fill("a ")}`],
  ["comments that are not closed", () => `- [ ] ${fill("<!-- ")}`],
  ["fences that are not closed", () => "```sh\n".repeat(LINES)],
  ["a deep list", () => nested(500)],
  ["a deep list and blank lines", () => nested(50) + "\n".repeat(LINES)],
  ["a deep list and many deeper tasks", () => nested(50) + `${" ".repeat(100)}- [ ] x\n`.repeat(LINES)],
  ["many equal titles", () => "- [ ] a\n".repeat(LINES)],
  ["many equal attributes", () => `- [ ] a\n${"  - files: a\n".repeat(LINES)}`],
  ["a long list in an attribute", () => `- [ ] a\n  - needs: ${fill("a, ")}b\n`],
  ["a long flow list", () => `- [ ] a\n  - files: [${fill("a, ")}b]\n`],
  ["a long variable list", () => `- [ ] a\n  - env: ${fill(",a")}\n`],
  ["a long key", () => `- [ ] a\n  - ${fill("a")}: b\n`],
  ["brackets in front matter", () => `---\na: ${fill("[", 60_000)}\n---\n- [ ] a\n`],
  ["aliases in front matter", () => `---\na: &a [x]\nb: [${fill("*a, ", 60_000)}]\n---\n- [ ] a\n`],
  ["sequences in front matter", () => `---\n${fill("- ", 60_000)}a\n---\n- [ ] a\n`],
  ["checkpoints", () => "- [ ] a\n\n# Checkpoint\n\n".repeat(LINES / 4)],
  [
    "tasks that need nothing before a [P] group",
    () => "- [ ] a\n  - needs: none\n".repeat(LINES / 4) + "- [ ] [P] b\n".repeat(LINES / 2),
  ],
  ["NUL", () => fill("\0")],
  ["halves of surrogate pairs", () => `- [ ] ${fill("\uD800")}`],
];

/** Far above what each takes on a slow machine, far below what a quadratic parser takes. Processor time, because tests share the machine. */
const LIMIT_US = 8_000_000;

describe("spec: hostile texts (bad input)", () => {
  for (const [name, text] of TEXTS) {
    it(`is read and planned in bounded time: ${name}`, function () {
      this.timeout(120_000);
      const start = process.cpuUsage();
      planOf(text());
      const { user } = process.cpuUsage(start);
      assert.ok(user < LIMIT_US, `${user} µs`);
    });
  }

  it("refuses a file with more lines or characters than any spec has", () => {
    const refused = (text: string): SpecDocument => parse(text);
    assert.deepEqual(told(refused("- [ ] a\n".repeat(100_001)).diagnostics), ["error too-large 1"]);
    assert.deepEqual(told(refused("x".repeat(10_000_001)).diagnostics), ["error too-large 1"]);
    assert.match(refused("\n".repeat(150_000)).diagnostics[0]?.message ?? "", /150,001 lines.*100,000 lines.*split it/);
  });
});
