import type { Client } from "../../../schemas/client.ts";
import type { LogEntry, LogFilter } from "../../../schemas/log.ts";
import { workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { plain } from "../render/text.ts";
import { onSignals } from "../signals.ts";
import { lostWorker } from "./follow.ts";
import { executionNamed } from "./status.ts";

export interface LogOptions {
  readonly filter: LogFilter;
  readonly follow: boolean;
  /** Only the last so many entries, before following. */
  readonly tail: number | null;
}

/** `planwright logs [EXECUTION]`: the log of an execution, filtered; with `--follow` until the execution ends. */
export async function logsCommand(
  context: CommandContext,
  name: string | undefined,
  options: LogOptions,
): Promise<ExitCode> {
  const client = await context.connect(workspaceFolder(context));
  const executionId = await executionNamed(client, name);
  const print = (entries: readonly LogEntry[]): void => {
    for (const entry of entries) {
      if (context.json) context.terminal.json(entry);
      else context.terminal.print(logLine(entry, context));
    }
  };
  let from = "";
  if (options.tail !== null) {
    const page = await client.call("log.query", { executionId, filter: options.filter, tail: options.tail });
    print(page.entries);
    from = page.cursor;
  }
  if (options.follow) {
    await follow(client, executionId, { filter: options.filter, from, print });
    return EXIT.completed;
  }
  for (let cursor = "", more = options.tail === null; more;) {
    const page = await client.call("log.query", { executionId, filter: options.filter, cursor });
    print(page.entries);
    ({ cursor, more } = page);
  }
  return EXIT.completed;
}

interface Following {
  readonly filter: LogFilter;
  readonly from: string;
  readonly print: (entries: readonly LogEntry[]) => void;
}

/** Prints what comes until the execution ends or the person has seen enough. */
async function follow(client: Client, executionId: string, { filter, from, print }: Following): Promise<void> {
  const ended = Promise.withResolvers<void>();
  // The connection can be lost before anyone waits for the end.
  ended.promise.catch(() => undefined);
  const stopSignals = onSignals({ interrupt: ended.resolve, hangUp: ended.resolve });
  const stopClose = client.onClose(() => ended.reject(lostWorker(executionId)));
  try {
    await client.subscribe({ kind: "log", executionId, filter, after: from }, (batch) => {
      if (batch.kind !== "log") return;
      print(batch.entries);
      if (batch.end) ended.resolve();
    });
    await ended.promise;
  } finally {
    stopClose();
    stopSignals();
  }
}

function logLine(entry: LogEntry, { terminal }: CommandContext): string {
  const colour = {
    debug: "dim",
    info: "cyan",
    success: "green",
    warn: "yellow",
    error: "red",
    critical: "red",
  } as const;
  const where =
    entry.stepId === null ? entry.source : `${entry.stepId}${(entry.attempt ?? 1) > 1 ? `#${entry.attempt ?? 1}` : ""}`;
  const mark = entry.stream === "stderr" ? "!" : " ";
  return `${terminal.style("dim", entry.time.slice(11, 23))} ${terminal.style(colour[entry.level], plain(where))}${mark} ${plain(entry.message)}`;
}
