import { formatDuration } from "../../../schemas/duration.ts";
import { evidenceOf } from "../../../schemas/evidence.ts";
import type { AttemptView, StepDetail } from "../../../schemas/execution.ts";
import { formatAmount } from "../../../schemas/money.ts";
import { stepName } from "../../../schemas/step-name.ts";
import { decisionText } from "./execution-text.ts";
import type { Terminal } from "../terminal.ts";
import { clip, plain, table } from "./text.ts";

/** One step with all its attempts and what shows what each has done. */
export function stepText({ step, attempts, decisions }: StepDetail, terminal: Terminal): string {
  const simulated = step.simulated ? " (simulated)" : "";
  const why = step.blocker?.detail ?? step.failure?.message ?? null;
  return [
    `${plain(stepName(step))}: ${step.status}${simulated}${why === null ? "" : `, ${plain(why)}`}`,
    ...attempts.map(attemptText),
    ...decisions.map((decision) => `\n${decisionText(decision, terminal)}`),
  ].join("\n");
}

const WIDEST = 300;

function attemptText(one: AttemptView): string {
  const { attempt, agent, outcome, duration, failure, result, artifacts, costs, simulated } = one;
  const took = duration === null ? "" : ` after ${formatDuration(duration)}`;
  const rows = [
    ...(failure === null ? [] : [["failure", `${failure.message} [${failure.code}]`]]),
    ...costs.map(({ amount, currency, certainty }) => [
      "cost",
      amount === null ? "unknown" : `${formatAmount(amount, currency)}, ${certainty}`,
    ]),
    ...(simulated ? [] : evidenceOf(result, artifacts).map(({ label, text }) => [label, text])),
  ].map(([label = "", text = ""]) => [label, clip(plain(text), WIDEST)]);
  const head = `\nAttempt ${attempt} by ${plain(agent)}${simulated ? " (simulated)" : ""}: ${outcome ?? "running"}${took}`;
  return rows.length === 0 ? head : `${head}\n${table(rows)}`;
}
