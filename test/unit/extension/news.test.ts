import assert from "node:assert/strict";
import { newsBetween } from "../../../extension/news.ts";
import { decisionOf, viewOf } from "../../support/workspace-views.ts";

describe("news between two views of a workspace (E14)", () => {
  const running = viewOf([{ id: "x1", status: "running" }]);

  it("tell that an execution is done or has failed, once", () => {
    const done = viewOf([{ id: "x1", status: "completed" }]);
    assert.deepEqual(
      newsBetween(running, done).map(({ kind }) => kind),
      ["finished"],
    );
    assert.deepEqual(newsBetween(done, done), []);
    const failed = viewOf([{ id: "x1", status: "failed" }]);
    assert.deepEqual(
      newsBetween(running, failed).map(({ kind }) => kind),
      ["failed"],
    );
  });

  it("tell of an execution that began and ended between the two", () => {
    const after = viewOf([
      { id: "x2", status: "completed" },
      { id: "x1", status: "running" },
    ]);
    assert.deepEqual(
      newsBetween(running, after).map(({ execution }) => execution.executionId),
      ["x2"],
    );
  });

  it("tell nothing of what a person did: to cancel, to pause, to resume", () => {
    for (const status of ["cancelled", "cancelling", "paused", "running"] as const) {
      assert.deepEqual(newsBetween(running, viewOf([{ id: "x1", status }])), []);
    }
  });

  it("tell that an execution waits once for each thing that is asked, whatever else goes on in it", () => {
    const asked = viewOf([{ id: "x1", status: "running" }], [decisionOf("x1")]);
    assert.deepEqual(
      newsBetween(running, asked).map(({ kind }) => kind),
      ["waiting"],
    );
    const waiting = viewOf([{ id: "x1", status: "waiting" }], [decisionOf("x1")]);
    assert.deepEqual(newsBetween(asked, waiting), []);
    const more = viewOf([{ id: "x1", status: "waiting" }], [decisionOf("x1"), decisionOf("x1", { decisionId: "d2" })]);
    assert.deepEqual(
      newsBetween(waiting, more).map(({ decisions }) => decisions.map(({ decisionId }) => decisionId)),
      [["d2"]],
    );
  });
});
