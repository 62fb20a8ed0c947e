import type { Client } from "../../../schemas/client.ts";
import { DecisionChoice, type SettledDecision } from "../../../schemas/decision.ts";
import type { ExecutionStatus } from "../../../schemas/execution.ts";
import { throwFailure } from "../../../schemas/failure.ts";
import { commandId, workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { modificationsOf, type StepOptions } from "../modifications.ts";
import { decisionText } from "../render/execution-text.ts";
import { clip, plain, table } from "../render/text.ts";

/** `planwright inbox`: what waits for a person, with the ways to answer; `--all` also what was decided. */
export async function inboxCommand(context: CommandContext, all: boolean): Promise<ExitCode> {
  const client = await context.connect(workspaceFolder(context));
  const { decisions } = await client.call("inbox.list", { settled: all });
  if (context.json) {
    context.terminal.json({ decisions });
    return EXIT.completed;
  }
  const open = decisions.filter(({ status }) => status === "open");
  const settled = decisions.filter(({ status }) => status !== "open");
  const texts = open.map((decision) => decisionText(decision, context.terminal));
  context.terminal.print(texts.length === 0 ? "Nothing waits for you." : texts.join("\n\n"));
  if (settled.length > 0) {
    const rows = settled.map((decision) => [
      decision.decisionId,
      clip(plain(decision.title), 40),
      decision.choice ?? decision.status,
      plain(decision.by ?? ""),
      decision.answeredAt === null ? "" : new Date(decision.answeredAt).toLocaleString(),
    ]);
    context.terminal.print(`\n${table([["DECISION", "STEP", "ANSWER", "BY", "AT"], ...rows])}`);
  }
  return EXIT.completed;
}

export interface AnswerOptions extends StepOptions {
  readonly amount?: number;
}

/** `planwright answer [DECISION] CHOICE`: without an id the one decision that is open. */
export async function answerCommand(
  context: CommandContext,
  words: readonly string[],
  options: AnswerOptions,
): Promise<ExitCode> {
  const word = words.at(-1) ?? "";
  const choice = DecisionChoice.safeParse(word);
  if (!choice.success) {
    const known = DecisionChoice.options.join(", ");
    throwFailure("bad_request", `"${word}" is no answer: the answers are ${known}; planwright inbox shows which fit`);
  }
  const client = await context.connect(workspaceFolder(context));
  const decisionId = await decisionNamed(client, words.length > 1 ? words[0] : undefined);
  const answered = await client.call("inbox.answer", {
    decisionId,
    choice: choice.data,
    amount: options.amount ?? null,
    modifications: modificationsOf(options),
    commandId: commandId(),
  });
  if (context.json) context.terminal.json(answered);
  else {
    const { executionId, status } = answered;
    context.terminal.print(
      `${decisionId}: ${choice.data}. ${executionId} is ${status}; ${nextOf(status)} ${executionId}`,
    );
  }
  return EXIT.completed;
}

function nextOf(status: ExecutionStatus): string {
  const isOver = status === "completed" || status === "failed" || status === "cancelled";
  return isOver ? "see planwright report" : "follow it with planwright resume";
}

/** The id of a decision by its id, a unique beginning or its last part; of a single open one without a name. */
async function decisionNamed(client: Client, name: string | undefined): Promise<string> {
  const { decisions } = await client.call("inbox.list", { settled: true, limit: 1_000 });
  const open = decisions.filter(({ status }) => status === "open");
  if (name === undefined) return only(open, "no decision waits for an answer");
  if (decisions.some(({ decisionId }) => decisionId === name)) return name;
  const fits = ({ decisionId }: SettledDecision): boolean =>
    decisionId.startsWith(name) || decisionId.endsWith(`/${name}`);
  const fitting = open.some(fits) ? open.filter(fits) : decisions.filter(fits);
  return only(fitting, `there is no decision "${name}": planwright inbox lists what waits`);
}

function only(decisions: readonly SettledDecision[], none: string): string {
  const [first, second] = decisions;
  if (!first) throwFailure("not_found", none);
  if (second) {
    const some = decisions.slice(0, 5).map(({ decisionId }) => decisionId);
    throwFailure("bad_request", `name one of ${decisions.length} decisions: ${some.join(", ")}`);
  }
  return first.decisionId;
}
