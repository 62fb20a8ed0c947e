import { mkdir, rmdir, stat, unlink } from "node:fs/promises";
import { createConnection, createServer, type Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { errorCode } from "./file-system.ts";

/** What the owner tells everybody who connects. */
export const OwnerAnswer = z.object({ pid: z.int(), since: z.string(), epoch: z.int() });
export type OwnerAnswer = z.infer<typeof OwnerAnswer>;

export type OwnerReply = { kind: "owner"; owner: OwnerAnswer } | { kind: "silent" } | { kind: "gone" };

export interface OwnerSocket {
  /** What to answer from now on. */
  announce(answer: () => OwnerAnswer): void;
  close(): Promise<void>;
}

/** How long an owner may take to answer before it counts as silent. */
const ANSWER_MS = 1_500;
/** A guard of this age is left over from a process that died while it took over. */
const STALE_GUARD_MS = 10_000;

/** Listens at the address, or returns null when somebody else does. The process may end while it listens. */
export async function listenAsOwner(address: string, first: OwnerAnswer): Promise<OwnerSocket | null> {
  let answer = (): OwnerAnswer => first;
  const server = createServer((peer) => {
    // A peer that goes away while it is answered is its own business.
    peer.on("error", () => undefined);
    peer.end(JSON.stringify(answer()));
  });
  const listening = isFile(address) ? await listenOverFile(server, address) : await listen(server, address);
  if (!listening) return null;
  server.unref();
  return {
    announce: (next) => {
      answer = next;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Asks who owns the address. `silent` is an owner that is stopped or hangs; `gone` is none any more. */
export function askOwner(address: string): Promise<OwnerReply> {
  return new Promise((resolve) => {
    let text = "";
    const connection = createConnection(address);
    connection.setEncoding("utf8");
    connection.setTimeout(ANSWER_MS, () => {
      connection.destroy();
      resolve({ kind: "silent" });
    });
    connection.on("data", (part: string) => {
      text += part;
    });
    connection.on("error", () => resolve({ kind: "gone" }));
    connection.on("end", () => {
      const answer = OwnerAnswer.safeParse(parseJson(text));
      resolve(answer.success ? { kind: "owner", owner: answer.data } : { kind: "silent" });
    });
  });
}

function listen(server: Server, address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      if (errorCode(error) === "EADDRINUSE" || errorCode(error) === "EACCES") resolve(false);
      else reject(error);
    };
    server.once("error", onError);
    server.listen(address, () => {
      server.off("error", onError);
      resolve(true);
    });
  });
}

/**
 * A socket file outlives its process, and whoever removes a dead one may hit the one that another process has just made. So
 * everybody looks, removes and listens only while holding a directory that has the same name. Returns false when there is an
 * owner, or when another process holds the directory just now.
 */
async function listenOverFile(server: Server, address: string): Promise<boolean> {
  const guard = `${address}.guard`;
  try {
    await mkdir(guard);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    await dropStaleGuard(guard);
    await delay(20 + Math.random() * 30);
    return false;
  }
  try {
    if ((await askOwner(address)).kind !== "gone") return false;
    await unlink(address).catch(() => undefined);
    return await listen(server, address);
  } finally {
    await rmdir(guard);
  }
}

async function dropStaleGuard(guard: string): Promise<void> {
  try {
    if (Date.now() - (await stat(guard)).mtimeMs > STALE_GUARD_MS) await rmdir(guard);
  } catch {
    // Somebody else has dropped it.
  }
}

function isFile(address: string): boolean {
  return address.startsWith("/");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
