import { z } from "zod";
import { lintSpec } from "../../worker/lint/lint.ts";
import { corpusFile } from "../support/corpus.ts";
import { agentView } from "../support/planning.ts";
import { loadPeer } from "./peer.ts";
import { median, type BenchResult } from "./result.ts";

const AGENTS = [agentView("shell", ["command"]), agentView("writer", ["code_generation", "testing", "documentation"])];
const RUNS = 15;

/** From the text of somebody's file to its tasks, its plan and all that is to be said about it. */
export async function run(): Promise<BenchResult[]> {
  const largest = corpusFile("eduops");
  const peer = await markdownPeer();
  return [
    measure("largest Spec Kit file, 101 tasks", largest.path, largest.text, 25, { runs: RUNS * 3, peer }),
    measure("Task Master, 1.5 MB, 1,096 tasks", ".taskmaster/tasks/tasks.json", taskMasterFile(), 150),
    measure("Spec Kit, 10,000 tasks", "specs/001-large/tasks.md", specKitFile(10_000), 1_000, { runs: 5 }),
    measure("Kiro, 10,000 tasks", ".kiro/specs/large/tasks.md", kiroFile(10_000), 1_000, { runs: 5 }),
  ];
}

interface How {
  readonly runs?: number;
  /** Reads a Markdown text, and does nothing with it. */
  readonly peer?: (text: string) => void;
}

function measure(
  name: string,
  path: string,
  text: string,
  limit: number,
  { runs = RUNS, peer }: How = {},
): BenchResult {
  const ours: number[] = [];
  const theirs: number[] = [];
  const time = (work: () => void): number => {
    const start = performance.now();
    work();
    return performance.now() - start;
  };
  // Turn by turn, so that both meet the same disturbances.
  for (let at = 0; at < runs; at += 1) {
    ours.push(time(() => checked(text, path)));
    if (peer) theirs.push(time(() => peer(text)));
  }
  const [first = Number.NaN, ...later] = ours;
  const figure = median(later);
  const other = peer ? median(theirs.slice(1)) : null;
  return {
    name,
    ours: figure,
    peer: other,
    unit: "ms",
    ratio: other === null ? null : median(later.map((one, at) => one / (theirs[at + 1] ?? Number.NaN))),
    limit: `< ${limit.toLocaleString("en-US")} ms`,
    pass: figure < limit,
    note: `parse, plan and lint, median of ${later.length}; first run, with code not yet compiled, ${first.toFixed(0)} ms${peer ? "; peer: mdast-util-from-markdown, which only parses" : ""}`,
  };
}

function checked(text: string, path: string): void {
  const { document, findings } = lintSpec({ text, path, agents: AGENTS });
  const wrong = findings.find(({ code }) => code === "too-large" || code === "bad-json" || code === "empty-spec");
  if (document.tasks.length < 101 || wrong) throw new Error(wrong?.message ?? "tasks are missing");
}

/** What the bench uses of mdast and its extensions. */
const Make = z.custom<() => unknown>((value) => typeof value === "function");
const Parser = z.object({
  fromMarkdown: z.custom<(text: string, options: object) => unknown>((value) => typeof value === "function"),
});

async function markdownPeer(): Promise<(text: string) => void> {
  const { fromMarkdown } = Parser.parse(await loadPeer("mdast-util-from-markdown"));
  const syntax = z.object({ gfmTaskListItem: Make }).parse(await loadPeer("micromark-extension-gfm-task-list-item"));
  const tree = z.object({ gfmTaskListItemFromMarkdown: Make }).parse(await loadPeer("mdast-util-gfm-task-list-item"));
  const options = { extensions: [syntax.gfmTaskListItem()], mdastExtensions: [tree.gfmTaskListItemFromMarkdown()] };
  return (text) => void fromMarkdown(text, options);
}

/** Of the shape of large files that people have: 137 tasks with seven subtasks each, long details, dependencies among both. */
function taskMasterFile(): string {
  const details = "Say what has to change, where, and how the result is recognised. ".repeat(17);
  const tasks = Array.from({ length: 137 }, (_, index) => ({
    id: index + 1,
    title: `Task ${index + 1} of many`,
    description: "What it is for.",
    details,
    testStrategy: "Run the tests of the part.",
    priority: ["high", "medium", "low"][index % 3],
    dependencies: index === 0 ? [] : index % 4 === 0 ? [index, Math.ceil(index / 2)] : [index],
    status: index < 40 ? "done" : "pending",
    subtasks: Array.from({ length: 7 }, (_unused, part) => ({
      id: part + 1,
      title: `Part ${part + 1} of task ${index + 1}`,
      description: "A part of it.",
      details,
      dependencies: part === 0 ? [] : [part],
      status: index < 40 ? "done" : "pending",
    })),
  }));
  const metadata = { created: "2026-01-01T00:00:00.000Z", description: "Tasks" };
  return JSON.stringify({ master: { tasks, metadata } }, null, 2);
}

function specKitFile(count: number): string {
  const lines = ["# Tasks: Large", ""];
  for (let task = 1; task <= count; task += 1) {
    if (task % 50 === 1) lines.push("", `## Phase ${Math.ceil(task / 50)}: Part`, "");
    const id = `T${String(task).padStart(5, "0")}`;
    const labels = `${task % 3 === 0 ? "" : " [P]"} [US${1 + (task % 9)}]`;
    const needs = task % 7 === 6 ? ` (depends on T${String(task - 3).padStart(5, "0")})` : "";
    lines.push(`- [ ] ${id}${labels} Implement part ${task} in \`src/part-${task}.ts\` per spec.md${needs}`);
    if (task % 50 === 0) lines.push("", "**Checkpoint**: this part works", "");
  }
  return lines.join("\n");
}

function kiroFile(count: number): string {
  const lines = ["# Implementation Plan", ""];
  for (let task = 0; task < count; task += 1) {
    const [group, part] = [1 + Math.floor(task / 5), task % 5];
    lines.push(part === 0 ? `- [ ] ${group}. Build group ${group}` : `  - [ ] ${group}.${part} Build part ${part}`);
    lines.push(
      `${part === 0 ? "" : "  "}  - Write it`,
      `${part === 0 ? "" : "  "}  - _Requirements: ${group}.1, ${group}.2_`,
    );
  }
  return lines.join("\n");
}
