import type { SqlJsDatabase, SqlJsStatement, SqlJsValue } from "sql.js";

export type SqlValue = number | string | Uint8Array | null;
export type Row = Readonly<Record<string, SqlValue>>;

interface Prepared {
  readonly statement: SqlJsStatement;
  columns: readonly string[] | null;
}

/** Bytes or characters of a value that are worth the time to free them. */
const LARGE = 64 * 1024;

/** Prepared statements by their text. Texts are constants of this program, so the cache stays small without a limit. */
export class Statements {
  readonly #connection: SqlJsDatabase;
  readonly #prepared = new Map<string, Prepared>();

  constructor(connection: SqlJsDatabase) {
    this.#connection = connection;
  }

  /**
   * Returns how many rows were changed. A statement that has run to its end holds nothing but the memory of its values, and
   * binding or stepping it again resets it, so it is reset here only when it has more to say, or when those values are large.
   */
  run(sql: string, values: readonly SqlValue[]): number {
    const { statement } = this.#prepare(sql);
    if (values.length > 0) statement.bind(values);
    if (statement.step() || values.some(isLarge)) statement.reset();
    return this.#connection.getRowsModified();
  }

  rows(sql: string, values: readonly SqlValue[]): Row[] {
    const prepared = this.#prepare(sql);
    const rows: Row[] = [];
    try {
      prepared.statement.bind(values);
      while (prepared.statement.step()) rows.push(this.#row(prepared));
    } finally {
      prepared.statement.reset();
    }
    return rows;
  }

  /** Frees all statements. Needed before the schema changes, so that no one holds the column names of an older one. */
  clear(): void {
    for (const { statement } of this.#prepared.values()) statement.free();
    this.#prepared.clear();
  }

  #row(prepared: Prepared): Row {
    prepared.columns ??= prepared.statement.getColumnNames();
    const values: SqlJsValue[] = prepared.statement.get();
    const row: Record<string, SqlValue> = {};
    prepared.columns.forEach((column, index) => {
      row[column] = values[index] ?? null;
    });
    return row;
  }

  #prepare(sql: string): Prepared {
    let prepared = this.#prepared.get(sql);
    if (prepared === undefined) {
      prepared = { statement: this.#connection.prepare(sql), columns: null };
      this.#prepared.set(sql, prepared);
    }
    return prepared;
  }
}

function isLarge(value: SqlValue): boolean {
  return value !== null && typeof value !== "number" && value.length > LARGE;
}
