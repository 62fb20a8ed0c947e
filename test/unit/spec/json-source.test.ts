import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonAt, readJson, type JsonNode } from "../../../worker/spec/json-source.ts";

function valueOf(node: JsonNode): unknown {
  switch (node.kind) {
    case "object":
      return Object.fromEntries([...node.members].map(([key, { value }]) => [key, valueOf(value)]));
    case "array":
      return node.items.map(valueOf);
    case "null":
      return null;
    default:
      return node.value;
  }
}

function problemOf(text: string): string {
  const reading = readJson(text);
  return reading.ok ? "none" : `${reading.problem.offset}: ${reading.problem.message}`;
}

const TEXTS = fc.oneof(
  fc.json({ stringUnit: "binary" }),
  fc.jsonValue({ stringUnit: "binary" }).map((value) => JSON.stringify(value, null, 3)),
  fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('"', ",", "{", "]", "\\", "\n", "0", "-", "e", "\t", "\u007f", " "))
    .map(([text, place, character]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + character + text.slice(at);
    }),
);

describe("the reader of JSON with places", () => {
  it("reads exactly what JSON.parse reads, whatever the text", () => {
    fc.assert(
      fc.property(TEXTS, (text) => {
        const reading = readJson(text);
        if (reading.ok) assert.deepEqual(valueOf(reading.root), plainObject(JSON.parse(text)));
        else if (!/empty|levels/.test(reading.problem.message)) assert.throws(() => JSON.parse(text), SyntaxError);
      }),
      { numRuns: 2_000 },
    );
  });

  it("knows of every value where it stands: its part of the text is the value", () => {
    const check = (text: string, node: JsonNode): void => {
      assert.deepEqual(plainObject(JSON.parse(text.slice(node.start, node.end))), valueOf(node));
      if (node.kind === "array") for (const item of node.items) check(text, item);
      if (node.kind !== "object") return;
      for (const { key, start, end, value } of node.members.values()) {
        assert.equal(JSON.parse(text.slice(start, end)), key);
        check(text, value);
      }
    };
    fc.assert(
      fc.property(TEXTS, (text) => {
        const reading = readJson(text);
        if (reading.ok) check(text, reading.root);
      }),
    );
  });

  it("reads a part of a text, with the offsets of the whole", () => {
    const text = 'before {"waves": [{"tasks": ["1.1", 2.10]}]} behind';
    const reading = readJson(text, 7, text.indexOf(" behind"));
    assert.ok(reading.ok);
    const number = jsonAt(reading.root, ["waves", 0, "tasks", 1]);
    assert.deepEqual(number, { kind: "number", value: 2.1, text: "2.10", start: 36, end: 40 });
    assert.equal(text.slice(36, 40), "2.10");
    assert.equal(jsonAt(reading.root, ["waves", 1]), null);
    assert.equal(jsonAt(reading.root, ["waves", 0, "tasks", 0, "deeper"]), null);
  });

  it("tells keys that stand twice, of which the last one counts", () => {
    const reading = readJson('{"a": 1, "b": {"a": 2}, "a": 3}');
    assert.ok(reading.ok);
    assert.deepEqual(reading.repeated, [{ key: "a", start: 24, end: 27 }]);
    assert.deepEqual(valueOf(reading.root), { a: 3, b: { a: 2 } });
  });

  it("says what is wrong, and where", () => {
    assert.equal(problemOf(""), "0: the file is empty");
    assert.equal(problemOf("  \n"), "3: the file is empty");
    assert.equal(problemOf('{"a": 1,}'), '7: a comma before "}" is one too many');
    assert.equal(problemOf('{"a": [1 2]}'), '9: "2" stands where "," or "]" is expected');
    assert.equal(problemOf("{'a': 1}"), '1: "\'" stands where a key in double quotes, or "}" is expected');
    assert.equal(problemOf('{"a": 1} // done'), "9: a comment, which JSON does not have");
    assert.equal(problemOf('{"a": "b\nc"}'), "6: a text that is not closed with a double quote in its line");
    assert.equal(problemOf('{"a": "\\x"}'), "7: an escape that JSON does not know");
    assert.equal(problemOf('{"a": 😀}'), '6: "😀" stands where a value is expected');
    assert.equal(problemOf('{"a": 01}'), '6: "0" stands where a value is expected');
    assert.equal(problemOf('{"a"'), '4: the file ends where ":" after the key "a" is expected');
  });

  it("refuses a depth that no file of a person's has, instead of running out of stack", () => {
    assert.equal(problemOf("[".repeat(1_000_000)), "65: more than 64 levels of nesting");
    assert.equal(problemOf('{"a":'.repeat(200_000)), "325: more than 64 levels of nesting");
    assert.equal(problemOf(`${"[".repeat(60)}${"]".repeat(60)}`), "none");
  });

  it("takes a byte order mark, and keys that JavaScript treats in a special way", () => {
    const reading = readJson('\uFEFF{"__proto__": {"x": 1}, "constructor": 2}');
    assert.ok(reading.ok);
    assert.deepEqual(jsonAt(reading.root, ["__proto__", "x"])?.start, 21);
    assert.equal(jsonAt(reading.root, ["toString"]), null);
  });
});

/** Objects without a key `__proto__` becoming their prototype, as the reader has them. */
function plainObject(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainObject);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainObject(inner)]));
}
