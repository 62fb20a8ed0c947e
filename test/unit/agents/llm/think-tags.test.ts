import assert from "node:assert/strict";
import fc from "fast-check";
import { ThinkTags, type TaggedText } from "../../../../worker/agents/llm/think-tags.ts";

/** All that comes of pieces, neighbours of the same kind joined. */
function read(pieces: readonly string[]): TaggedText[] {
  const tags = new ThinkTags();
  const parts = [...pieces.flatMap((piece) => tags.push(piece)), ...tags.end()];
  const joined: TaggedText[] = [];
  for (const { kind, text } of parts) {
    const last = joined.at(-1);
    if (last?.kind === kind) joined[joined.length - 1] = { kind, text: last.text + text };
    else joined.push({ kind, text });
  }
  return joined;
}

describe("what a model thinks aloud", () => {
  it("is taken out of its answer", () => {
    assert.deepEqual(read(["<think>Hm.</think>\n\nYes."]), [
      { kind: "thought", text: "Hm." },
      { kind: "text", text: "Yes." },
    ]);
  });

  it("is only that at the beginning: later on the tag may be what was asked for", () => {
    const text = "The tag <think>x</think> marks thoughts.";
    assert.deepEqual(read([text]), [{ kind: "text", text }]);
  });

  it("stays a thought when it is never closed", () => {
    assert.deepEqual(read(["<think>Hm, ", "and then</thi"]), [{ kind: "thought", text: "Hm, and then</thi" }]);
  });

  it("leaves an answer alone that only begins like the tag", () => {
    assert.deepEqual(read(["<thin", "g>1</thing>"]), [{ kind: "text", text: "<thing>1</thing>" }]);
    assert.deepEqual(read(["  <th"]), [{ kind: "text", text: "  <th" }]);
  });

  it("is the same however the text is cut into pieces", () => {
    const piece = fc.constantFrom("<think>", "</think>", "<", "</", "think>", "a", "\n", " ", "b</thinkc");
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(60)), (pieces, cuts) => {
        const text = pieces.join("");
        const places = [0, ...cuts.map((at) => Math.min(at, text.length)).sort((a, b) => a - b), text.length];
        const cut = places.slice(1).map((end, index) => text.slice(places[index], end));
        assert.deepEqual(read(cut), read([text]));
      }),
    );
  });
});
