import assert from "node:assert/strict";
import type { LinkState } from "../../../extension/link/folder-link.ts";
import { statusOf, type FolderStatus } from "../../../extension/status-text.ts";
import { failure } from "../../../schemas/failure.ts";
import { decisionOf, viewOf } from "../../support/workspace-views.ts";

const l10n = {
  t: (message: string, ...values: unknown[]): string =>
    message.replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)])),
};
const connected: LinkState = {
  kind: "connected",
  hello: { protocol: 2, version: "0.2.0", pid: 1, folder: "/w", epoch: 1 },
  handsOver: false,
};

function folder(view: FolderStatus["view"], link: LinkState = connected): FolderStatus {
  return { folder: "file:///w", link, view };
}

describe("the status bar (E13)", () => {
  it("shows nothing while nothing goes on and nothing waits", () => {
    assert.equal(statusOf([folder(null), folder(viewOf([{ id: "x1", status: "completed" }]))], l10n), null);
  });

  it("shows how far an execution is and what it has cost of its limit, and opens its plan", () => {
    const view = viewOf([{ id: "x1", status: "running", completed: 3, cost: 0.42, limit: 5 }]);
    const status = statusOf([folder(view)], l10n);
    assert.equal(status?.text, "$(sync~spin) 3/12 · 0.42 USD of 5.00 USD");
    assert.equal(status.spoken, "Planwright: 3/12 · 0.42 USD of 5.00 USD");
    assert.equal(status.command, "planwright.openPlan");
    assert.deepEqual(status.argument, { folder: "file:///w", planId: "plan-of-x1", executionId: "x1" });
  });

  it("adds up several executions, also of several folders, and leads to their list", () => {
    const one = viewOf([{ id: "x1", status: "running", completed: 3 }]);
    const other = viewOf([{ id: "x2", status: "paused", completed: 2 }]);
    const status = statusOf([folder(one), folder(other)], l10n);
    assert.equal(status?.text, "$(sync~spin) 2 executions, 5/24");
    assert.equal(status.command, "planwright.executions.focus");
  });

  it("says what waits for a person, and opens that", () => {
    const decision = decisionOf("x1");
    const view = viewOf([{ id: "x1", status: "waiting", completed: 3 }], [decision]);
    const status = statusOf([folder(view)], l10n);
    assert.equal(status?.text, "3/12 $(warning) 1 to decide");
    assert.equal(status.command, "planwright.answer");
    assert.deepEqual(status.argument, { folder: "file:///w", decision });
    assert.ok(status.tooltip.some((line) => line.includes("exit code 1")));
  });

  it("opens the inbox when more than one thing waits", () => {
    const decisions = [decisionOf("x1"), decisionOf("x1", { decisionId: "other", stepId: "test" })];
    const view = viewOf([{ id: "x1", status: "running", completed: 3 }], decisions);
    const status = statusOf([folder(view)], l10n);
    assert.equal(status?.text, "$(sync~spin) 3/12 $(warning) 2 to decide");
    assert.equal(status.command, "planwright.inbox");
  });

  it("does not spin for what is paused or interrupted", () => {
    assert.match(statusOf([folder(viewOf([{ id: "x1", status: "paused" }]))], l10n)?.text ?? "", /^\$\(debug-pause\)/);
    const interrupted = viewOf([{ id: "x1", status: "interrupted" }]);
    assert.match(statusOf([folder(interrupted)], l10n)?.text ?? "", /^\$\(debug-disconnect\)/);
  });

  it("says that the worker is lost before anything else, in its own words", () => {
    const lost: LinkState = { kind: "lost", failure: failure("worker_unavailable", "it was ended"), retryInMs: 500 };
    const view = viewOf([{ id: "x1", status: "running" }]);
    const status = statusOf([folder(view, lost)], l10n);
    assert.equal(status?.text, "$(debug-disconnect) Reconnecting…");
    assert.deepEqual(status.tooltip, ["it was ended"]);
    const given = statusOf([folder(view, { ...lost, retryInMs: null })], l10n);
    assert.equal(given?.text, "$(debug-disconnect) Planwright: no worker");
    assert.equal(given.command, "planwright.doctor");
  });

  it("says why it takes longer than usual to reach the worker, or that a newer one will follow (O2)", () => {
    const view = viewOf([]);
    const hung = statusOf([folder(view, { kind: "connecting", waitsFor: "it does not answer" })], l10n);
    assert.deepEqual([hung?.text, hung?.tooltip], ["$(sync~spin) Waiting for the worker…", ["it does not answer"]]);
    assert.equal(statusOf([folder(view, { kind: "connecting", waitsFor: null })], l10n), null);
    const hello = { protocol: 2, version: "0.1.0", pid: 1, folder: "/w", epoch: 1 };
    const older = statusOf([folder(view, { kind: "connected", hello, handsOver: true })], l10n);
    assert.match(older?.tooltip[0] ?? "", /An older worker finishes what runs/);
  });

  it("shows hostile titles in the tooltip alone, on one line, with what is invisible made visible", () => {
    const title = "$(bug)\u202egnp.exe\n<img src=x onerror=alert(1)>";
    const status = statusOf([folder(viewOf([{ id: "x1", status: "running", title }]))], l10n);
    assert.ok(!status?.text.includes("bug") && !status?.spoken.includes("bug"));
    assert.deepEqual(status?.tooltip.length, 1);
    assert.ok(!/[\u202e\n]/.test(status?.tooltip[0] ?? "\n"));
  });
});
