import stringWidth from "string-width";

/** C0 and C1 controls, escape sequences' introducer, and the characters that reorder or hide text (SEC20). */
// oxlint-disable-next-line no-control-regex -- Finding control characters is what this expression is for.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

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
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => stringWidth(row[column] ?? ""))));
  return rows
    .map(
      (row) =>
        indent +
        row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0))).join("  "),
    )
    .map((line) => line.trimEnd())
    .join("\n");
}
