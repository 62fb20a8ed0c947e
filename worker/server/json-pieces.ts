/** Characters of a piece, more or less. */
const PIECE = 64 * 1024;

/**
 * What `JSON.stringify(value, null, 2)` gives, and a line end, in pieces: the entries of long lists are turned into text one by one, so that the whole
 * text of a large report is never in memory.
 */
export function* jsonPieces(value: Readonly<Record<string, unknown>>): Generator<string> {
  let piece = "";
  for (const part of parts(value)) {
    piece += part;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  yield `${piece}\n`;
}

function* parts(value: Readonly<Record<string, unknown>>): Generator<string> {
  let before = "{\n";
  for (const [key, entry] of Object.entries(value)) {
    if (entry === undefined) continue;
    yield `${before}  ${JSON.stringify(key)}: `;
    before = ",\n";
    if (Array.isArray(entry) && entry.length > 0) yield* list(entry);
    else yield indented(entry, 2);
  }
  yield before === "{\n" ? "{}" : "\n}";
}

function* list(entries: readonly unknown[]): Generator<string> {
  let before = "[\n    ";
  for (const entry of entries) {
    yield before + indented(entry, 4);
    before = ",\n    ";
  }
  yield "\n  ]";
}

/** Line ends inside of texts are escaped, so every one here begins a line of the JSON. */
function indented(value: unknown, columns: number): string {
  return (JSON.stringify(value, null, 2) ?? "null").replaceAll("\n", `\n${" ".repeat(columns)}`);
}
