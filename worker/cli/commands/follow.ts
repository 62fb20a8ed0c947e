import type { Client } from "../../../schemas/client.ts";
import type { Decision } from "../../../schemas/decision.ts";
import type { ExecutionProgress, ExecutionStatus, ExecutionView } from "../../../schemas/execution.ts";
import { failure, FailureError } from "../../../schemas/failure.ts";
import { commandId, type CommandContext } from "../context.ts";
import { EXIT, exitCodeOfExecution, type ExitCode } from "../exit-code.ts";
import { summary } from "../render/execution-text.ts";
import { jsonView, liveView, plainView, type ProgressView } from "../render/live-view.ts";
import { onSignals } from "../signals.ts";
import { answerAt } from "./ask.ts";

/** How following stopped. `waits`: nothing goes on until a person has decided something. `asked`: an agent waits for an answer. */
type How = "ended" | "waits" | "asked" | "detached" | "left";

interface Followed {
  /** Number of the last event that was shown. */
  seen: number;
  /** Decisions that the person leaves open. */
  readonly refused: ReadonlySet<string>;
}

/**
 * Follows an execution to its end, asking the person at the terminal for the decisions on the way, and prints its last words. What
 * has happened up to `since` is not shown again. The first Ctrl-C cancels, the second one kills; a closed terminal leaves it running.
 */
export async function followToEnd(
  context: CommandContext,
  client: Client,
  executionId: string,
  since = 0,
): Promise<ExitCode> {
  const followed = { seen: since, refused: new Set<string>() };
  for (;;) {
    const how = await follow(context, client, executionId, followed);
    if (how === "detached") return EXIT.completed;
    if (how === "left") return EXIT.cancelled;
    const execution = await client.call("execution.get", { executionId });
    const next = toAsk(execution.progress, followed.refused, context);
    // What was asked at once may be answered already, and the rest goes on.
    if (!next && (how !== "asked" || isOver(execution.status))) return finish(context, execution);
    if (next && !(await answerAt(context, client, next))) followed.refused.add(next.decisionId);
  }
}

/** The decision that the person at the terminal is asked for at present. What keeps an agent waiting is asked while others go on. */
function toAsk(
  { status, decisions }: ExecutionProgress,
  refused: ReadonlySet<string>,
  { json, terminal }: CommandContext,
): Decision | undefined {
  if (json || !terminal.canAsk) return undefined;
  return decisions.find(
    ({ decisionId, kind }) => !refused.has(decisionId) && (status === "waiting" || kind === "permission"),
  );
}

function finish(context: CommandContext, execution: ExecutionView): ExitCode {
  const { terminal } = context;
  if (context.json) terminal.json(execution);
  else terminal.print(`\n${summary(execution, context)}`);
  return exitCodeOfExecution(execution);
}

async function follow(context: CommandContext, client: Client, executionId: string, followed: Followed): Promise<How> {
  const since = followed.seen;
  const view = viewFor(context);
  const ended = Promise.withResolvers<How>();
  // The connection can be lost before anyone waits for the end.
  ended.promise.catch(() => undefined);
  let interrupts = 0;
  let stalled = false;
  let stopFollowing = async (): Promise<void> => undefined;
  const stopSignals = onSignals({
    interrupt: () => {
      interrupts += 1;
      const force = interrupts > 1;
      if (force && stalled) ended.resolve("left");
      view.say(cancelText(force, stalled));
      client
        .call("execution.cancel", { executionId, force, commandId: commandId() })
        .catch((error: unknown) => ended.reject(error));
    },
    hangUp: () => ended.resolve("detached"),
  });
  const stopClose = client.onClose(() => ended.reject(lostWorker(executionId)));
  try {
    stopFollowing = await client.subscribe({ kind: "execution", executionId }, (batch) => {
      if (batch.kind !== "execution") return;
      stalled = batch.progress.stalled !== null;
      view.prime(batch.events.filter(({ seq }) => seq <= since));
      view.update(
        batch.events.filter(({ seq }) => seq > since),
        batch.progress,
      );
      followed.seen = Math.max(since, batch.after);
      if (batch.end) ended.resolve("ended");
      else if (batch.after < since) return;
      else if (standsStill(batch.progress, context)) ended.resolve("waits");
      else if (toAsk(batch.progress, followed.refused, context)) ended.resolve("asked");
    });
    return await ended.promise;
  } finally {
    stopClose();
    stopSignals();
    // Another view may follow on the same screen.
    void stopFollowing().catch(() => undefined);
    view.close();
  }
}

function viewFor({ json, terminal }: CommandContext): ProgressView {
  if (json) return jsonView(terminal);
  return terminal.isLive ? liveView(terminal) : plainView(terminal);
}

/** Nothing more will happen without a person. Somebody who looks on sees it go on when another terminal resumes a pause. */
function standsStill({ status, running }: ExecutionProgress, { terminal, json }: CommandContext): boolean {
  if (status === "waiting") return true;
  return running.length === 0 && status === "paused" && (json || !terminal.isLive);
}

function isOver(status: ExecutionStatus): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

function cancelText(force: boolean, stalled: boolean): string {
  if (stalled && force) return "Left: the cancellation takes effect as soon as the record can be written.";
  if (stalled) return "Cancelling: it takes effect as soon as the record can be written (again to leave).";
  return force ? "Stopping at once." : "Cancelling: agents are asked to stop (again to kill them at once).";
}

/** The worker went away while its execution was followed. */
export function lostWorker(executionId: string): FailureError {
  const message = `the worker ended unexpectedly; what was acknowledged is in the record: go on with "planwright resume ${executionId}"`;
  return new FailureError(failure("worker_unavailable", message));
}
