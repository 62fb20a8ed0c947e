import { deflateRawSync, inflateRawSync } from "node:zlib";
import { throwFailure } from "../../schemas/failure.ts";

export interface RememberedCommand {
  readonly operation: string;
  /** As JSON: a large answer takes much less memory so than as objects. */
  readonly result: string;
}

/** Where answers to changing operations are kept, by the client's `commandId`. */
export interface CommandMemory {
  get(commandId: string): Promise<RememberedCommand | undefined>;
  /** Called once an answer exists, before the client gets it. */
  put(commandId: string, operation: string, result: string): Promise<void>;
}

/**
 * Makes changing operations safe to send twice: the second time gets the first answer, also while the first is still at work.
 * A failure is not kept, because it changed nothing: the same command may succeed when it is sent again.
 */
export class CommandDesk {
  readonly #memory: () => Promise<CommandMemory>;
  readonly #underWay = new Map<string, { operation: string; answer: Promise<unknown> }>();

  constructor(memory: () => Promise<CommandMemory>) {
    this.#memory = memory;
  }

  /** Rejects with FailureError `bad_request` when the id was used for another operation. */
  async once(operation: string, commandId: string, perform: () => Promise<unknown>): Promise<unknown> {
    const current = this.#underWay.get(commandId);
    if (current !== undefined) {
      requireSame(current.operation, operation, commandId);
      return current.answer;
    }
    const answer = this.#answer(operation, commandId, perform);
    this.#underWay.set(commandId, { operation, answer });
    try {
      return await answer;
    } finally {
      this.#underWay.delete(commandId);
    }
  }

  async #answer(operation: string, commandId: string, perform: () => Promise<unknown>): Promise<unknown> {
    const memory = await this.#memory();
    const known = await memory.get(commandId);
    if (known !== undefined) {
      requireSame(known.operation, operation, commandId);
      return JSON.parse(known.result);
    }
    const result = await perform();
    await memory.put(commandId, operation, JSON.stringify(result));
    return result;
  }
}

/** Longer answers are compressed in memory: those are plans, which shrink to a tenth or less. */
const COMPRESSED_FROM = 64 * 1024;
/** How many characters and compressed bytes of answers stay in memory; the newest answer stays in any case. */
const MAX_REMEMBERED = 1024 * 1024;

/**
 * Keeps the latest answers in memory, so that a worker without a database yet has them too, and the rest in `durable`.
 * The oldest answers in memory go first.
 */
export function recentCommands(durable: CommandMemory, maxCharacters = MAX_REMEMBERED): CommandMemory {
  const recent = new Map<string, { readonly operation: string; readonly result: string | Buffer }>();
  let total = 0;
  return {
    async get(commandId) {
      const known = recent.get(commandId);
      if (!known) return durable.get(commandId);
      const { operation, result } = known;
      return { operation, result: typeof result === "string" ? result : inflateRawSync(result).toString() };
    },
    async put(commandId, operation, text) {
      await durable.put(commandId, operation, text);
      const result = text.length < COMPRESSED_FROM ? text : deflateRawSync(text, { level: 1 });
      total += result.length - (recent.get(commandId)?.result.length ?? 0);
      recent.delete(commandId);
      recent.set(commandId, { operation, result });
      for (const [oldest, { result: freed }] of recent) {
        if (total <= maxCharacters || oldest === commandId) break;
        recent.delete(oldest);
        total -= freed.length;
      }
    },
  };
}

function requireSame(first: string, now: string, commandId: string): void {
  if (first === now) return;
  throwFailure("bad_request", `commandId ${commandId} was already used for ${first}: use a new one for ${now}`);
}
