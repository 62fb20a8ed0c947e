import type { AgentDefinition } from "../../schemas/agent.ts";
import type { EventOf } from "../../schemas/event.ts";
import type { LogEntry, LogLevel } from "../../schemas/log.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import type { AttemptSink } from "../agents/adapter.ts";
import { serviceOf } from "../agents/declared-costs.ts";
import { readCost } from "../agents/reported-cost.ts";
import { LineSplitter } from "../logs/line-splitter.ts";
import type { ExecutionLog } from "../logs/log-writer.ts";
import { REDACTED } from "../logs/redactor.ts";
import type { AttemptSupport, Clock } from "../run/ports.ts";
import { insertAgentMessage } from "../store/agent-messages.ts";
import type { Database } from "../store/database.ts";
import { attemptPermissions } from "./attempt-permissions.ts";
import type { Permissions } from "./permissions.ts";

/** Where what an attempt says is kept. */
export interface AttemptPlace {
  readonly clock: Clock;
  readonly database: Database;
  readonly log: ExecutionLog;
  readonly support: AttemptSupport;
  /** What agents may always do in this workspace. */
  readonly permissions: Permissions;
}

export interface AttemptRecord {
  /** Gets what an attempt says, after secrets were taken out. */
  readonly sink: AttemptSink;
  /** Nothing more will be said. */
  end(): void;
}

/** Keeps what an attempt says: output and notes in the log, messages in the record, costs in the journal. */
export function attemptRecord(
  { clock, database, log, support, permissions }: AttemptPlace,
  { plan, step, agent }: { readonly plan: Plan; readonly step: PlanStep; readonly agent: AgentDefinition },
  { executionId, stepId, attempt, attemptId, agent: name }: EventOf<"attempt.started">,
): AttemptRecord {
  const entry = (
    level: LogLevel,
    stream: LogEntry["stream"],
    message: string,
    metadata: LogEntry["metadata"],
  ): LogEntry => ({
    time: clock.wall().toISOString(),
    level,
    source: "agent",
    executionId,
    stepId: step.id,
    attempt,
    agent: name,
    stream,
    message,
    metadata: { ...metadata, ...redactions(message), ...(step.simulated ? { simulated: true } : {}) },
    correlationId: attemptId,
  });
  const lines = {
    stdout: new LineSplitter((message, metadata) => log.append(entry("info", "stdout", message, { ...metadata }))),
    stderr: new LineSplitter((message, metadata) => log.append(entry("warn", "stderr", message, { ...metadata }))),
  };
  const note: AttemptSink["log"] = (level, message, metadata) =>
    log.append(entry(level, null, message, metadata ?? {}));
  let messages = 0;
  const sink: AttemptSink = {
    output: (stream, chunk) => lines[stream].push(chunk),
    log: note,
    cost: (said) => {
      const service = serviceOf(step, agent);
      const terms = { currency: agent.currency, service, planCurrency: plan.currency, rates: plan.rates };
      const read = readCost(said, terms);
      support.report(
        read.kind === "cost" ? { costs: [read.cost], refused: [] } : { costs: [], refused: [read.refused] },
      );
    },
    ask: attemptPermissions({ agent: name, permissions, support, log: note }),
    message: (direction, message) => {
      const timestamp = clock.wall().toISOString();
      const id = `${attemptId}/${(messages += 1)}`;
      const whose = { executionId, stepId, attemptId, agent: agent.id };
      insertAgentMessage(database, { id, ...whose, direction, message, timestamp });
    },
  };
  return {
    sink,
    end() {
      lines.stdout.end();
      lines.stderr.end();
      log.endAttempt(step.id, attempt);
    },
  };
}

/** How many secrets were taken out of a line. */
function redactions(message: string): LogEntry["metadata"] {
  return message.includes(REDACTED) ? { redacted: message.split(REDACTED).length - 1 } : {};
}
