import * as vscode from "vscode";
import type { Parts } from "../parts.ts";

export interface CommandEntry {
  readonly id: string;
  /** Works without a trusted folder: it starts nothing and writes nothing. */
  readonly anywhere?: true;
  /** `args` are whatever the place where it was called from gives: tree elements, URIs, ids, or nothing. */
  readonly run: (parts: Parts, args: readonly unknown[]) => PromiseLike<unknown> | void;
}

/**
 * Every command of the product, once; package.json says where they show, and a test compares the two. What they do is loaded when
 * one is run for the first time.
 */
export const COMMANDS: readonly CommandEntry[] = [
  { id: "planwright.plan", run: async (parts, args) => (await import("./plan-spec.ts")).planSpec(parts, args) },
  {
    id: "planwright.planOptional",
    run: async (parts, args) => (await import("./plan-spec.ts")).planWithOptional(parts, args),
  },
  {
    id: "planwright.planWithModel",
    run: async (parts, args) => (await import("./plan-with-model.ts")).planWithModel(parts, args),
  },
  { id: "planwright.planSelection", run: async (parts) => (await import("./plan-words.ts")).planSelection(parts) },
  { id: "planwright.planText", run: async (parts) => (await import("./plan-words.ts")).planText(parts) },
  { id: "planwright.execute", run: async (parts, args) => (await import("./execute.ts")).executeSpec(parts, args) },
  { id: "planwright.runFrom", run: async (parts, args) => (await import("./execute.ts")).runFrom(parts, args) },
  { id: "planwright.approve", run: async (parts, args) => (await import("./approve.ts")).approve(parts, args) },
  { id: "planwright.openPlan", run: async (parts, args) => (await import("./open.ts")).openPlan(parts, args) },
  { id: "planwright.pause", run: async (parts, args) => (await import("./control.ts")).pause(parts, args) },
  { id: "planwright.resume", run: async (parts, args) => (await import("./control.ts")).resume(parts, args) },
  { id: "planwright.cancel", run: async (parts, args) => (await import("./control.ts")).cancel(parts, args) },
  {
    id: "planwright.retryExecution",
    run: async (parts, args) => (await import("./control.ts")).retryExecution(parts, args),
  },
  { id: "planwright.retryStep", run: async (parts, args) => (await import("./control.ts")).retryStep(parts, args) },
  { id: "planwright.rerunFrom", run: async (parts, args) => (await import("./control.ts")).rerunFrom(parts, args) },
  { id: "planwright.killStep", run: async (parts, args) => (await import("./control.ts")).killStep(parts, args) },
  { id: "planwright.openLog", run: async (parts, args) => (await import("./log.ts")).openLog(parts, args) },
  { id: "planwright.openLogFile", run: async (parts, args) => (await import("./log.ts")).openWholeLog(parts, args) },
  { id: "planwright.exportLog", run: async (parts, args) => (await import("./log.ts")).exportWholeLog(parts, args) },
  {
    id: "planwright.acceptResult",
    run: async (parts, args) => (await import("./result.ts")).acceptResult(parts, args),
  },
  { id: "planwright.showChanges", run: async (parts, args) => (await import("./result.ts")).showChanges(parts, args) },
  {
    id: "planwright.openConflict",
    run: async (parts, args) => (await import("./result.ts")).openConflict(parts, args),
  },
  { id: "planwright.openReport", run: async (parts, args) => (await import("./open.ts")).openReport(parts, args) },
  { id: "planwright.answer", run: async (parts, args) => (await import("./answer.ts")).answer(parts, args) },
  { id: "planwright.inbox", run: () => vscode.commands.executeCommand("planwright.inbox.focus") },
  { id: "planwright.agents", run: () => vscode.commands.executeCommand("planwright.agents.focus") },
  { id: "planwright.doctor", run: async (parts) => (await import("./doctor.ts")).doctor(parts) },
  { id: "planwright.showOutput", anywhere: true, run: ({ output }) => output.show() },
  {
    id: "planwright.restartWorker",
    run: async (parts, args) => (await import("./worker.ts")).restartWorker(parts, args),
  },
  { id: "planwright.refresh", run: async (parts) => (await import("./worker.ts")).refresh(parts) },
  { id: "planwright.openArtifact", run: async (parts, args) => (await import("./open.ts")).openArtifact(parts, args) },
  { id: "planwright.openSpec", run: async (parts, args) => (await import("./open.ts")).openSpec(parts, args) },
  {
    id: "planwright.openAgent",
    run: async (parts, args) => (await import("../trees/agent-commands.ts")).openAgent(parts, args),
  },
  {
    id: "planwright.copyId",
    run: async (parts, args) => (await import("../trees/agent-commands.ts")).copyId(parts, args),
  },
  {
    id: "planwright.copyPid",
    run: async (parts, args) => (await import("../trees/agent-commands.ts")).copyPid(parts, args),
  },
  { id: "planwright.budget", run: () => vscode.commands.executeCommand("planwright.budget.focus") },
  { id: "planwright.openBudget", run: async (parts, args) => (await import("./budget.ts")).openBudget(parts, args) },
  { id: "planwright.budgetDays", run: async () => (await import("./budget.ts")).chooseDays() },
  { id: "planwright.backUp", run: async (parts, args) => (await import("./record.ts")).backUp(parts, args) },
  {
    id: "planwright.hookDeliveries",
    run: async (parts, args) => (await import("./record.ts")).showDeliveries(parts, args),
  },
  {
    id: "planwright.setModelKey",
    run: async (parts) => (await import("../language-models/model-keys.ts")).setModelKey(parts),
  },
  {
    id: "planwright.forgetModelKey",
    run: async (parts) => (await import("../language-models/model-keys.ts")).forgetModelKey(parts),
  },
  { id: "planwright.newSpec", run: async (parts, args) => (await import("./new-spec.ts")).newSpec(parts, args) },
  { id: "planwright.readAs", run: async (parts, args) => (await import("./read-as.ts")).readAs(parts, args) },
];
