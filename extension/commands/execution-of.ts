import * as vscode from "vscode";
import type { ExecutionStatus, ExecutionSummary, StepStatus } from "../../schemas/execution.ts";
import { failureOf } from "../failure-of.ts";
import type { Parts } from "../parts.ts";
import { label } from "../plain-text.ts";
import type { FolderSession } from "../session.ts";
import { executionLook, stepLook } from "../trees/state-look.ts";
import { plainTime } from "./plain-time.ts";
import type { Named } from "./target.ts";
import { stateIcon } from "./words.ts";
import { say } from "../say.ts";

/** An execution and whose worker has it. */
export interface ExecutionTarget {
  readonly session: FolderSession;
  readonly executionId: string;
}

export interface StepTarget extends ExecutionTarget {
  readonly stepId: string;
}

/** What a command needs from what it acts on, and how it asks when that was not named. */
export interface ExecutionQuestion {
  readonly title: string;
  /** Which executions it can act on; left out: all. */
  readonly statuses?: readonly ExecutionStatus[];
  /** Only those that have made changes in a branch of their own. */
  readonly results?: true;
  /** Said when there is none. */
  readonly none: string;
}

interface ExecutionItem extends vscode.QuickPickItem {
  readonly target: ExecutionTarget;
}

/** The execution that was named, the only one that suits, or the one that the person picks. Undefined: they picked none. */
export async function executionOf(
  parts: Parts,
  named: Named,
  question: ExecutionQuestion,
): Promise<ExecutionTarget | undefined> {
  const { executionId } = named;
  if (executionId !== undefined) {
    const session = await sessionOf(parts, named.folder, executionId);
    return session && { session, executionId };
  }
  const suiting = (await allExecutions(parts)).filter(
    ({ summary }) =>
      (question.statuses?.includes(summary.status) ?? true) && (question.results !== true || summary.result !== null),
  );
  const [first, ...others] = suiting;
  if (!first) {
    await say("information", question.none);
    return undefined;
  }
  if (others.length === 0) return { session: first.session, executionId: first.summary.executionId };
  const many = parts.session.folders.length > 1;
  const items = suiting.map(({ session, summary }): ExecutionItem => {
    const look = executionLook(summary.status, vscode.l10n);
    return {
      target: { session, executionId: summary.executionId },
      label: label(summary.title),
      iconPath: stateIcon(look),
      description: `${look.word} · ${plainTime(summary.startedAt)}`,
      detail: label(many ? `${session.folder.name} · ${summary.specPath}` : summary.specPath),
    };
  });
  const picked = await vscode.window.showQuickPick(items, {
    title: question.title,
    placeHolder: vscode.l10n.t("Which execution?"),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.target;
}

export interface StepQuestion extends ExecutionQuestion {
  readonly stepStatuses?: readonly StepStatus[];
  readonly noStep: string;
}

interface StepItem extends vscode.QuickPickItem {
  readonly stepId: string;
}

/** The same for a step of an execution. */
export async function stepOf(parts: Parts, named: Named, question: StepQuestion): Promise<StepTarget | undefined> {
  const target = await executionOf(parts, named, question);
  if (!target) return undefined;
  const { stepId } = named;
  if (stepId !== undefined) return { ...target, stepId };
  const view = await target.session.link.call("execution.get", { executionId: target.executionId });
  const suiting = view.steps.filter(({ status }) => question.stepStatuses?.includes(status) ?? true);
  const [first, ...others] = suiting;
  if (!first) {
    await say("information", question.noStep);
    return undefined;
  }
  if (others.length === 0) return { ...target, stepId: first.id };
  const items = suiting.map(({ id, title, status, agent }): StepItem => {
    const look = stepLook(status, vscode.l10n);
    return {
      stepId: id,
      label: label(title),
      iconPath: stateIcon(look),
      description: label(agent === null ? look.word : `${look.word} · ${agent}`),
    };
  });
  const picked = await vscode.window.showQuickPick(items, {
    title: question.title,
    placeHolder: vscode.l10n.t("Which step?"),
    matchOnDescription: true,
  });
  return picked && { ...target, stepId: picked.stepId };
}

interface KnownExecution {
  readonly session: FolderSession;
  readonly summary: ExecutionSummary;
}

/** The newest of all folders, newest first. A worker that nobody asked yet is asked, where there is a record. */
async function allExecutions(parts: Parts): Promise<readonly KnownExecution[]> {
  await parts.session.wake();
  const lists = await Promise.all(
    parts.session.folders.map(async (session): Promise<KnownExecution[]> => {
      if (session.model.link.kind !== "connected") return [];
      const { executions } = session.model.view ?? (await session.link.call("execution.list", { limit: 50 }));
      return executions.map((summary) => ({ session, summary }));
    }),
  );
  return lists.flat().sort((one, other) => other.summary.startedAt.localeCompare(one.summary.startedAt));
}

/** Whose execution an id is: the folder that was named with it, one that shows it, or one that has it in its record. */
async function sessionOf(
  { session }: Parts,
  folder: string | undefined,
  executionId: string,
): Promise<FolderSession | undefined> {
  const { folders } = session;
  const known =
    (folder === undefined ? undefined : session.byFolderUri(folder)) ??
    folders.find(({ model }) => model.view?.executions.some((one) => one.executionId === executionId));
  if (known || folders.length < 2) return known ?? folders[0];
  for (const candidate of folders) {
    try {
      await candidate.link.call("execution.get", { executionId });
      return candidate;
    } catch (error) {
      if (failureOf(error)?.code !== "not_found") throw error;
    }
  }
  await say("error", vscode.l10n.t("No open folder has the execution {0}.", executionId));
  return undefined;
}
