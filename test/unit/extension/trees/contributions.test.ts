import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { agentDetails, agentEntry } from "../../../../extension/trees/agent-items.ts";
import {
  BUDGET_GROUPS,
  groupOf,
  limitEntry,
  noLimitsEntry,
  problemEntry,
  unknownEntry,
} from "../../../../extension/trees/budget-items.ts";
import { executionEntry, folderEntry, moreEntry } from "../../../../extension/trees/execution-items.ts";
import { decisionWaiting, planWaiting, resultWaiting } from "../../../../extension/trees/inbox-items.ts";
import type { Entry, Row } from "../../../../extension/trees/row.ts";
import { artifactEntry, attemptEntry, stepEntry } from "../../../../extension/trees/step-items.ts";
import { HealthState, type AgentHealth } from "../../../../schemas/agent-health.ts";
import { BudgetLevel, type BudgetView } from "../../../../schemas/budget.ts";
import { DecisionKind } from "../../../../schemas/decision.ts";
import { AttemptSpan, ExecutionStatus, ResultState, StepStatus, type Blocker } from "../../../../schemas/execution.ts";
import {
  aBudget,
  aDecision,
  aLimit,
  anAgent,
  anAttempt,
  aPlan,
  aProgress,
  aSpentLine,
  aStep,
  aSummary,
  english,
  START,
} from "../../../support/tree-data.ts";

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../${name}`, import.meta.url), "utf8"));

const MenuEntry = z.object({ command: z.string(), when: z.string() });
const { contributes } = z
  .object({
    contributes: z.object({
      commands: z.array(z.object({ command: z.string() })),
      colors: z.array(z.object({ id: z.string(), defaults: z.record(z.string(), z.string()) })),
      menus: z.object({ "view/title": z.array(MenuEntry), "view/item/context": z.array(MenuEntry) }),
      viewsWelcome: z.array(z.object({ view: z.string(), contents: z.string(), when: z.string() })),
    }),
  })
  .parse(read("package.json"));
const words = z.record(z.string(), z.string()).parse(read("package.nls.json"));
const codicons = readFileSync(
  new URL("../../../../node_modules/@vscode/codicons/dist/codiconsLibrary.ts", import.meta.url),
  "utf8",
);

function healthOf(state: HealthState): AgentHealth {
  const at = new Date(START).toISOString();
  const process = { pid: 4711, state, startedAt: at, lastBeat: at, load: 1 };
  return { state, detail: "it is silent", lastSeen: at, restarts: 2, processes: [process] };
}

function everySpending(): BudgetView {
  const line = aSpentLine();
  const at = new Date(START).toISOString();
  const step = { executionId: "run-1", stepId: "step-1", title: "Compile" };
  return aBudget({
    byService: [line],
    byAgent: [line],
    byDay: [line],
    byExecution: [{ ...line, executionId: "run-1" }],
    accuracy: [{ attempts: 1, currency: "USD", estimated: 1, actual: 1, medianRatio: 1, withinTenth: 1 }],
    approvals: [{ at, by: "anna", amount: 1, currency: "USD", label: "team", ...step }],
  });
}

/** A row of each kind in each state. */
function everyRow(): Row[] {
  const folder = "file:///project/site";
  const place = { folder, executionId: "run-1" };
  const artifact = { type: "file", path: "a", url: null, sha256: "", size: 1 };
  const blocker: Blocker = { kind: "approval", detail: "", steps: [] };
  const step = { ...aStep(), currency: "USD", problem: null, running: null };
  const entries: Entry[] = [
    ...ExecutionStatus.options.flatMap((status) => [
      executionEntry({ folder, summary: aSummary({ status }), progress: null }, english),
      executionEntry(
        {
          folder,
          summary: aSummary({ status }),
          progress: { at: START, value: aProgress({ status, stalled: "full", decisions: [aDecision()] }) },
        },
        english,
      ),
    ]),
    ...ResultState.options.map((result) =>
      executionEntry({ folder, summary: aSummary({ status: "completed", result }), progress: null }, english),
    ),
    resultWaiting({ folder, name: null }, aSummary({ status: "completed", result: "ready" }), english).entry,
    ...StepStatus.options.flatMap((status) =>
      [0, 1].map((attempts) => stepEntry(place, { ...step, status, attempts, blocker }, english)),
    ),
    ...[...AttemptSpan.shape.outcome.unwrap().options, null].map((outcome) =>
      attemptEntry({ ...place, stepId: "s" }, anAttempt({ outcome }), english),
    ),
    artifactEntry({ ...place, stepId: "s" }, 1, artifact, english),
    ...DecisionKind.options.map(
      (kind) =>
        decisionWaiting({ folder, name: null }, aDecision({ kind }), { execution: null, limit: aLimit() }, english)
          .entry,
    ),
    planWaiting({ folder, name: null }, aPlan(), english).entry,
    agentEntry(folder, anAgent(), english),
    agentEntry(folder, anAgent({ load: 1 }), english),
    agentEntry(folder, anAgent({ available: false, origin: "built-in", simulated: true }), english),
    ...agentDetails(folder, anAgent({ unavailableReason: "why" }), { days: 30, of: null }, english),
    ...HealthState.options.flatMap((state) => {
      const agent = anAgent({ adapter: "process", health: healthOf(state) });
      return [agentEntry(folder, agent, english), ...agentDetails(folder, agent, null, english)];
    }),
    ...BudgetLevel.options.map((level) => limitEntry(folder, aLimit({ level }), null, english)),
    problemEntry(folder, ".planwright/budget.json:3: no", english),
    noLimitsEntry(folder, english),
    unknownEntry(folder, "lost", english),
    ...BUDGET_GROUPS.flatMap((group) => {
      const found = groupOf(folder, group, everySpending(), english);
      return found === null ? [] : [found.entry, ...found.below];
    }),
    folderEntry(folder, "site", () => ""),
    moreEntry("more", { folder }, "More"),
  ];
  return entries.map(({ draw }) => draw(START));
}

describe("what the trees contribute (O4)", () => {
  const commands = new Set(contributes.commands.map(({ command }) => command));
  const rows = everyRow();

  it("has menus whose conditions rows can meet", () => {
    const given = rows.map(({ context }) => context.join(" "));
    for (const { command, when } of contributes.menus["view/item/context"]) {
      assert(commands.has(command), command);
      const patterns = [...when.matchAll(/viewItem =~ \/(.*?)\/(?:\s|$)/g)].map(
        ([, source = ""]) => new RegExp(source),
      );
      assert(patterns.length > 0, `${command} shows for every row: ${when}`);
      const meets = given.some((context) => patterns.every((pattern) => pattern.test(context)));
      assert(meets, `no row has the menu entry ${command}: ${when}`);
    }
  });

  it("has icons and colours that there are", () => {
    const colors = new Set(contributes.colors.map(({ id }) => id));
    for (const { icon } of rows) {
      const name = icon.id.replace(/~spin$/, "");
      assert(name === "file" || codicons.includes(`register('${name}'`), `no codicon ${name}`);
      assert(icon.color === null || colors.has(icon.color), `no colour ${icon.color}`);
    }
    for (const { id, defaults } of contributes.colors) {
      assert.deepEqual(Object.keys(defaults).sort(), ["dark", "highContrast", "highContrastLight", "light"], id);
    }
  });

  it("gives each row its state in words, for those who see no colour and no icon (O5)", () => {
    for (const row of rows) {
      const state = row.context[1];
      if (row.context[0] === "step" || row.context[0] === "execution") assert(row.description.length > 0, state);
      assert(
        row.spoken.length > row.label.length || row.context[0] === "folder" || row.context[0] === "more",
        row.label,
      );
    }
  });

  it("has a welcome for every empty view, with commands that there are", () => {
    const own = new Set([...commands, "planwright.findAgents"]);
    for (const { contents } of contributes.viewsWelcome) {
      const text = words[contents.slice(1, -1)] ?? "";
      assert(text.length > 0, contents);
      const links = [...text.matchAll(/\(command:([\w.]+)/g)].map(([, command = ""]) => command);
      for (const command of links) assert(own.has(command) || !command.startsWith("planwright."), command);
    }
  });
});
