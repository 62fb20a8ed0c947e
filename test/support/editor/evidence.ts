import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Locator } from "playwright-core";
import type { EditorServer } from "./server.ts";
import type { EditorWindow } from "./window.ts";

const ANSWER_MS = 1_000;
/** A page that hangs answers nothing at all. */
const HUNG_MS = 3_000;
const MOST_LINES = 60;
const LONGEST_LINE = 180;
/** Newest files of these names, with how many of them and how many of their last lines. */
const LOGS = [
  { below: "user/logs", name: "Planwright.log", files: 2, lines: 7 },
  { below: "user/logs", name: "remoteexthost.log", files: 1, lines: 6 },
  { below: "state/planwright/workers", name: "worker.log", files: 1, lines: 5 },
  { below: "state/planwright/workers", name: "stderr.log", files: 1, lines: 5 },
] as const;

/** What a reader of a build server's log needs to know of a test that failed: nothing else is kept from there. Never rejects. */
export async function evidenceOf(server: EditorServer, windows: readonly EditorWindow[]): Promise<string> {
  const lines: string[] = [];
  for (const [index, window] of windows.entries()) {
    lines.push(`window ${index + 1} of ${windows.length}`, ...indented(await seenIn(window)));
  }
  const processes = server.processes().filter(({ command }) => command !== "" && !/keeper\.ts/.test(command));
  lines.push("processes", ...indented(processes.map(({ pid, command }) => `${pid} ${shortCommand(oneLine(command))}`)));
  for (const log of LOGS) lines.push(...endsOf(server.root, log));
  return lines
    .slice(0, MOST_LINES)
    .map((line) => cut(line, LONGEST_LINE))
    .join("\n");
}

/** One line for each thing that a person would look at. */
async function seenIn(window: EditorWindow): Promise<string[]> {
  const { page, quickInput } = window;
  const questions: Record<string, () => Promise<string>> = {
    tabs: () => textsOf(page.locator(".tabs-container .tab")),
    "tab in front": () => textsOf(page.locator(".tabs-container .tab.active")),
    "quick input": async () => {
      if (!(await quickInput.isVisible())) return "closed";
      const typed = await quickInput.locator("input").first().inputValue({ timeout: ANSWER_MS });
      return `open, "${typed}": ${await textsOf(quickInput.locator(".monaco-list-row"))}`;
    },
    dialog: () => textsOf(window.dialog),
    notifications: () => textsOf(page.locator(".notification-toast")),
    "status bar": () => textsOf(page.locator(".part.statusbar .statusbar-item[id^=planwright]")),
    focus: () => page.evaluate<string>("`${document.activeElement?.tagName} ${document.activeElement?.className}`"),
    "page of the plan": () => window.planPage.locator("body").innerText({ timeout: ANSWER_MS }),
  };
  const answers: string[] = [];
  for (const [name, ask] of Object.entries(questions)) {
    const asked = ask().catch((error: unknown) => `unknown: ${firstLine(error)}`);
    const answer = await Promise.race([asked, sleep(HUNG_MS, "no answer", { ref: false })]);
    answers.push(`${name}: ${oneLine(answer)}`);
  }
  return answers;
}

async function textsOf(found: Locator): Promise<string> {
  const texts = await found.allInnerTexts();
  return texts.map((text) => cut(oneLine(text), 80)).join(" | ") || "none";
}

/** The ends of the newest logs of a name. */
function endsOf(root: string, { below, name, files, lines }: (typeof LOGS)[number]): string[] {
  try {
    const folder = join(root, below);
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => basename(file) === name)
      .map((file) => ({ file, changed: statSync(join(folder, file)).mtimeMs }))
      .sort((one, other) => other.changed - one.changed)
      .slice(0, files)
      .flatMap(({ file }) => {
        const last = readFileSync(join(folder, file), "utf8").trimEnd().split("\n").slice(-lines);
        return last.join("") === "" ? [] : [`end of ${file}`, ...indented(last)];
      });
  } catch (error) {
    return [`${name} cannot be read: ${firstLine(error)}`];
  }
}

/** Without the folders, which say little and are long. */
function shortCommand(command: string): string {
  return command.replaceAll(/\S*\/(?=[^\s/]+)/g, "");
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
