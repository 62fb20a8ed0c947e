import { throwFailure } from "../../schemas/failure.ts";
import { VfsOffset } from "./sqlite-abi.ts";
import type { WasmMemory } from "./wasm-memory.ts";

/**
 * Checks that `pointer` is the `sqlite3_vfs` that this code knows and returns the functions that will be replaced.
 * A different sql.js fails here with `database_unsupported`; it must never fall back to a way that loses data.
 */
export function readVfs(memory: WasmMemory, table: FunctionTable, pointer: number): OriginalCalls {
  const within = pointer > 0 && pointer % 4 === 0 && pointer + VfsOffset.fullPathname + 4 <= memory.bytes.length;
  if (!within) return throwUnsupported("the address of its file functions makes no sense");
  const version = memory.readWord(pointer + VfsOffset.version);
  const fileBytes = memory.readWord(pointer + VfsOffset.fileBytes);
  const maxPath = memory.readWord(pointer + VfsOffset.maxPath);
  const name = memory.readText(memory.readWord(pointer + VfsOffset.name));
  const sane =
    version >= 1 && version <= 3 && fileBytes >= 8 && fileBytes <= 4096 && maxPath >= 64 && maxPath <= 65_536;
  if (!sane || name !== "unix") {
    return throwUnsupported(
      `its file functions are ${JSON.stringify(name.slice(0, 20))} ${version}/${fileBytes}/${maxPath}`,
    );
  }
  nativeCall(memory, table, pointer + VfsOffset.fullPathname);
  return {
    open: nativeCall(memory, table, pointer + VfsOffset.open),
    delete: nativeCall(memory, table, pointer + VfsOffset.delete),
    access: nativeCall(memory, table, pointer + VfsOffset.access),
  };
}

function nativeCall(memory: WasmMemory, table: FunctionTable, address: number): NativeCall {
  const index = memory.readWord(address);
  const call: unknown = index > 0 && index < table.length ? table.get(index) : null;
  if (typeof call !== "function") return throwUnsupported("a file function is missing");
  return (...words) => Number(Reflect.apply(call, undefined, words));
}

/** A function table of WebAssembly, as far as the layout check looks at it. */
export interface FunctionTable {
  readonly length: number;
  get(index: number): unknown;
}

type NativeCall = (...words: number[]) => number;

/** The functions of the VFS that are replaced, as they were. */
export interface OriginalCalls {
  readonly open: NativeCall;
  readonly delete: NativeCall;
  readonly access: NativeCall;
}

export function throwUnsupported(detail: string): never {
  throwFailure(
    "database_unsupported",
    `The database engine in this installation is not the sql.js 1.16.0 that Planwright needs: ${detail}. Install Planwright again.`,
  );
}
