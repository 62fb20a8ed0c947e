/**
 * What the store uses of sql.js 1.16.0 and of WebAssembly: no more, so that a change of either shows at compile time.
 * sql.js: https://sql.js.org/documentation/ and, for `instantiateWasm` and `addFunction`,
 * https://emscripten.org/docs/api_reference/module.html#Module.instantiateWasm and
 * https://emscripten.org/docs/porting/connecting_cpp_and_javascript/Interacting-with-code.html.
 */
declare module "sql.js" {
  export type SqlJsValue = number | string | Uint8Array | null;

  export interface SqlJsStatement {
    bind(values: readonly SqlJsValue[]): boolean;
    step(): boolean;
    get(): SqlJsValue[];
    getColumnNames(): string[];
    reset(): boolean;
    free(): boolean;
  }

  export interface SqlJsDatabase {
    /** The `sqlite3*` of this connection. */
    readonly db: number;
    run(sql: string): unknown;
    exec(sql: string): { columns: string[]; values: SqlJsValue[][] }[];
    prepare(sql: string): SqlJsStatement;
    getRowsModified(): number;
    close(): void;
  }

  export interface SqlJs {
    readonly Database: new (content: Uint8Array) => SqlJsDatabase;
    /** Puts a JavaScript function into the table; `signature` is the result and the parameters, `i` 32 and `j` 64 bits. */
    addFunction(callback: (...words: never[]) => number, signature: string): number;
    _malloc(bytes: number): number;
  }

  export interface SqlJsConfig {
    useOldExtensionFunctions: boolean;
    instantiateWasm(
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ): object;
  }

  const initSqlJs: (config: SqlJsConfig) => Promise<SqlJs>;
  export default initSqlJs;
}

/** The part of the standard WebAssembly interface that the store touches; the configured libraries declare none of it. */
declare namespace WebAssembly {
  type Imports = Record<string, Record<string, unknown>>;
  class Module {
    private readonly brand: "module";
  }
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  class Table {
    readonly length: number;
    get(index: number): unknown;
  }
  class Instance {
    readonly exports: Record<string, unknown>;
  }
  function instantiate(bytes: Uint8Array, imports: Imports): Promise<{ instance: Instance; module: Module }>;
}
