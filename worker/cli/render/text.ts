import stringWidth from "string-width";

/** Controls, with the one that introduces escape sequences, and the invisible characters that reorder or hide text (SEC20). */
const UNSAFE = /[\p{Cc}\p{Cf}]/gu;

/** Text from specs and agents made harmless for a terminal: one line, nothing invisible. */
export function plain(text: string): string {
  return text.replace(/\s+/g, " ").replace(UNSAFE, "\u00b7");
}

/** Cut to a width in columns, with an ellipsis. East Asian wide characters and emoji take two. */
export function clip(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let used = 0;
  let cut = "";
  for (const char of text) {
    const wide = stringWidth(char);
    if (used + wide > width - 1) break;
    used += wide;
    cut += char;
  }
  return `${cut}…`;
}

export function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stringWidth(text)));
}

/** Columns of text, aligned; the last one is not padded. Numbers of columns follow the first row. */
export function table(rows: readonly (readonly string[])[], indent = "  "): string {
  // The last column is not padded, and rows can be more than a call takes arguments.
  const widths = (rows[0] ?? []).map((_, column, { length }) =>
    column === length - 1 ? 0 : rows.reduce((width, row) => Math.max(width, stringWidth(row[column] ?? "")), 0),
  );
  return rows
    .map(
      (row) =>
        indent +
        row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0))).join("  "),
    )
    .map((line) => line.trimEnd())
    .join("\n");
}
