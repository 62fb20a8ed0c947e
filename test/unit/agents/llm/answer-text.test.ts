import assert from "node:assert/strict";
import { answerValue, unfenced } from "../../../../worker/agents/llm/answer-text.ts";

describe("the text of a model's answer", () => {
  it("is what stands in the one fence around it", () => {
    assert.equal(unfenced("```ts\nconst a = 1;\n```\n"), "const a = 1;");
    assert.equal(unfenced("~~~\nx\n~~~"), "x");
  });

  it("stays as it is with words around the fence, or with several blocks", () => {
    for (const text of ["Here:\n```\nx\n```", "```\na\n```\n\n```\nb\n```", "no fence", ""])
      assert.equal(unfenced(text), text);
  });

  it("is data where all of it is one JSON object or list", () => {
    assert.deepEqual(answerValue('```json\n{"a": [1]}\n```'), { a: [1] });
    assert.deepEqual(answerValue("[1, 2]"), [1, 2]);
  });

  it("is a text otherwise, also where it is a number, half of an object, or begins like one", () => {
    for (const text of ["7", '"a"', '{"a": 1', "[x](y) is a link", '{"a": 1} and more'])
      assert.equal(answerValue(text), text);
  });
});
