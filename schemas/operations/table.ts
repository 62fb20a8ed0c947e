import type { z } from "zod";
import { agentAnalytics, agentList } from "./agent.ts";
import { backupList, backupMake, backupRestore } from "./backup.ts";
import { budgetBill, budgetGet } from "./budget.ts";
import {
  executionCancel,
  executionGet,
  executionKill,
  executionList,
  executionPause,
  executionReport,
  executionRerun,
  executionResume,
  executionRetry,
  executionRevise,
  executionStart,
  executionStep,
} from "./execution.ts";
import { hookList, hookRetry } from "./hook.ts";
import { roleList } from "./role.ts";
import { inboxAnswer, inboxList } from "./inbox.ts";
import { logQuery } from "./log.ts";
import { modelAnswer, modelKeys } from "./model.ts";
import { permissionForget, permissionList } from "./permission.ts";
import { planApprove, planCreate, planGet, planLayout, planList } from "./plan.ts";
import { executionAccept, executionResult, executionResultFile } from "./result.ts";
import { specCreate, specParse, specSetDialect } from "./spec.ts";
import { subscriptionClose, subscriptionOpen } from "./subscription.ts";
import { workerDoctor, workerDrain, workerHello, workerStatus } from "./worker.ts";

/** Every operation of the product, once. Adding one is an entry here and a handler in worker/server. */
export const operations = {
  "agent.analytics": agentAnalytics,
  "agent.list": agentList,
  "backup.list": backupList,
  "backup.make": backupMake,
  "backup.restore": backupRestore,
  "budget.bill": budgetBill,
  "budget.get": budgetGet,
  "execution.accept": executionAccept,
  "execution.cancel": executionCancel,
  "execution.get": executionGet,
  "execution.kill": executionKill,
  "execution.list": executionList,
  "execution.pause": executionPause,
  "execution.report": executionReport,
  "execution.rerun": executionRerun,
  "execution.result": executionResult,
  "execution.resultFile": executionResultFile,
  "execution.resume": executionResume,
  "execution.retry": executionRetry,
  "execution.revise": executionRevise,
  "execution.start": executionStart,
  "execution.step": executionStep,
  "role.list": roleList,
  "hook.list": hookList,
  "hook.retry": hookRetry,
  "inbox.answer": inboxAnswer,
  "inbox.list": inboxList,
  "permission.forget": permissionForget,
  "permission.list": permissionList,
  "log.query": logQuery,
  "model.answer": modelAnswer,
  "model.keys": modelKeys,
  "plan.approve": planApprove,
  "plan.create": planCreate,
  "plan.get": planGet,
  "plan.layout": planLayout,
  "plan.list": planList,
  "spec.create": specCreate,
  "spec.parse": specParse,
  "spec.setDialect": specSetDialect,
  "subscription.close": subscriptionClose,
  "subscription.open": subscriptionOpen,
  "worker.doctor": workerDoctor,
  "worker.drain": workerDrain,
  "worker.hello": workerHello,
  "worker.status": workerStatus,
} as const;

export type Operations = typeof operations;
export type OperationName = keyof Operations;
/** What a caller passes: defaults may be left out. */
export type ParamsIn<N extends OperationName> = z.input<Operations[N]["params"]>;
/** What a handler receives: parsed, defaults filled in. */
export type ParamsOut<N extends OperationName> = z.output<Operations[N]["params"]>;
export type ResultOf<N extends OperationName> = z.output<Operations[N]["result"]>;

/** The same table, typed so that a generic caller can parse with it. */
export const parsers: {
  readonly [N in OperationName]: { readonly params: z.ZodType<ParamsOut<N>>; readonly result: z.ZodType<ResultOf<N>> };
} = operations;
