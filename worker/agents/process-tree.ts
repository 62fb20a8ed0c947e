import { endWindowsTree, listProcesses, processStart, signalProcess, type ProcessInfo } from "./process-list.ts";

/** Rounds of killing until we say that something cannot be killed; about two seconds. */
const KILL_ROUNDS = 20;

export interface TreeEnd {
  /** How many processes were found alive and told to end. */
  readonly ended: number;
  /** What even a kill did not end, such as a process that hangs in the kernel or now belongs to another user. */
  readonly survivors: readonly number[];
}

/**
 * All processes of one origin, wherever they went: by their mark in the environment, by the root's group and session, and by
 * descent from any of these (agents' tools sit in sessions of their own and outlive their parents). What was found once stays
 * found. A process that cleared its environment, left the session and lost its parent before anyone looked is not found.
 */
export class ProcessTree {
  readonly #isMarked: (info: ProcessInfo) => boolean;
  readonly #root: number | null;
  readonly #found = new Map<number, number>();
  readonly #asked = new Map<number, number>();
  readonly #rootStart: number | null;
  #deadline = Infinity;
  #wake: (() => void) | null = null;
  #ending: Promise<TreeEnd> | null = null;

  /** `root`: pid of a child of ours that leads its own group and session and has not been waited for yet, or null. */
  constructor(isMarked: (info: ProcessInfo) => boolean, root: number | null) {
    this.#isMarked = isMarked;
    this.#root = root;
    this.#rootStart = root === null ? null : processStart(root);
  }

  /** The members that are alive now. */
  async members(): Promise<ProcessInfo[]> {
    const all = await listProcesses();
    const isStranger = this.#isReused(all);
    // We may be marked ourselves, as a worker that a step started; our other children are none of this tree.
    const others = all.filter(({ pid }) => pid !== process.pid);
    const chosen = new Map(others.filter((info) => this.#isOwn(info, isStranger)).map((info) => [info.pid, info]));
    for (let before = -1; before !== chosen.size;) {
      before = chosen.size;
      for (const info of others) if (chosen.has(info.parent)) chosen.set(info.pid, info);
    }
    for (const { pid, start } of chosen.values()) this.#found.set(pid, start);
    return [...chosen.values()];
  }

  /**
   * Asks all members to end (SIGTERM), and kills what is left after `graceMs`; 0 kills at once. Settles when nothing is left or
   * nothing helps. A later call with less time shortens it. Does not reject.
   */
  end(graceMs: number): Promise<TreeEnd> {
    this.#deadline = Math.min(this.#deadline, performance.now() + graceMs);
    this.#wake?.();
    this.#ending ??= process.platform === "win32" ? this.#endOnWindows() : this.#end();
    return this.#ending;
  }

  #isOwn(info: ProcessInfo, isRootReused: boolean): boolean {
    if (this.#isMarked(info) || this.#found.get(info.pid) === info.start) return true;
    return this.#root !== null && !isRootReused && (info.group === this.#root || info.session === this.#root);
  }

  /** Once the root's group is empty its number can come again, for a process that is a stranger. */
  #isReused(all: readonly ProcessInfo[]): boolean {
    const root = all.find(({ pid }) => pid === this.#root);
    return root !== undefined && this.#rootStart !== null && root.start !== this.#rootStart;
  }

  async #end(): Promise<TreeEnd> {
    for (let wait = 5; performance.now() < this.#deadline; wait = Math.min(100, wait * 2)) {
      if (await this.#isEmpty((info) => this.#ask(info))) return { ended: this.#asked.size, survivors: [] };
      await this.#pause(Math.min(wait, this.#deadline - performance.now()));
    }
    for (let round = 0; round < KILL_ROUNDS; round += 1) {
      if (await this.#isEmpty((info) => this.#kill(info))) return { ended: this.#asked.size, survivors: [] };
      await this.#pause(5 + 10 * round);
    }
    const survivors = await this.members();
    return { ended: this.#asked.size, survivors: survivors.map(({ pid }) => pid) };
  }

  /** Acts on each member. Nothing twice in a row: a member that forks and ends while we look is in neither half of one walk. */
  async #isEmpty(act: (info: ProcessInfo) => void): Promise<boolean> {
    for (let look = 0; look < 2; look += 1) {
      const members = await this.members();
      for (const info of members) act(info);
      if (members.length > 0) return false;
    }
    return true;
  }

  #ask(info: ProcessInfo): void {
    if (this.#asked.get(info.pid) === info.start) return;
    this.#asked.set(info.pid, info.start);
    signalProcess(info.pid, "SIGTERM");
    // A stopped process would see the request only when somebody lets it go on.
    if (info.isStopped) signalProcess(info.pid, "SIGCONT");
  }

  #kill(info: ProcessInfo): void {
    this.#asked.set(info.pid, info.start);
    signalProcess(info.pid, "SIGKILL");
  }

  async #pause(delay: number): Promise<void> {
    if (delay <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delay);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }

  async #endOnWindows(): Promise<TreeEnd> {
    if (this.#root !== null) await endWindowsTree(this.#root);
    return { ended: this.#root === null ? 0 : 1, survivors: [] };
  }
}
