import assert from "node:assert/strict";
import test from "node:test";
import { countWords, topWords } from "../src/count.mjs";

test("counts without regard to case", () => {
  assert.deepEqual([...countWords("Tide tide TIDE")], [["tide", 3]]);
});

test("leaves stop words out", () => {
  assert.deepEqual([...countWords("the sea", new Set(["the"]))], [["sea", 1]]);
});

test("orders by count, then by the alphabet", () => {
  assert.deepEqual(topWords(countWords("b a b c"), 2), [
    ["b", 2],
    ["a", 1],
  ]);
});
