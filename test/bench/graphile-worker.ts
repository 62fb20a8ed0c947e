import { EventEmitter } from "node:events";
import { z } from "zod";
import { loadPeer } from "./peer.ts";

/** What the bench uses of graphile-worker. */
interface Runner {
  addJob(task: string, payload: unknown): Promise<unknown>;
  stop(): Promise<void>;
}
interface Connection {
  on(event: "error", listener: () => void): unknown;
}
interface Pool extends Connection {
  on(event: "error", listener: () => void): unknown;
  on(event: "connect", listener: (connection: Connection) => void): unknown;
  end(): Promise<void>;
}
interface Settings {
  readonly pgPool: Pool;
  readonly noHandleSignals: boolean;
  readonly logger: object;
  readonly events: EventEmitter;
  readonly taskList: Readonly<Record<string, () => Promise<void>>>;
}
const isFunction = (value: unknown): boolean => typeof value === "function";
const PeerModule = z.object({
  run: z.custom<(settings: Settings) => Promise<Runner>>(isFunction),
  Logger: z.custom<new (factory: () => () => void) => object>(isFunction),
});
type PoolClass = new (settings: { connectionString: string }) => Pool;
/** CommonJS, whose names Node cannot see. */
const PoolModule = z.object({ default: z.object({ Pool: z.custom<PoolClass>(isFunction) }) });

/** Moments on the monotonic clock of this process, in ms. */
export interface JobTimes {
  /** When the job was handed over. */
  readonly added: number;
  /** When it was told to be stored. */
  readonly stored: number;
  /** When its task was called. */
  readonly started: number;
}

export interface GraphileWorker {
  /** Adds one job that does nothing, and resolves when it was done and the worker has found that there is no other. */
  runOne(): Promise<JobTimes>;
  close(): Promise<void>;
}

/** One worker with its own settings on a PostgreSQL, in this process, connected and idle. It prints nothing. */
export async function openGraphileWorker(url: string): Promise<GraphileWorker> {
  const { run, Logger } = PeerModule.parse(await loadPeer("graphile-worker"));
  // The database that every PostgreSQL has from the start.
  const database = new URL("/postgres", url);
  const pg = PoolModule.parse(await loadPeer("pg")).default;
  const pool = new pg.Pool({ connectionString: database.href });
  // Of a connection that is being closed when its server ends; the runner hears of all others itself.
  const unheard = (): void => undefined;
  pool.on("error", unheard);
  pool.on("connect", (connection) => connection.on("error", unheard));
  const events = new EventEmitter();
  let onStart: () => void = () => undefined;
  const idle = nextIdle(events);
  const runner = await run({
    pgPool: pool,
    noHandleSignals: true,
    logger: new Logger(() => () => undefined),
    events,
    taskList: {
      step: () => {
        onStart();
        return Promise.resolve();
      },
    },
  });
  await idle;
  return {
    runOne: async () => {
      const { promise, resolve } = Promise.withResolvers<number>();
      onStart = () => resolve(performance.now());
      const added = performance.now();
      await runner.addJob("step", {});
      const stored = performance.now();
      const started = await promise;
      await nextIdle(events);
      return { added, stored, started };
    },
    close: async () => {
      await runner.stop();
      await pool.end();
    },
  };
}

async function nextIdle(events: EventEmitter): Promise<void> {
  await new Promise<void>((resolve) => void events.once("worker:getJob:empty", () => resolve()));
}
