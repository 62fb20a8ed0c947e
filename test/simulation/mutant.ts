import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { REPOSITORY } from "../support/seeded-tree.ts";
import { importEngine, type Engine } from "./engine.ts";
import type { Rule } from "./violation.ts";

/** The engine with one mechanism broken on purpose. */
export interface Mutant {
  /** What it breaks. */
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The promise that the simulation finds broken first; some break two that show at the same time. */
  readonly rules: readonly Rule[];
}

/** A folder in which broken engines can be imported. It holds a copy of all that they need. */
export class MutantFolder {
  readonly #folder: string;
  #count = 0;

  constructor() {
    this.#folder = mkdtempSync(path.join(tmpdir(), "planwright-mutants-"));
    cpSync(path.join(REPOSITORY, "schemas"), path.join(this.#folder, "schemas"), { recursive: true });
    // Packages are found through it; a junction needs no rights on Windows.
    symlinkSync(path.join(REPOSITORY, "node_modules"), path.join(this.#folder, "node_modules"), "junction");
    writeFileSync(path.join(this.#folder, "package.json"), '{ "type": "module" }');
  }

  /** Throws unless the text to be replaced is found exactly once: a mutant that changes nothing proves nothing. */
  async engine({ file, from, to, name }: Mutant): Promise<Engine> {
    this.#count += 1;
    const folder = path.join(this.#folder, "worker", `engine-${this.#count}`);
    mkdirSync(path.dirname(folder), { recursive: true });
    cpSync(path.join(REPOSITORY, "worker/engine"), folder, { recursive: true });
    const place = path.join(folder, file);
    const parts = readFileSync(place, "utf8").split(from);
    if (parts.length !== 2) throw new Error(`${name}: its text is found ${parts.length - 1} times in ${file}`);
    writeFileSync(place, parts.join(to));
    return importEngine(folder);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
