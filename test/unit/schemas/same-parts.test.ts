import assert from "node:assert/strict";
import fc from "fast-check";
import { sharingParts } from "../../../schemas/same-parts.ts";

describe("parts that say the same as those of another (A6)", () => {
  it("are that very part, and frozen with all that is in it", () => {
    const before = { id: "a", retry: { on: ["crash"] }, files: ["x"] };
    const value = sharingParts({ id: "b", retry: { on: ["crash"] }, files: ["y"] }, before);
    assert.equal(value.retry, before.retry);
    assert.deepEqual(value, { id: "b", retry: { on: ["crash"] }, files: ["y"] });
    assert.throws(() => value.retry.on.push("timeout"), TypeError);
    value.files.push("z");
    assert.deepEqual(before.files, ["x"]);
  });

  it("are not what only looks alike: another order of keys, a list beside an object, null", () => {
    const of = (part: unknown): { part: unknown } => ({ part });
    for (const [one, other] of [
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      [[], {}],
      [{ 0: "a" }, ["a"]],
      [{ a: undefined }, { b: undefined }],
      [[1], [1, 2]],
      [{}, null],
    ]) {
      assert.equal(sharingParts(of(one), of(other)).part, one);
    }
  });

  it("leave every value as it is", () => {
    const value = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(value, value, (one, before) => {
        const text = JSON.stringify(one);
        assert.equal(JSON.stringify(sharingParts(one, before)), text);
      }),
    );
  });
});
