import assert from "node:assert/strict";
import type { Dialect, SpecDocument } from "../../../schemas/spec.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { HOSTILE_TEXTS } from "../../support/hostile-texts.ts";

const MARKDOWN: readonly Dialect[] = ["spec", "speckit", "kiro", "openspec", "checklist"];
const SIZE = 12_500;
const TIMES = 8;
/** A reader that is quadratic takes 64 times as long; the collector and the compiler make some noise, other programs more. */
const GROWTH = 24;
/** What is below is noise. Processor time, because tests share the machine. */
const NOISE_US = 60_000;

function cost(text: string, dialect: Dialect, runs: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run += 1) {
    const start = process.cpuUsage();
    parseSpec(text, "a.md", { dialect });
    least = Math.min(least, process.cpuUsage(start).user);
  }
  return least;
}

function isLinear(text: (size: number) => string, dialect: Dialect, runs: number): boolean {
  const small = cost(text(SIZE), dialect, runs);
  const large = cost(text(SIZE * TIMES), dialect, runs);
  return large <= Math.max(small, NOISE_US / GROWTH) * GROWTH;
}

describe("spec: time grows with the text and no faster (bad input)", () => {
  for (const [name, text] of Object.entries(HOSTILE_TEXTS)) {
    it(name, function () {
      this.timeout(120_000);
      for (const dialect of MARKDOWN)
        assert.ok(
          [1, 3, 6].some((runs) => isLinear(text, dialect, runs)),
          `${dialect} is not linear`,
        );
    });
  }

  /** Ten million characters in as many lines as a file may have. */
  function large(line: (at: number) => string): string {
    const lines: string[] = [];
    for (let size = 0, at = 0; at < 99_990; at += 1) {
      const next = line(at);
      size += next.length + 1;
      if (size > 9_999_000) break;
      lines.push(next);
    }
    return lines.join("\n");
  }

  function read(text: string, dialect: Dialect): { document: SpecDocument; user: number } {
    const start = process.cpuUsage();
    const document = parseSpec(text, "a.md", { dialect });
    return { document, user: process.cpuUsage(start).user };
  }

  /** Far above what each takes on a slow machine; a quadratic reader would take hours. */
  const LIMIT_US = 30_000_000;

  it("reads ten megabytes of adversarial Markdown in every dialect", function () {
    this.timeout(600_000);
    const pieces = Object.values(HOSTILE_TEXTS).map((text) => text(95).replaceAll(/[\r\n]+/g, " "));
    const starts = ["- [ ] T001 ", "  - a ", "- [ ] 1.1 ", "  - [ ] 2.1.1 b ", "    c "];
    const text = large((at) => `${starts[at % starts.length] ?? ""}${pieces[at % pieces.length] ?? ""}`);
    assert.ok(text.length > 9_000_000);
    for (const dialect of MARKDOWN) {
      const { document, user } = read(text, dialect);
      assert.ok(document.tasks.length > 1_000, `${dialect}: ${document.tasks.length} tasks`);
      assert.ok(user < LIMIT_US, `${dialect}: ${user} µs`);
    }
  });

  it("reads long lines with many blanks, in a legend and in the file beside a spec", function () {
    this.timeout(60_000);
    const blanks = " ".repeat(1_900);
    const legend = `${`[~] = a${blanks}b\n\n`.repeat(500)}- [~] T001 a\n`;
    const stories = Array.from({ length: 500 }, (_, at) => `### User Story ${at + 1} - a${blanks}${blanks}b\n`);
    const start = process.cpuUsage();
    const document = parseSpec(legend, "specs/a/tasks.md", {
      companion: { path: "specs/a/spec.md", text: stories.join("") },
    });
    assert.equal(document.tasks[0]?.state, "open");
    assert.equal(document.requirements.length, 500);
    assert.ok(process.cpuUsage(start).user < 3_000_000);
  });

  it("reads ten megabytes of random Markdown", function () {
    this.timeout(600_000);
    const words = [
      ...["- [ ] ", "- [x] ", "* ", "1. ", "  ", "\t", "> ", "# ", "T001 ", "1.1 ", "[P] ", "[US1] ", "(depends on ", "T002) "],
      ...["_Requirements: ", "1.2_ ", "**", "`", "<", "&amp;", "| ", "[~] = ", "skipped ", "Checkpoint ", "src/a.ts ", "word "],
    ]; // prettier-ignore
    let seed = 20_261_121;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % below;
    };
    const text = large(() => Array.from({ length: 4 + random(36) }, () => words[random(words.length)]).join(""));
    assert.ok(text.length > 9_000_000);
    for (const dialect of MARKDOWN) {
      const { document, user } = read(text, dialect);
      assert.ok(document.tasks.length > 100, `${dialect}: ${document.tasks.length} tasks`);
      assert.ok(user < LIMIT_US, `${dialect}: ${user} µs`);
    }
  });
});
