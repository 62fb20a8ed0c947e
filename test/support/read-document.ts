import assert from "node:assert/strict";
import { SpecDocument } from "../../schemas/spec.ts";

/** What holds for a document that was read from any text: the shape of the vocabulary, places inside the text, one id a task. */
export function assertDocument(document: SpecDocument, text: string): void {
  assert.deepEqual(SpecDocument.parse(document), document);
  const lines = text.split(/\r\n|\n|\r/).length;
  const ranges = [
    ...document.tasks.flatMap(({ range, box, needsRange }) => [range, box, needsRange]),
    ...document.diagnostics.map(({ range }) => range),
    ...document.checkpoints.map(({ range }) => range),
  ];
  for (const range of ranges) {
    if (!range) continue;
    assert.ok(range.start <= range.end && range.end <= text.length, JSON.stringify(range));
    assert.ok(range.line <= lines, JSON.stringify(range));
  }
  const isJson = document.dialect === "taskmaster";
  for (const { box } of document.tasks)
    if (box && !isJson) assert.match(text.slice(box.start - 1, box.end + 1), /^\[[ xX~-]\]$/);
  assert.equal(new Set(document.tasks.map(({ id }) => id)).size, document.tasks.length);
}
