import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonPieces } from "../../worker/server/json-pieces.ts";

describe("reports written in pieces (L2)", () => {
  it("are the JSON that would be written at once", () => {
    const anything = fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue()), fc.constant(undefined));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anything), (value) => {
        assert.equal([...jsonPieces(value)].join(""), `${JSON.stringify(value, null, 2)}\n`);
      }),
    );
  });

  it("come in pieces that stay small, however long a list is", () => {
    const value = { version: 1, steps: Array.from({ length: 5_000 }, (_, id) => ({ id, title: "x".repeat(100) })) };
    const pieces = [...jsonPieces(value)];
    assert.equal(pieces.join(""), `${JSON.stringify(value, null, 2)}\n`);
    assert.ok(Math.max(...pieces.map(({ length }) => length)) < 100_000);
  });
});
