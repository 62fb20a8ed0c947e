import type { Failure } from "../../schemas/failure.ts";
import type { AttemptContext, AttemptHandle, AttemptSink } from "./adapter.ts";
import { shellArgv } from "./command.ts";
import { attemptEnvironment } from "./environment.ts";
import { endFailure } from "./process-failure.ts";
import { redactedSink } from "./redacted-sink.ts";
import { runProcess } from "./run-process.ts";
import { stoppable } from "./stoppable.ts";

export interface SetupEnd {
  /** Null: it has done its work, or was stopped. */
  readonly failure: Failure | null;
  readonly wasStopped: boolean;
}

/** Runs what prepares a worktree for an attempt (`worktrees.setup` of the settings), as shell text in the folder of the context. */
export function startSetup(
  script: string,
  context: AttemptContext,
  listener: AttemptSink,
  environment: NodeJS.ProcessEnv,
): AttemptHandle<SetupEnd> {
  const sink = redactedSink(listener, context.redactor);
  return stoppable(async (stops): Promise<SetupEnd> => {
    sink.log("info", `setup of the worktree: ${script}`);
    const request = {
      argv: shellArgv(script),
      cwd: context.folder,
      env: attemptEnvironment(context, environment),
      input: null,
      attemptId: context.attemptId,
      redactor: context.redactor,
    };
    const ended = await stops.follow(runProcess(request, sink));
    sink.flush();
    if (ended.wasStopped) return { failure: null, wasStopped: true };
    const reason = endFailure("the setup of the worktree (worktrees.setup in .planwright/settings.json)", ended, true);
    return { failure: reason, wasStopped: false };
  });
}
