import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import type { ExecutionStatus, StepStatus } from "../../schemas/execution.ts";
import type { Parts } from "../parts.ts";
import { executionOf, stepOf } from "./execution-of.ts";
import { namedIn } from "./target.ts";

/** Commands for what is going on. They hand in what the person wants; what becomes of it shows where the execution shows. */

const GOING: readonly ExecutionStatus[] = ["running", "paused", "waiting", "interrupted"];
const ORDER = ["executionId", "stepId"] as const;

export async function pause(parts: Parts, args: readonly unknown[]): Promise<void> {
  const target = await executionOf(parts, namedIn(args, ORDER), {
    title: vscode.l10n.t("Pause an Execution"),
    statuses: ["running", "waiting"],
    none: vscode.l10n.t("Nothing is running."),
  });
  if (!target) return;
  await target.session.link.call("execution.pause", { executionId: target.executionId, commandId: randomUUID() });
}

export async function resume(parts: Parts, args: readonly unknown[]): Promise<void> {
  const target = await executionOf(parts, namedIn(args, ORDER), {
    title: vscode.l10n.t("Resume an Execution"),
    statuses: ["paused", "interrupted"],
    none: vscode.l10n.t("No execution is paused or interrupted."),
  });
  if (!target) return;
  await target.session.link.call("execution.resume", { executionId: target.executionId, commandId: randomUUID() });
}

export async function cancel(parts: Parts, args: readonly unknown[]): Promise<void> {
  const target = await executionOf(parts, namedIn(args, ORDER), {
    title: vscode.l10n.t("Cancel an Execution"),
    statuses: GOING,
    none: vscode.l10n.t("Nothing is running."),
  });
  if (!target) return;
  await target.session.link.call("execution.cancel", { executionId: target.executionId, commandId: randomUUID() });
}

export async function retryExecution(parts: Parts, args: readonly unknown[]): Promise<void> {
  const target = await executionOf(parts, namedIn(args, ORDER), {
    title: vscode.l10n.t("Retry What Failed"),
    statuses: ["failed", "cancelled", "waiting"],
    none: vscode.l10n.t("No execution has failed."),
  });
  if (!target) return;
  await target.session.link.call("execution.retry", { executionId: target.executionId, commandId: randomUUID() });
}

const RETRIED: readonly StepStatus[] = ["failed", "cancelled", "waiting", "skipped"];

export async function retryStep(parts: Parts, args: readonly unknown[]): Promise<void> {
  const target = await stepOf(parts, namedIn(args, ORDER), {
    title: vscode.l10n.t("Retry a Step"),
    none: vscode.l10n.t("There is no execution yet."),
    stepStatuses: RETRIED,
    noStep: vscode.l10n.t("No step of this execution has failed."),
  });
  if (!target) return;
  const { session, executionId, stepId } = target;
  await session.link.call("execution.retry", { executionId, stepId, commandId: randomUUID() });
}

export async function rerunFrom(parts: Parts, args: readonly unknown[]): Promise<void> {
  const target = await stepOf(parts, namedIn(args, ORDER), {
    title: vscode.l10n.t("Run Again from a Step"),
    none: vscode.l10n.t("There is no execution yet."),
    stepStatuses: ["completed", "failed", "skipped", "cancelled"],
    noStep: vscode.l10n.t("No step of this execution has ended."),
  });
  if (!target) return;
  const { session, executionId, stepId } = target;
  await session.link.call("execution.rerun", { executionId, stepId, commandId: randomUUID() });
}

export async function killStep(parts: Parts, args: readonly unknown[]): Promise<void> {
  const target = await stepOf(parts, namedIn(args, ORDER), {
    title: vscode.l10n.t("Stop a Step"),
    statuses: GOING,
    none: vscode.l10n.t("Nothing is running."),
    stepStatuses: ["running"],
    noStep: vscode.l10n.t("No step of this execution runs."),
  });
  if (!target) return;
  const { session, executionId, stepId } = target;
  await session.link.call("execution.kill", { executionId, stepId, commandId: randomUUID() });
}
