import type { LogEntry } from "../../schemas/log.ts";

interface Account {
  stored: number;
  refusedLines: number;
  refusedBytes: number;
  last: LogEntry;
}

/** Counts what the log of each attempt takes, and what it does not take beyond the limit (semantics, Files). */
export class AttemptQuota {
  readonly #limit: number;
  readonly #accounts = new Map<string, Account>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `last`: instead of this entry, which is refused, one that says that the limit is reached. What we say ourselves always fits. */
  check(entry: LogEntry): "keep" | "last" | "refuse" {
    const account = this.#accountOf(entry);
    if (account === null || account.stored < this.#limit) return "keep";
    const isFirst = account.refusedLines === 0;
    account.refusedLines += entry.metadata["continues"] === true ? 0 : 1;
    account.refusedBytes += Buffer.byteLength(entry.message) + 1;
    account.last = entry;
    return isFirst && account.refusedLines > 0 ? "last" : "refuse";
  }

  count(entry: LogEntry, size: number): void {
    const account = this.#accountOf(entry);
    if (account) account.stored += size;
  }

  reachedText(): string {
    return `the log of this attempt has reached its limit of ${megabytes(this.#limit)}: what follows is counted and not kept`;
  }

  end(stepId: string, attempt: number): { entry: LogEntry; text: string }[] {
    const key = keyOf(stepId, attempt);
    const account = this.#accounts.get(key);
    this.#accounts.delete(key);
    if (!account || account.refusedBytes === 0) return [];
    const { refusedLines, refusedBytes, last } = account;
    const lines = `${refusedLines} ${refusedLines === 1 ? "line" : "lines"}`;
    const limit = `the log of an attempt is limited to ${megabytes(this.#limit)}`;
    return [{ entry: last, text: `${lines} (${refusedBytes} bytes) not kept: ${limit}` }];
  }

  endAll(): { entry: LogEntry; text: string }[] {
    return [...this.#accounts.values()].flatMap(({ last }) => this.end(last.stepId ?? "", last.attempt ?? 0));
  }

  #accountOf(entry: LogEntry): Account | null {
    if (entry.stepId === null || entry.attempt === null) return null;
    if (entry.source === "orchestrator" || entry.source === "system") return null;
    const key = keyOf(entry.stepId, entry.attempt);
    let account = this.#accounts.get(key);
    if (!account) {
      account = { stored: 0, refusedLines: 0, refusedBytes: 0, last: entry };
      this.#accounts.set(key, account);
    }
    return account;
  }
}

function keyOf(stepId: string, attempt: number): string {
  return `${attempt} ${stepId}`;
}

function megabytes(bytes: number): string {
  return bytes >= 1_000_000 ? `${bytes / 1_000_000} MB` : `${bytes} bytes`;
}
