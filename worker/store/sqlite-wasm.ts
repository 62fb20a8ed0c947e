import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { SqlJs } from "sql.js";
import { throwFailure } from "../../schemas/failure.ts";
import { SqliteVfs } from "./sqlite-vfs.ts";
import { WasmMemory } from "./wasm-memory.ts";

let loading: Promise<SqliteVfs> | null = null;

/**
 * Loads sql.js with the file VFS. Once for each thread: sql.js ignores the configuration of later calls. It is loaded on
 * first use, so that a worker that opens no database does not pay for it.
 */
export function loadSqlite(): Promise<SqliteVfs> {
  loading ??= load();
  return loading;
}

async function load(): Promise<SqliteVfs> {
  const [{ default: initSqlJs }, code] = await Promise.all([import("sql.js"), readFile(wasmFile())]);
  let found: WebAssembly.Instance | null = null;
  const sql = await new Promise<SqlJs>((resolve, reject) => {
    const loaded = initSqlJs({
      useOldExtensionFunctions: false,
      instantiateWasm(imports, done) {
        // sql.js waits for `done` for ever, so a file that cannot be instantiated must reject here.
        WebAssembly.instantiate(code, imports).then(({ instance, module }) => {
          found = instance;
          done(instance, module);
        }, reject);
        return {};
      },
    });
    loaded.then(resolve, reject);
  });
  const { memory, table } = exportsOf(found);
  return new SqliteVfs(sql, new WasmMemory(memory), table);
}

/** The names of the exports are minified and change; their kinds do not. */
function exportsOf(instance: WebAssembly.Instance | null): { memory: WebAssembly.Memory; table: WebAssembly.Table } {
  let memory: WebAssembly.Memory | null = null;
  let table: WebAssembly.Table | null = null;
  for (const value of Object.values(instance?.exports ?? {})) {
    if (value instanceof WebAssembly.Memory) memory = value;
    else if (value instanceof WebAssembly.Table) table = value;
  }
  if (memory && table) return { memory, table };
  return throwFailure(
    "database_unsupported",
    "The database engine in this installation shows no memory or function table. Install Planwright again.",
  );
}

/** The build puts the file beside the bundle; without a build it is where npm installed it. */
function wasmFile(): string {
  const beside = fileURLToPath(new URL("./sql-wasm.wasm", import.meta.url));
  return existsSync(beside) ? beside : createRequire(import.meta.url).resolve("sql.js/dist/sql-wasm.wasm");
}
