import type { Client } from "../../../schemas/client.ts";
import { formatDuration } from "../../../schemas/duration.ts";
import type { ExecutionView } from "../../../schemas/execution.ts";
import { throwFailure } from "../../../schemas/failure.ts";
import { formatAmount } from "../../../schemas/money.ts";
import { stepName } from "../../../schemas/step-name.ts";
import { workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { summary } from "../render/execution-text.ts";
import { stepText } from "../render/step-text.ts";
import { clip, plain, table } from "../render/text.ts";
import { printNotices } from "./approve.ts";

/** `planwright status [EXECUTION] [--step ID]`: the list of executions, one of them step by step, or one step with its evidence. */
export async function statusCommand(
  context: CommandContext,
  name: string | undefined,
  stepId: string | undefined,
): Promise<ExitCode> {
  const client = await context.connect(workspaceFolder(context));
  if (stepId !== undefined) {
    const executionId = await executionNamed(client, name);
    const detail = await client.call("execution.step", { executionId, stepId });
    if (context.json) context.terminal.json(detail);
    else context.terminal.print(stepText(detail, context.terminal));
    return EXIT.completed;
  }
  if (name !== undefined) {
    const execution = await client.call("execution.get", { executionId: await executionNamed(client, name) });
    if (context.json) context.terminal.json(execution);
    else context.terminal.print(executionText(execution, context));
    return EXIT.completed;
  }
  const { executions, notices } = await client.call("execution.list", {});
  printNotices(context, notices);
  const worker = await client.call("worker.status", {});
  if (context.json) {
    context.terminal.json({ worker, executions });
    return EXIT.completed;
  }
  const rows = executions.map((execution) => [
    execution.executionId,
    execution.status,
    clip(plain(execution.title), 40),
    formatAmount(execution.cost, execution.currency),
    new Date(execution.startedAt).toLocaleString(),
  ]);
  context.terminal.print(
    rows.length === 0
      ? `No execution is on record in ${worker.folder}. Next: planwright run FILE`
      : table([["EXECUTION", "STATE", "SPEC", "COST", "STARTED"], ...rows]),
  );
  return EXIT.completed;
}

/** The id of an execution by its id, a unique beginning of it, or `latest` (also when nothing is named). */
export async function executionNamed(client: Client, name: string | undefined): Promise<string> {
  const { executions } = await client.call("execution.list", { limit: 1_000 });
  const [latest] = executions;
  if (name === undefined || name === "latest") {
    return (
      latest?.executionId ??
      throwFailure("not_found", "no execution is on record in this workspace: start with planwright run FILE")
    );
  }
  const matching = executions.filter(({ executionId }) => executionId.startsWith(name));
  if (matching.length > 1)
    throwFailure("bad_request", `"${name}" fits ${matching.length} executions: type more of the id`);
  return matching[0]?.executionId ?? name;
}

/** What a step waits for goes before the failure that it had. */
function whyOf({ blocker, failure }: ExecutionView["steps"][number]): string {
  if (blocker && failure) return `${blocker.detail} (${failure.message})`;
  return blocker?.detail ?? failure?.message ?? "";
}

function executionText(execution: ExecutionView, context: CommandContext): string {
  const rows = execution.steps.map((step) => [
    step.status + (step.simulated ? " (simulated)" : ""),
    clip(plain(stepName(step)), 48),
    String(step.attempts),
    step.duration === null ? "–" : formatDuration(step.duration),
    formatAmount(step.cost, execution.costs.currency),
    plain(whyOf(step)),
  ]);
  const outputs = execution.steps.flatMap((step) =>
    (step.result?.outputs ?? []).map(({ name, value }) => [
      clip(plain(stepName(step)), 48),
      name,
      clip(plain(String(value).replace(/\s+/g, " ")), 120),
    ]),
  );
  const told = outputs.length === 0 ? "" : `\n\n${table([["STEP", "OUTPUT", "VALUE"], ...outputs])}`;
  return `${table([["STATE", "STEP", "TRIES", "TIME", "COST", "WHY"], ...rows])}${told}\n\n${summary(execution, context)}`;
}
