import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { eventually } from "../support/editor/eventually.ts";
import { shareEditor, sharedEditor } from "../support/editor/shared-editor.ts";

const KIT = readFileSync(new URL("../../examples/agents/planwright-agent.mjs", import.meta.url), "utf8");

/** Says what it has cost, also what is none, and works until the file `go` is there. */
const BAKER = `import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { serve } from "./planwright-agent.mjs";

serve(async (task) => {
  task.cost(0.25, {});
  task.cost(-1, {});
  while (!existsSync("go")) await setTimeout(50);
  return { baked: true };
});
`;

const AGENTS = {
  agents: [
    {
      id: "baker",
      name: "Baker",
      capabilities: [{ name: "document_creation", estimatedCost: 0.3 }],
      maxLoad: 2,
      adapter: {
        kind: "process",
        argv: ["node", "baker.mjs"],
        lifetime: "shared",
        supervision: { heartbeat: 500, timeout: 5_000, stagger: 0 },
      },
    },
  ],
};

const SPEC = `---
budget: 2 USD
---

# Bake bread

- [ ] Bake
  - agent: baker
  - capability: document_creation
`;

describe("agents that are processes", () => {
  shareEditor();

  it("show their health, load and processes while they work, what they have cost so far, and that one was restarted (D4, D5, E4)", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write("planwright-agent.mjs", KIT);
    workspace.write("baker.mjs", BAKER);
    workspace.write(".planwright/agents.json", JSON.stringify(AGENTS, null, 2));
    workspace.write("bread.spec.md", SPEC);
    const window = await editor.open(workspace.folder);
    await window.openFile("bread.spec.md");
    await window.approveAndExecute();
    await window.show("Planwright");
    const baker = window.row("Agents", "Baker");
    await baker.filter({ hasText: /healthy.*1 of 2 running/ }).waitFor();
    await window.view("Agents").getByText("1 healthy").waitFor();
    for (const title of ["Inbox", "Budget"]) await window.view(title).locator(".pane-header").click();
    await window.expand(baker);
    const process_ = window.row("Agents", /Process \d+.*healthy.*1 running.*heartbeat/);
    await process_.waitFor();
    const pid = Number(/Process (\d+)/.exec(await process_.innerText())?.[1]);

    const plan = window.planPage;
    await plan.getByRole("row", { name: /Bake/ }).first().click();
    await plan.getByText("Cost so far").first().waitFor();
    await plan.getByText("Refused cost").waitFor();
    await plan
      .getByText(/0\.25 USD/)
      .first()
      .waitFor();
    await window.screenshot("32-agent-health");

    process.kill(pid, "SIGKILL");
    await baker.filter({ hasText: "restarted once" }).waitFor();
    await eventually(async () => {
      const text = await window.row("Agents", /Process \d+.*healthy/).innerText();
      assert.ok(!text.includes(String(pid)));
    });
    await window.screenshot("32-agent-restarted");
    await window.row("Agents", /Process \d+.*1 running/).waitFor();
    workspace.write("go", "");
    await window.row("Executions", /Bake bread.*completed/i).waitFor();
    await baker.filter({ hasText: /healthy.*available/ }).waitFor();
  });
});
