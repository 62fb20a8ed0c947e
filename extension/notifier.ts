import * as vscode from "vscode";
import { formatAmount } from "../schemas/money.ts";
import type { LimitStanding } from "../schemas/budget.ts";
import type { WorkspaceView } from "../schemas/operations/subscription.ts";
import { limitName, percent, usedText, useOf } from "./budget-words.ts";
import { LimitNews } from "./limit-news.ts";
import { isExecutionShown } from "./panels/plan-panel.ts";
import { newsBetween, type News } from "./news.ts";
import type { FolderSession } from "./session.ts";
import { readSettings, silence, type NotificationKind } from "./settings.ts";
import { say } from "./say.ts";

/** So long news are collected, so that what comes together is said together. In milliseconds. */
const COLLECT_MS = 400;

/** As much of a folder as there is to tell of. */
interface ToldFolder extends Pick<FolderSession, "link"> {
  readonly folder: Pick<vscode.WorkspaceFolder, "uri">;
  readonly model: Pick<FolderSession["model"], "view">;
}

interface NotifierParts {
  readonly session: { readonly folders: readonly ToldFolder[]; readonly onDidChange: vscode.Event<void> };
  readonly output: Pick<vscode.LogOutputChannel, "error">;
}

interface Item extends News {
  readonly session: ToldFolder;
}

interface SeenWorker {
  readonly pid: number;
  readonly ran: boolean;
  readonly view: WorkspaceView | null;
  /** When it took the place of another one of which nothing was said as yet, in milliseconds of performance.now(). */
  readonly untoldSince: number | null;
}

/** So long after a worker was replaced what it goes on with can be what the one before had just begun. In milliseconds. */
const SUCCESSION_MS = 10_000;
const MOVES: ReadonlySet<string> = new Set(["running", "cancelling"]);

interface Action {
  readonly title: string;
  readonly act: () => PromiseLike<unknown>;
}

/**
 * Tells of what a person waits for who looks elsewhere: that an execution is done, has failed or waits for them. One message an
 * execution at a time, several together in one, nothing about what is on the screen, and nothing about executions that were begun
 * while another window was in front: that one tells.
 */
export class Notifier implements vscode.Disposable {
  readonly #parts: NotifierParts;
  readonly #before = new WeakMap<ToldFolder, WorkspaceView>();
  readonly #ours = new Set<string>();
  /** The worker that last answered, and whether it ran something then. */
  readonly #workers = new WeakMap<ToldFolder, SeenWorker>();
  readonly #limits = new WeakMap<ToldFolder, LimitNews>();
  readonly #subscription: vscode.Disposable;
  #collected: Item[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    this.#subscription = parts.session.onDidChange(() => {
      for (const session of parts.session.folders) this.#look(session);
    });
    for (const session of parts.session.folders) this.#look(session);
  }

  dispose(): void {
    this.#subscription.dispose();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #look(session: ToldFolder): void {
    this.#lookAtWorker(session);
    const { view } = session.model;
    const before = this.#before.get(session);
    if (view === null || view === before) return;
    this.#before.set(session, view);
    this.#claim(view, before);
    this.#lookAtLimits(session, view, before);
    if (before === undefined) return;
    const news = newsBetween(before, view).filter(({ execution }) => this.#ours.has(execution.executionId));
    this.#collected.push(...news.map((one) => ({ ...one, session })));
    if (this.#collected.length > 0) this.#timer ??= setTimeout(() => this.#tell(), COLLECT_MS);
  }

  /** That money runs out concerns the person whose executions spend it. */
  #lookAtLimits(session: ToldFolder, view: WorkspaceView, before: WorkspaceView | undefined): void {
    const limits = this.#limits.get(session) ?? new LimitNews();
    this.#limits.set(session, limits);
    const risen = limits.risen(view);
    const going = [...view.progress, ...(before?.progress ?? [])];
    if (risen.length === 0 || !going.some(({ executionId }) => this.#ours.has(executionId))) return;
    if (!readSettings(session.folder.uri).notifications.budget) return;
    const show = commandAction(vscode.l10n.t("Show Budget"), "planwright.budget");
    this.#own(notify("budget", limitsText(risen), [show]));
  }

  /** That a worker was replaced while it ran something is said once: what shows it may be over in a second. */
  #lookAtWorker(session: ToldFolder): void {
    const { link, model, folder } = session;
    if (link.state.kind !== "connected") return;
    const { pid } = link.state.hello;
    const { view } = model;
    const before = this.#workers.get(session);
    const now = performance.now();
    const isOther = before !== undefined && before.pid !== pid && !link.state.handsOver;
    const untoldSince = isOther ? now : (before?.untoldSince ?? null);
    const moves = view?.progress.some(({ status }) => MOVES.has(status)) ?? false;
    // What had just begun is known from the next worker only.
    const goesOn = moves && view !== before?.view && untoldSince !== null && now - untoldSince < SUCCESSION_MS;
    const isTold = (isOther && before.ran) || goesOn;
    if (isTold) {
      const name = vscode.workspace.getWorkspaceFolder(folder.uri)?.name ?? folder.uri.fsPath;
      const text = vscode.l10n.t(
        "The worker of “{0}” ended. Another was started, and what was interrupted goes on.",
        name,
      );
      this.#own(tellOfWorker(text));
    }
    this.#workers.set(session, { pid, ran: moves, view, untoldSince: isTold ? null : untoldSince });
  }

  /** What begins, or is found going on at first, while this window is in front belongs to its person. */
  #claim(view: WorkspaceView, before: WorkspaceView | undefined): void {
    if (!vscode.window.state.focused) return;
    const known = new Set(before?.executions.map(({ executionId }) => executionId));
    const going = new Set(view.progress.map(({ executionId }) => executionId));
    for (const { executionId } of view.executions) {
      if (before === undefined ? going.has(executionId) : !known.has(executionId)) this.#ours.add(executionId);
    }
  }

  #tell(): void {
    this.#timer = null;
    const items = newest(this.#collected).filter(
      ({ kind, session, execution }) =>
        readSettings(session.folder.uri).notifications[kind] &&
        !(vscode.window.state.focused && isExecutionShown(execution.executionId)),
    );
    this.#collected = [];
    for (const kind of ["waiting", "failed", "finished"] as const) {
      const some = items.filter((item) => item.kind === kind);
      const [first, ...others] = some;
      if (!first) continue;
      this.#own(
        others.length === 0 ? this.#one(first) : notify(kind, severalText(kind, some.length), [listAction(kind)]),
      );
    }
  }

  async #one(item: Item): Promise<void> {
    const { kind, session, execution, decisions } = item;
    const target = {
      folder: session.folder.uri.toString(),
      executionId: execution.executionId,
      planId: execution.planId,
    };
    const show = commandAction(vscode.l10n.t("Show Plan"), "planwright.openPlan", target);
    const { title } = execution;
    if (kind === "waiting") {
      const [decision] = decisions;
      const text = vscode.l10n.t("“{0}” waits for you: {1}", title, decision?.message ?? "");
      const decide = commandAction(vscode.l10n.t("Decide"), "planwright.answer", { ...target, decision });
      await notify(kind, text, [decide, show]);
    } else if (kind === "failed") {
      const text = vscode.l10n.t("“{0}” failed: {1}", title, await reasonOf(session, execution.executionId));
      await notify(kind, text, [show, commandAction(vscode.l10n.t("Open Log"), "planwright.openLog", target)]);
    } else {
      const cost = formatAmount(execution.cost, execution.currency);
      const text = execution.simulated
        ? vscode.l10n.t("“{0}” is done. Some of its steps were simulated.", title)
        : execution.cost === null || execution.cost === 0
          ? vscode.l10n.t("“{0}” is done.", title)
          : vscode.l10n.t("“{0}” is done. Cost: {1}", title, cost);
      await notify(kind, text, [commandAction(vscode.l10n.t("Open Report"), "planwright.openReport", target)]);
    }
  }

  #own(telling: Promise<void>): void {
    telling.catch((error: unknown) => {
      this.#parts.output.error(error instanceof Error ? error : String(error));
    });
  }
}

/** The last of each execution: what has failed and is retried at once may be done a moment later. */
function newest(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.execution.executionId, item])).values()];
}

function limitsText(risen: readonly LimitStanding[]): string {
  const [first, ...others] = risen;
  if (first === undefined || others.length > 0) {
    return vscode.l10n.t("{0} limits are nearly or wholly used up.", risen.length);
  }
  const name = limitName(first, vscode.l10n);
  const used = usedText(first, vscode.l10n);
  return first.level === "limit"
    ? vscode.l10n.t("{0} is used up: {1}.", name, used)
    : vscode.l10n.t("{0} is used up to {1} %: {2}.", name, percent(useOf(first).share), used);
}

function severalText(kind: News["kind"], count: number): string {
  switch (kind) {
    case "waiting":
      return vscode.l10n.t("{0} executions wait for you.", count);
    case "failed":
      return vscode.l10n.t("{0} executions failed.", count);
    case "finished":
      return vscode.l10n.t("{0} executions are done.", count);
  }
}

function listAction(kind: News["kind"]): Action {
  return kind === "waiting"
    ? commandAction(vscode.l10n.t("Show Inbox"), "planwright.inbox")
    : commandAction(vscode.l10n.t("Show Executions"), "planwright.executions.focus");
}

function commandAction(title: string, command: string, ...args: readonly unknown[]): Action {
  return { title, act: () => vscode.commands.executeCommand(command, ...args) };
}

async function tellOfWorker(text: string): Promise<void> {
  const show = vscode.l10n.t("Show Output");
  const chosen = await say("information", text, show);
  if (chosen === show) await vscode.commands.executeCommand("planwright.showOutput");
}

async function notify(kind: NotificationKind, text: string, actions: readonly Action[]): Promise<void> {
  const never: Action = { title: vscode.l10n.t("Don’t Show Again"), act: () => silence(kind) };
  const all = [...actions, never];
  const titles = all.map(({ title }) => title);
  const chosen = await say(kind === "finished" ? "information" : "warning", text, ...titles);
  await all.find(({ title }) => title === chosen)?.act();
}

/** In the words of the step that failed first; the worker may be gone, and then there are none. */
async function reasonOf({ link }: ToldFolder, executionId: string): Promise<string> {
  const view = await link.call("execution.get", { executionId }).catch(() => null);
  const step = view?.steps.find(({ status }) => status === "failed");
  const reason = step?.failure?.message ?? view?.failure?.message;
  if (reason === undefined) return vscode.l10n.t("see its plan");
  return step ? `${step.title}: ${reason}` : reason;
}
