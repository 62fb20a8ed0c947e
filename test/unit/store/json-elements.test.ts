import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonElements } from "../../../worker/store/json-elements.ts";

describe("store: the elements of a JSON list, one by one (J1)", () => {
  it("are those of the whole list", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (list) => {
        const text = JSON.stringify(list);
        assert.deepEqual([...jsonElements(text)], JSON.parse(text));
      }),
    );
  });

  it("are told from what stands in texts", () => {
    const list = ['a,"b"],[', "\\", '\\"', "\\\\", { "]": [",", "{"] }];
    assert.deepEqual([...jsonElements(JSON.stringify(list))], list);
  });

  for (const text of ["", "[", "{}", "null", '["a', '["a]', "[1,]", "[1]]"])
    it(`are refused in ${text === "" ? "nothing" : text}`, () => {
      assert.throws(() => [...jsonElements(text)], SyntaxError);
    });
});
