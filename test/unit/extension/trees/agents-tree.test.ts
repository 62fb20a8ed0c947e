import assert from "node:assert/strict";
import { AgentsTree } from "../../../../extension/trees/agents-tree.ts";
import type { Changed } from "../../../../extension/trees/node-tree.ts";
import { anAgent, aSummary, aView, english, FakeFolder, START } from "../../../support/tree-data.ts";

describe("the tree of agents (O4)", () => {
  let folder: FakeFolder;
  let told: Changed[];
  let tree: AgentsTree;

  beforeEach(() => {
    folder = new FakeFolder(aView({ agents: [anAgent(), anAgent({ id: "other", name: "Other" })] }));
    told = [];
    tree = new AgentsTree({
      folders: () => [folder],
      now: () => START,
      l10n: english,
      tell: (changed) => told.push(changed),
    });
  });

  it("asks how runs went when an agent is opened, and anew when executions went on since", async () => {
    const [first, second] = await tree.children();
    assert.deepEqual(folder.asked, []);
    const labels = (await tree.children(first)).map(({ row }) => row.label);
    assert(labels.includes("Last 30 days"));
    await tree.children(first);
    await tree.children(second);
    assert.deepEqual(folder.asked, ["analytics"]);
    folder.view = aView({ agents: folder.view?.agents ?? [], executions: [aSummary()] });
    tree.update();
    await tree.refresh();
    assert.deepEqual(folder.asked, ["analytics", "analytics"]);
  });

  it("tells only the agent whose load changed", async () => {
    await tree.children();
    folder.view = aView({ agents: [anAgent(), anAgent({ id: "other", name: "Other", load: 2 })] });
    tree.update();
    assert.deepEqual(
      told.map((changed) => (changed === "all" ? "all" : changed.map(({ row }) => `${row.label}: ${row.description}`))),
      [["Other: 2 of 4 running"]],
    );
  });

  it("shows what is known of an agent when its figures cannot be asked for", async () => {
    folder.failing = new Error("lost");
    const [first] = await tree.children();
    const labels = (await tree.children(first)).map(({ row }) => row.label);
    assert(labels.includes("Program"));
    assert(!labels.includes("Last 30 days"));
  });
});
