import assert from "node:assert/strict";
import fc from "fast-check";
import { parseBlocks } from "../../worker/spec/markdown.ts";

/** What begins, goes on with or ends a block, with what looks like it. */
const LINES = [
  ..."- [ ] one|* two|+ three|-|- |1. first|2. [ ] second|  - inner|   - deeper|    code|\ttab|  text|text|".split("|"),
  ..."# Heading|## [P]|===|---|- - -|* * *|***|```sh|```|~~~|  ```|> quote|> - quoted|<!--|-->|<div>|</div>".split("|"),
  ..." - a blank before|- ```|- > item|- <!--|-  wide|-      code|-\ttab|- # title| |  |\r|- [x] done\r".split("|"),
];

describe("Markdown that is read in parts (A1)", () => {
  it("has the blocks that it has as a whole, wherever it is cut", () => {
    const text = fc.array(fc.constantFrom(...LINES), { maxLength: 40 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 40 }), (markdown, length) => {
        assert.deepEqual(parseBlocks(markdown, length), parseBlocks(markdown, Infinity));
      }),
      { numRuns: 3_000 },
    );
  });
});
