import type { Client } from "../../../schemas/client.ts";
import type { Decision, DecisionChoice } from "../../../schemas/decision.ts";
import { FailureError } from "../../../schemas/failure.ts";
import { formatAmount } from "../../../schemas/money.ts";
import { commandId, type CommandContext } from "../context.ts";
import { particulars } from "../render/execution-text.ts";
import { plain } from "../render/text.ts";

/** What the choices say at the prompt. Their first letters are typed. */
const WORDS: Record<DecisionChoice, string> = {
  retry: "run it again",
  skip: "go on without it",
  allow: "raise the limit",
  abort: "stop the execution",
  allow_once: "let it do this once",
  allow_session: "let it do this until the execution ends",
  allow_always: "always let it do this in this workspace",
  reject: "do not let it",
};

/** What is typed for a choice: several begin alike. */
function wordOf(choice: DecisionChoice): string {
  return choice.replace(/^allow_/, "");
}

/**
 * Asks the person at the terminal for a decision and hands the answer in. False: they leave it open. Somebody else may answer first;
 * then the question goes away.
 */
export async function answerAt(context: CommandContext, client: Client, decision: Decision): Promise<boolean> {
  const { terminal } = context;
  const { decisionId, executionId, choices } = decision;
  const more = decision.amount === null ? "" : ` by ${formatAmount(decision.amount, decision.currency)}`;
  terminal.print(`\n${terminal.style("yellow", "?")} ${plain(decision.message)}`);
  for (const line of particulars(decision)) terminal.print(line);
  for (const choice of choices)
    terminal.print(`  ${wordOf(choice)}: ${WORDS[choice]}${choice === "allow" ? more : ""}`);
  terminal.print("  later: leave it in the inbox");
  const elsewhere = new AbortController();
  const stop = await client.subscribe({ kind: "execution", executionId }, (batch) => {
    if (batch.kind !== "execution" || batch.progress.decisions.some((open) => open.decisionId === decisionId)) return;
    elsewhere.abort();
  });
  try {
    const typed = await terminal.choose("Your decision?", [...choices.map(wordOf), "later"], elsewhere.signal);
    if (elsewhere.signal.aborted) {
      terminal.print("Decided elsewhere.");
      return true;
    }
    const choice = choices.find((offered) => wordOf(offered) === typed);
    if (choice === undefined) return false;
    await client.call("inbox.answer", { decisionId, choice, commandId: commandId() });
    return true;
  } catch (error) {
    // Answered or withdrawn at the same moment.
    if (!(error instanceof FailureError) || !["conflict", "not_found"].includes(error.failure.code)) throw error;
    terminal.error(`planwright: ${plain(error.message)}`);
    return true;
  } finally {
    await stop().catch(() => undefined);
  }
}
