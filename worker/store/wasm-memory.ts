/** Little-endian access to the memory of sql.js. Views are renewed when the memory has grown, because growing detaches the old ones. */
export class WasmMemory {
  readonly #memory: { readonly buffer: ArrayBuffer };
  #bytes: Uint8Array;
  #view: DataView;

  constructor(memory: { readonly buffer: ArrayBuffer }) {
    this.#memory = memory;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
  }

  get bytes(): Uint8Array {
    this.#renew();
    return this.#bytes;
  }

  readWord(address: number): number {
    this.#renew();
    return this.#view.getUint32(address, true);
  }

  writeWord(address: number, value: number): void {
    this.#renew();
    this.#view.setUint32(address, value >>> 0, true);
  }

  writeLong(address: number, value: bigint): void {
    this.#renew();
    this.#view.setBigInt64(address, value, true);
  }

  /** Reads text that ends with a zero byte. An address outside the memory gives the empty text. */
  readText(address: number): string {
    const bytes = this.bytes;
    const end = bytes.indexOf(0, address);
    return end < 0 ? "" : new TextDecoder().decode(bytes.slice(address, end));
  }

  #renew(): void {
    if (this.#view.buffer === this.#memory.buffer) return;
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.#view = new DataView(this.#memory.buffer);
  }
}
