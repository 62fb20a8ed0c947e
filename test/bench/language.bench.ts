import { readFileSync } from "node:fs";
import {
  CodeLensRequest,
  CompletionRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  HoverRequest,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { systemClock } from "../../worker/run/system-clock.ts";
import { withEditor, type EditorClient } from "../support/language-client.ts";
import { agentView, SHELL } from "../support/planning.ts";
import type { BenchResult } from "./result.ts";

const LARGEST = new URL("../fixtures/language/large.spec.md", import.meta.url);
const ROUNDS = 60;
const LIMIT_MS = 50;
const HUGE_TASKS = 10_000;
const HUGE_ROUNDS = 8;
const HUGE_LIMIT_MS = 1_500;

type Question = "completion" | "hover" | "lenses" | "symbols" | "folding";

/** Issue 4: what an editor asks is answered within 50 ms on the largest corpus file, and a spec of 10,000 tasks stays usable. */
export async function run(): Promise<BenchResult[]> {
  const text = readFileSync(LARGEST, "utf8");
  const usual = await measure(text, ROUNDS);
  const huge = await measure(hugeSpec(), HUGE_ROUNDS);
  return [
    row("editor answers, largest corpus file (p95)", usual, LIMIT_MS, `${text.length} characters`),
    row("editor answers, 10,000 tasks (p95)", huge, HUGE_LIMIT_MS, "with its plan made beside it"),
    row(
      "completion in 10,000 tasks (p95)",
      huge.filter(([question]) => question === "completion"),
      LIMIT_MS,
      "after a keystroke",
    ),
  ];
}

type Times = (readonly [Question, number])[];

function row(name: string, times: Times, limit: number, what: string): BenchResult {
  const ours = p95(times.map(([, time]) => time));
  const each = [...new Set(times.map(([question]) => question))].map((question) => {
    return `${question} ${p95(times.filter(([one]) => one === question).map(([, time]) => time)).toFixed(0)}`;
  });
  const note = `${what}; ${each.join(", ")} ms`;
  return { name, ours, peer: null, unit: "ms", ratio: null, limit: `<= ${limit} ms`, pass: ours <= limit, note };
}

/** A keystroke and what an editor asks after it, again and again. The first round, in which code is compiled, is left out. */
async function measure(text: string, rounds: number): Promise<Times> {
  const times: Times = [];
  await withEditor({ agents: [SHELL, agentView("coder", ["code_generation"])], clock: systemClock }, async (editor) => {
    editor.open(text);
    await editor.diagnostics();
    const document = TextDocument.create("", "", 1, text);
    for (let round = 0; round <= rounds; round += 1) {
      const offset = text.indexOf("\n", Math.floor((text.length * (round + 1)) / (rounds + 2)));
      const position = document.positionAt(offset);
      editor.change(round + 2, [{ range: { start: position, end: position }, text: "x" }]);
      const answers = await ask(editor, position);
      if (round > 0) times.push(...answers);
    }
  });
  return times;
}

async function ask({ connection }: EditorClient, position: { line: number; character: number }): Promise<Times> {
  const textDocument = { uri: "file:///project/test.spec.md" };
  const questions: Record<Question, () => Promise<unknown>> = {
    completion: () => connection.sendRequest(CompletionRequest.type, { textDocument, position }),
    hover: () => connection.sendRequest(HoverRequest.type, { textDocument, position }),
    lenses: () => connection.sendRequest(CodeLensRequest.type, { textDocument }),
    symbols: () => connection.sendRequest(DocumentSymbolRequest.type, { textDocument }),
    folding: () => connection.sendRequest(FoldingRangeRequest.type, { textDocument }),
  };
  const times: Times = [];
  for (const question of ["completion", "hover", "lenses", "symbols", "folding"] as const) {
    const start = performance.now();
    await questions[question]();
    times.push([question, performance.now() - start]);
  }
  return times;
}

function p95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
}

function hugeSpec(): string {
  const lines: string[] = [];
  for (let task = 0; task < HUGE_TASKS; task += 1) {
    if (task % 500 === 0) lines.push("", `## Section ${task / 500}`, "");
    lines.push(`- [ ] Task ${task} of many`, `  - id: T${task}`, "  - agent: coder");
    if (task % 7 === 6) lines.push(`  - needs: T${task - 3}, T${task - 5}`);
  }
  return lines.join("\n");
}
