import assert from "node:assert/strict";
import { mock } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type * as api from "vscode";
import type { LimitStanding } from "../../../schemas/budget.ts";
import type { WorkspaceView } from "../../../schemas/operations/subscription.ts";
import { FolderLink, type LinkState } from "../../../extension/link/folder-link.ts";
import { aLimit } from "../../support/tree-data.ts";
import { decisionOf, viewOf } from "../../support/workspace-views.ts";
import "../../support/vscode/register.ts";

const { Notifier } = await import("../../../extension/notifier.ts");
const { editor } = await import("../../support/vscode/editor.ts");
const vscode = await import("../../support/vscode/module.ts");

class PlayedLink extends FolderLink {
  played: LinkState = { kind: "idle" };

  override get state(): LinkState {
    return this.played;
  }
}

/** A folder whose worker cannot be reached, and what it had told. */
class Told {
  readonly folder = { uri: uriOf("/w") };
  readonly link = new PlayedLink({
    folder: "/w",
    workerEntry: "/none",
    version: "0.2.0",
    clientName: "test",
    openDoor: () => Promise.reject(new Error("no worker here")),
    log: () => {},
  });
  readonly model: { view: WorkspaceView | null } = { view: null };
}

function uriOf(path: string): api.Uri {
  const uri: unknown = vscode.Uri.file(path);
  if (!isUri(uri)) throw new Error("no URI");
  return uri;
}

function isUri(value: unknown): value is api.Uri {
  return value instanceof vscode.Uri;
}

describe("notifications (E14)", () => {
  let told: Told;
  let changed: InstanceType<typeof vscode.EventEmitter<void>>;
  let notifier: InstanceType<typeof Notifier>;

  beforeEach(() => {
    editor.reset();
    mock.timers.enable({ apis: ["setTimeout"] });
    told = new Told();
    changed = new vscode.EventEmitter<void>();
    const output = { error: (text: unknown) => assert.fail(String(text)) };
    notifier = new Notifier({ session: { folders: [told], onDidChange: changed.event }, output });
  });

  afterEach(() => {
    notifier.dispose();
    mock.timers.reset();
  });

  function tell(view: WorkspaceView): void {
    told.model.view = view;
    changed.fire();
  }

  async function later(): Promise<void> {
    mock.timers.tick(500);
    for (let round = 0; round < 10; round += 1) await turn();
  }

  it("say once that an execution is done, and what it has cost", async () => {
    tell(viewOf([{ id: "x1", status: "running" }]));
    tell(viewOf([{ id: "x1", status: "completed", cost: 0.42 }]));
    tell(viewOf([{ id: "x1", status: "completed", cost: 0.42 }]));
    await later();
    assert.deepEqual(
      editor.messages.map(({ text }) => text),
      ["“Release” is done. Cost: 0.42 USD"],
    );
    assert.deepEqual(editor.messages[0]?.buttons, ["Open Report", "Don’t Show Again"]);
  });

  it("say that something was simulated instead of what it would have cost", async () => {
    tell(viewOf([{ id: "x1", status: "running" }]));
    tell(viewOf([{ id: "x1", status: "completed", simulated: true }]));
    await later();
    assert.match(editor.messages[0]?.text ?? "", /Some of its steps were simulated/);
  });

  it("say nothing of what was there when the window was opened", async () => {
    tell(viewOf([{ id: "x1", status: "failed" }], [decisionOf("x2")]));
    await later();
    assert.deepEqual(editor.messages, []);
  });

  it("lead to the decision that is asked", async () => {
    editor.onMessage = () => "Decide";
    tell(viewOf([{ id: "x1", status: "running" }]));
    tell(viewOf([{ id: "x1", status: "waiting" }], [decisionOf("x1")]));
    await later();
    assert.match(editor.messages[0]?.text ?? "", /waits for you: the command ended with exit code 1/);
    assert.equal(editor.executed.at(-1)?.command, "planwright.answer");
  });

  it("say one thing of what comes together, and lead to the list", async () => {
    const ids = ["x1", "x2", "x3"];
    editor.onMessage = () => "Show Inbox";
    tell(viewOf(ids.map((id) => ({ id, status: "running" }))));
    tell(
      viewOf(
        ids.map((id) => ({ id, status: "waiting" })),
        ids.map((id) => decisionOf(id)),
      ),
    );
    await later();
    assert.deepEqual(
      editor.messages.map(({ text }) => text),
      ["3 executions wait for you."],
    );
    assert.equal(editor.executed.at(-1)?.command, "planwright.inbox");
  });

  it("say once that a limit is nearly or wholly used up, and lead to the budget (E2)", async () => {
    editor.onMessage = () => "Show Budget";
    const spent = (...limits: LimitStanding[]): WorkspaceView => ({
      ...viewOf([{ id: "x1", status: "running" }]),
      limits,
    });
    const near = aLimit({ spent: 85, level: "threshold" });
    const used = aLimit({ spent: 100, level: "limit" });
    tell(spent(aLimit()));
    for (const view of [spent(near), spent(near), spent(used), spent(used)]) tell(view);
    await later();
    assert.deepEqual(
      editor.messages.map(({ text }) => text),
      ["team is used up to 85 %: 85.00 of 100.00 USD.", "team is used up: 100.00 of 100.00 USD."],
    );
    assert.equal(editor.executed.at(-1)?.command, "planwright.budget");
    tell(spent(used, { ...near, key: "b" }, { ...used, key: "c" }));
    await later();
    assert.equal(editor.messages.at(-1)?.text, "2 limits are nearly or wholly used up.");
  });

  it("say nothing of money that others spend, nor when the person turned that off", async () => {
    const level = (value: LimitStanding["level"]): WorkspaceView => ({
      ...viewOf([{ id: "x1", status: "running" }]),
      limits: [aLimit({ level: value })],
    });
    editor.isFocused = false;
    tell(level("below"));
    tell(level("threshold"));
    editor.isFocused = true;
    editor.settings.set("planwright.notifications", { budget: false });
    tell({ ...viewOf([{ id: "x2", status: "running" }]), limits: [aLimit({ level: "limit" })] });
    await later();
    assert.deepEqual(editor.messages, []);
  });

  it("are turned off one kind at a time, by the button or in the settings", async () => {
    editor.onMessage = () => "Don’t Show Again";
    tell(viewOf([{ id: "x1", status: "running" }]));
    tell(viewOf([{ id: "x1", status: "completed" }]));
    await later();
    assert.deepEqual(editor.settings.get("planwright.notifications"), { finished: false });
    tell(viewOf([{ id: "x2", status: "running" }]));
    tell(viewOf([{ id: "x2", status: "completed" }]));
    await later();
    assert.equal(editor.messages.length, 1);
    tell(viewOf([{ id: "x3", status: "running" }]));
    tell(viewOf([{ id: "x3", status: "failed" }]));
    await later();
    assert.equal(editor.messages.length, 2);
  });

  it("come in the window in front of which the execution began, and in no other", async () => {
    editor.isFocused = false;
    tell(viewOf([{ id: "x1", status: "running" }]));
    tell(viewOf([{ id: "x1", status: "completed" }]));
    await later();
    assert.deepEqual(editor.messages, []);
  });

  it("say that a worker ended also when what it ran had only just begun", async () => {
    const connected = (pid: number): LinkState => ({
      kind: "connected",
      hello: { protocol: 2, version: "0.2.0", pid, folder: "/w", epoch: 1 },
      handsOver: false,
    });
    told.link.played = connected(7);
    tell(viewOf([]));
    told.link.played = connected(8);
    changed.fire();
    tell(viewOf([{ id: "x1", status: "interrupted" }]));
    tell(viewOf([{ id: "x1", status: "running" }]));
    await later();
    assert.equal(editor.messages.length, 1);
  });

  it("say once that a worker ended in the middle of something and was replaced", async () => {
    const connected = (pid: number): LinkState => ({
      kind: "connected",
      hello: { protocol: 2, version: "0.2.0", pid, folder: "/w", epoch: 1 },
      handsOver: false,
    });
    told.link.played = connected(7);
    tell(viewOf([{ id: "x1", status: "running" }]));
    told.link.played = { kind: "connecting", waitsFor: null };
    changed.fire();
    told.link.played = connected(8);
    changed.fire();
    tell(viewOf([{ id: "x1", status: "running", completed: 1 }]));
    await later();
    assert.deepEqual(
      editor.messages.map(({ text }) => text),
      ["The worker of “/w” ended. Another was started, and what was interrupted goes on."],
    );
    tell(viewOf([{ id: "x1", status: "cancelled" }]));
    told.link.played = connected(9);
    changed.fire();
    await later();
    assert.equal(editor.messages.length, 1);
  });

  it("make no link of what an agent said", async () => {
    const message = "[all is well](command:workbench.action.terminal.new)";
    tell(viewOf([{ id: "x1", status: "running" }]));
    tell(viewOf([{ id: "x1", status: "waiting" }], [decisionOf("x1", { message })]));
    await later();
    assert.doesNotMatch(editor.messages[0]?.text ?? "", /\]\(/);
  });
});
