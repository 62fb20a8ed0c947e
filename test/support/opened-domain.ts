import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { SubscriptionBatch, Topic } from "../../schemas/operations/subscription.ts";
import type { OperationName, ParamsIn, ResultOf } from "../../schemas/operations/table.ts";
import { parsers } from "../../schemas/operations/table.ts";
import { openFolderState } from "../../worker/link/state-folder.ts";
import { systemClock } from "../../worker/run/system-clock.ts";
import type { Domain, DomainHandlers } from "../../worker/server/handlers.ts";
import { openDomain } from "../../worker/server/open-domain.ts";
import { Subscriptions } from "../../worker/server/subscriptions.ts";
import { acquireOwner } from "../../worker/store/owner-lock.ts";

type Called = OperationName & keyof DomainHandlers;

const PATIENCE_MS = 15_000;

/** What was followed of a topic. */
export interface Followed {
  readonly batches: SubscriptionBatch[];
  /** Resolves as soon as what was got holds what the test waits for. */
  until(isThere: (batches: readonly SubscriptionBatch[]) => boolean): Promise<void>;
  stop(): void;
}

/** The operations of a real workspace in this process, without a socket between. */
export class OpenedDomain {
  readonly folder: string;
  #domain: Domain;
  readonly #open: () => Promise<Domain>;
  readonly #followers = new Set<Subscriptions>();

  constructor(folder: string, domain: Domain, open: () => Promise<Domain>) {
    this.folder = folder;
    this.#domain = domain;
    this.#open = open;
  }

  async call<N extends Called>(name: N, params: ParamsIn<N>): Promise<ResultOf<N>> {
    const handler: DomainHandlers[N] = this.#domain.handlers[name];
    const { signal } = new AbortController();
    const answer = await handler(parsers[name].params.parse(params), {
      audience: "person",
      client: "test",
      clients: () => ["test"],
      signal,
    });
    return parsers[name].result.parse(answer);
  }

  async follow(topic: Topic): Promise<Followed> {
    const batches: SubscriptionBatch[] = [];
    let look = (): void => undefined;
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => undefined);
    const subscriptions = new Subscriptions({
      topics: async () => this.#domain.topics,
      clock: systemClock,
      send: async (batch) => {
        batches.push(batch);
        look();
      },
      onBroken: (error) => {
        broken.reject(error);
      },
    });
    this.#followers.add(subscriptions);
    await subscriptions.open(topic);
    return {
      batches,
      until: (isThere) => {
        const there = Promise.withResolvers<void>();
        // A test that waits in vain must end, and close what it has opened.
        const timer = setTimeout(() => {
          there.reject(new Error(`what was waited for is not in ${JSON.stringify(batches.at(-1))}`));
        }, PATIENCE_MS);
        look = () => {
          if (isThere(batches)) there.resolve();
        };
        look();
        return Promise.race([broken.promise, there.promise]).finally(() => {
          clearTimeout(timer);
        });
      },
      stop: () => {
        subscriptions.closeAll();
      },
    };
  }

  async write(path: string, text: string): Promise<void> {
    const file = join(this.folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  /** Plans a spec that is there, approves it and starts it. */
  async start(path: string, attended = false): Promise<{ planId: string; executionId: string }> {
    const { plan } = await this.call("plan.create", { path, keep: true, commandId: randomUUID() });
    const { planId } = plan;
    await this.call("plan.approve", { planId, how: "editor", commandId: randomUUID() });
    return { planId, ...(await this.call("execution.start", { planId, attended, commandId: randomUUID() })) };
  }

  /** The worker leaves, and the next one comes. */
  async reopen(): Promise<void> {
    await this.close();
    this.#domain = await this.#open();
  }

  async close(): Promise<void> {
    for (const follower of this.#followers) follower.closeAll();
    this.#followers.clear();
    await this.#domain.close();
  }
}

/** Runs a test on a workspace folder of its own. */
export async function withDomain(act: (opened: OpenedDomain) => Promise<void>): Promise<void> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "planwright-domain-")));
  const folder = join(root, "work");
  await mkdir(folder);
  const state = await openFolderState(folder, {
    XDG_STATE_HOME: join(root, "state"),
    XDG_CACHE_HOME: join(root, "cache"),
  });
  const owner = await acquireOwner(folder, state.root);
  const open = (): Promise<Domain> =>
    openDomain({
      state,
      owner,
      clock: systemClock,
      log: { note: () => undefined, bug: () => undefined },
      leave: () => undefined,
    });
  const opened = new OpenedDomain(folder, await open(), open);
  try {
    await act(opened);
  } finally {
    await opened.close();
    await owner.release();
    await rm(root, { recursive: true, force: true });
  }
}
