import type { Row } from "./statements.ts";

/** Reads a text column. Throws when it holds something else: then the row is not what this program wrote. */
export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new TypeError(`column ${column} holds ${typeof value} instead of text`);
  return value;
}

export function optionalText(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    throw new TypeError(`column ${column} holds no whole number`);
  }
  return value;
}

export function optionalInteger(row: Row, column: string): number | null {
  return row[column] === null ? null : integer(row, column);
}

export function flag(row: Row, column: string): boolean {
  return integer(row, column) !== 0;
}

/** Parses JSON; the caller gives the result to a schema. */
export function json(row: Row, column: string): unknown {
  return JSON.parse(text(row, column));
}

export function optionalJson(row: Row, column: string): unknown {
  return row[column] === null ? null : json(row, column);
}
