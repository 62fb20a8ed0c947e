import assert from "node:assert/strict";
import { FailureError } from "../../../schemas/failure.ts";
import { VfsOffset } from "../../../worker/store/sqlite-abi.ts";
import { readVfs, type FunctionTable } from "../../../worker/store/vfs-layout.ts";
import { WasmMemory } from "../../../worker/store/wasm-memory.ts";

const VFS = 512;
const NAME = 256;
const FUNCTIONS = 40;

/** A memory with a `sqlite3_vfs` as sql.js 1.16.0 has it. */
function knownLayout(): { memory: WasmMemory; table: FunctionTable; name: (text: string) => void } {
  const memory = new WasmMemory({ buffer: new ArrayBuffer(1024) });
  const name = (text: string): void => memory.bytes.set(new TextEncoder().encode(`${text}\0`), NAME);
  memory.writeWord(VFS + VfsOffset.version, 2);
  memory.writeWord(VFS + VfsOffset.fileBytes, 60);
  memory.writeWord(VFS + VfsOffset.maxPath, 512);
  memory.writeWord(VFS + VfsOffset.name, NAME);
  name("unix");
  for (const offset of [VfsOffset.open, VfsOffset.delete, VfsOffset.access, VfsOffset.fullPathname]) {
    memory.writeWord(VFS + offset, offset);
  }
  return { memory, table: { length: FUNCTIONS, get: () => () => 7 }, name };
}

function assertUnsupported(act: () => unknown): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof FailureError);
    assert.equal(error.failure.code, "database_unsupported");
    assert.match(error.failure.message, /Install Planwright again/);
    return true;
  });
}

describe("store: layout of sql.js", () => {
  it("accepts the layout that it knows and calls the original functions", () => {
    const { memory, table } = knownLayout();
    assert.equal(readVfs(memory, table, VFS).open(1, 2, 3, 4, 5), 7);
  });

  it("refuses another file system, for it would write elsewhere", () => {
    const { memory, table, name } = knownLayout();
    name("opfs");
    assertUnsupported(() => readVfs(memory, table, VFS));
  });

  it("refuses sizes and versions that make no sense", () => {
    for (const [offset, value] of [
      [VfsOffset.version, 0],
      [VfsOffset.version, 4],
      [VfsOffset.fileBytes, 4],
      [VfsOffset.maxPath, 1_000_000],
      [VfsOffset.name, 5_000],
    ] as const) {
      const { memory, table } = knownLayout();
      memory.writeWord(VFS + offset, value);
      assertUnsupported(() => readVfs(memory, table, VFS));
    }
  });

  it("refuses a pointer outside the memory and a missing function", () => {
    const { memory, table } = knownLayout();
    for (const pointer of [0, 3, 1022, 1 << 30]) assertUnsupported(() => readVfs(memory, table, pointer));
    assertUnsupported(() => readVfs(memory, { length: FUNCTIONS, get: () => null }, VFS));
    memory.writeWord(VFS + VfsOffset.access, FUNCTIONS + 1);
    assertUnsupported(() => readVfs(memory, table, VFS));
  });
});
