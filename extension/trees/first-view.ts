import type { TreeFolder } from "./tree-folder.ts";

/** Lets whoever asks for the first rows wait for what a worker that is being reached will tell, so that nothing looks empty meanwhile. */
export class FirstView {
  readonly #folders: () => readonly TreeFolder[];
  readonly #waiting: (() => void)[] = [];

  constructor(folders: () => readonly TreeFolder[]) {
    this.#folders = folders;
  }

  async settled(): Promise<void> {
    while (this.#folders().some(({ view, isConnecting }) => view === null && isConnecting)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Looks again: something about the folders changed. */
  update(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
