import type { Hook, HookPayload } from "../../schemas/hook.ts";
import type { Redactor } from "../logs/redactor.ts";
import { approvalHash } from "../plan/approval-hash.ts";
import { sha256 } from "../plan/hash.ts";
import type { Database } from "../store/database.ts";
import { findExecution } from "../store/executions.ts";
import { findPlan } from "../store/plans.ts";
import type { Projection } from "../store/projector.ts";
import { isApproved } from "./approved.ts";
import { HookOutbox } from "./hooks-outbox.ts";
import { sendToHook } from "./hooks-send.ts";
import { HookSender } from "./hooks-sender.ts";
import { currentRedactor } from "./secrets.ts";
import type { Workspace } from "./workspace.ts";

/** The hooks of one record: what is queued for them as it is written, and sent as soon as it is on the disk. */
export class Hooks {
  /** For the store. */
  readonly further: Projection;
  readonly #workspace: Workspace;
  #sender: HookSender | null = null;
  readonly #redactorNow: () => Redactor;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    this.#redactorNow = currentRedactor(workspace.settings, process.env);
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
    const { options, folder } = this.#workspace;
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
        this.#workspace.changed();
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
    if (!isWhole || !(await isApproved(this.#workspace.approvals, plan)))
      return { problem: `the plan of ${executionId} is not approved on this machine` };
    const hook = plan.hooks.find((one) => one.id === id);
    return hook ? { hook } : { problem: `the plan of ${executionId} has no hook "${id}" any more` };
  }
}
