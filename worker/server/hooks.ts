import type { Hook, HookPayload } from "../../schemas/hook.ts";
import type { Redactor } from "../logs/redactor.ts";
import { approvalHash } from "../plan/approval-hash.ts";
import { sha256 } from "../plan/hash.ts";
import type { Approvals } from "../run/approvals.ts";
import type { Clock } from "../run/ports.ts";
import type { Database } from "../store/database.ts";
import { findExecution } from "../store/executions.ts";
import { findPlan } from "../store/plans.ts";
import type { Projection } from "../store/projector.ts";
import { isApproved } from "./is-approved.ts";
import { HookOutbox } from "./hooks-outbox.ts";
import type { Settings } from "./settings.ts";
import { sendToHook } from "./hooks-send.ts";
import { HookSender } from "./hooks-sender.ts";
import { currentRedactor } from "./secrets.ts";

/** What hooks need of their folder. */
export interface HookedFolder {
  /** Its real path. */
  readonly folder: string;
  readonly approvals: Approvals;
  readonly settings: Settings;
  readonly options: {
    readonly clock: Clock;
    readonly workerMark: string;
    readonly notice: (message: string) => void;
  };
  /** Whether the worker is busy may have changed. */
  changed(): void;
}

/** The hooks of one record: what is queued for them as it is written, and sent as soon as it is on the disk. */
export class Hooks {
  /** For the store. */
  readonly further: Projection;
  readonly #home: HookedFolder;
  #sender: HookSender | null = null;
  readonly #redactorNow: () => Redactor;

  constructor(home: HookedFolder) {
    this.#home = home;
    this.#redactorNow = currentRedactor(home.settings, process.env);
    const outbox = new HookOutbox(
      () => this.#redactorNow(),
      () => this.poke(),
    );
    this.further = (...events) => {
      outbox.project(...events);
    };
  }

  /** Sends what is queued, from now on. */
  begin(database: Database): void {
    const { options, folder } = this.#home;
    const { clock, workerMark } = options;
    this.#sender = new HookSender({
      database,
      clock,
      hookOf: (payload) => this.#hookOf(database, payload),
      send: (hook, payload) =>
        sendToHook(hook, payload, {
          clock,
          environment: process.env,
          folder,
          workerMark,
          redactor: this.#redactorNow(),
        }),
      notice: (message) => {
        options.notice(message);
      },
      onChange: () => {
        this.#home.changed();
      },
    });
    this.poke();
  }

  poke(): void {
    this.#sender?.poke();
  }

  get isBusy(): boolean {
    return this.#sender?.isBusy ?? false;
  }

  /** Resolves when it is known whether anything is to be sent. */
  async looked(): Promise<void> {
    await this.#sender?.looked();
  }

  /** Resolves when nothing is being sent. */
  async close(): Promise<void> {
    await this.#sender?.close();
    this.#sender = null;
  }

  /**
   * Only what a person has approved is sent to or run, whatever the record says (SEC9): the plan of the execution must be whole, and
   * its approval in the person's state folder.
   */
  async #hookOf(
    database: Database,
    { executionId, hook: id }: HookPayload,
  ): Promise<{ readonly hook: Hook } | { readonly problem: string }> {
    const planId = findExecution(database, executionId)?.planId;
    const plan = planId === undefined ? null : findPlan(database, planId);
    const isWhole = plan !== null && approvalHash(plan, sha256) === plan.hash;
    if (!isWhole || !(await isApproved(this.#home.approvals, plan)))
      return { problem: `the plan of ${executionId} is not approved on this machine` };
    const hook = plan.hooks.find((one) => one.id === id);
    return hook ? { hook } : { problem: `the plan of ${executionId} has no hook "${id}" any more` };
  }
}
