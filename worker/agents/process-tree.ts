import { endWindowsTree, listProcesses, signalProcess, type ProcessInfo } from "./process-list.ts";

/** Rounds of killing until we say that something cannot be killed; about two seconds. */
const KILL_ROUNDS = 20;

/** Where the start of a process cannot be read. */
const ANY_START = -1;

/** How often we look whether the members have ended, and whether they got less time. */
const LOOK_MS = 50;

export interface TreeEnd {
  /** How many processes were found alive and told to end. */
  readonly ended: number;
  /** What even a kill did not end, such as a process that hangs in the kernel or now belongs to another user. */
  readonly survivors: readonly number[];
}

/**
 * All processes of one origin, wherever they went: by their mark in the environment, by descent, and by session (agents' tools
 * sit in sessions of their own and outlive their parents). What was found once stays found, and so does its session. A process
 * that cleared its environment, began a session and lost its parent before anyone looked is not found.
 */
export class ProcessTree {
  readonly #isMarked: (info: ProcessInfo) => boolean;
  readonly #root: number | null;
  /** Start of each process that was found, by pid. */
  readonly #found = new Map<number, number>();
  readonly #sessions = new Set<number>();
  readonly #asked = new Map<number, number>();
  #deadline = Infinity;
  #ending: Promise<TreeEnd> | null = null;

  /** `root`: the one that the others come from, which leads a session of its own, where it is known. Its `start` may be null. */
  constructor(isMarked: (info: ProcessInfo) => boolean, root: { pid: number; start: number | null } | null) {
    this.#isMarked = isMarked;
    this.#root = root?.pid ?? null;
    if (root === null) return;
    this.#sessions.add(root.pid);
    this.#found.set(root.pid, root.start ?? ANY_START);
  }

  /** The members that are alive now. */
  async members(): Promise<ProcessInfo[]> {
    const all = await listProcesses();
    const own = all.find(({ pid }) => pid === process.pid);
    // We may be marked ourselves, as a worker that a step started; our other children are none of this tree.
    const others = all.filter((info) => info !== own);
    const chosen = new Map<number, ProcessInfo>();
    const sessions = new Set([...this.#sessions].filter((session) => !this.#isReused(session, others)));
    const choose = (info: ProcessInfo): void => {
      chosen.set(info.pid, info);
      if (info.session !== own?.session && info.session > 1) sessions.add(info.session);
    };
    for (const info of others) if (this.#isMarked(info) || this.#found.get(info.pid) === info.start) choose(info);
    for (let before = -1; before !== chosen.size;) {
      before = chosen.size;
      for (const info of others) {
        if (!chosen.has(info.pid) && (chosen.has(info.parent) || sessions.has(info.session))) choose(info);
      }
    }
    for (const { pid, start } of chosen.values()) this.#found.set(pid, start);
    for (const session of sessions) this.#sessions.add(session);
    return [...chosen.values()];
  }

  /**
   * Asks all members to end (SIGTERM), and kills what is left after `graceMs`; 0 kills at once. Settles when nothing is left or
   * nothing helps. A later call with less time shortens it. Does not reject.
   */
  end(graceMs: number): Promise<TreeEnd> {
    this.#deadline = Math.min(this.#deadline, performance.now() + graceMs);
    this.#ending ??= process.platform === "win32" ? this.#endOnWindows() : this.#end();
    return this.#ending;
  }

  /**
   * A session's number is its leader's pid, and taken as long as anyone is in it. Whoever is in a session when we find it is found
   * with it, so a leader that we do not know came later, with a number that had become free.
   */
  #isReused(session: number, all: readonly ProcessInfo[]): boolean {
    const leader = all.find(({ pid }) => pid === session);
    const known = this.#found.get(session);
    return leader !== undefined && known !== leader.start && known !== ANY_START;
  }

  async #end(): Promise<TreeEnd> {
    for (let wait = 5; performance.now() < this.#deadline; wait = Math.min(LOOK_MS, wait * 2)) {
      if (await this.#isEmpty((info) => this.#ask(info))) return { ended: this.#asked.size, survivors: [] };
      await pause(Math.max(0, Math.min(wait, this.#deadline - performance.now())));
    }
    for (let round = 0; round < KILL_ROUNDS; round += 1) {
      if (await this.#isEmpty((info) => this.#kill(info))) return { ended: this.#asked.size, survivors: [] };
      await pause(5 + 10 * round);
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
    if (this.#asked.get(info.pid) !== info.start) signalProcess(info.pid, "SIGTERM");
    this.#asked.set(info.pid, info.start);
    // A stopped process sees the request only when somebody lets it go on; it may also stop after the request.
    if (info.isStopped) signalProcess(info.pid, "SIGCONT");
  }

  #kill(info: ProcessInfo): void {
    this.#asked.set(info.pid, info.start);
    signalProcess(info.pid, "SIGKILL");
  }

  async #endOnWindows(): Promise<TreeEnd> {
    if (this.#root !== null) await endWindowsTree(this.#root);
    return { ended: this.#root === null ? 0 : 1, survivors: [] };
  }
}

function pause(delay: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delay));
}
