import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { FirstView } from "../../../../extension/trees/first-view.ts";
import { aView, FakeFolder } from "../../../support/tree-data.ts";

describe("the first rows of a view (O4)", () => {
  it("wait for what a worker that is being reached will tell", async () => {
    const folder = new FakeFolder(null);
    folder.isConnecting = true;
    const first = new FirstView(() => [folder]);
    let isSettled = false;
    const settled = first.settled().then(() => (isSettled = true));
    first.update();
    await turn();
    assert.equal(isSettled, false);
    folder.view = aView();
    first.update();
    assert.equal(await settled, true);
  });

  it("do not wait where no worker will come", async () => {
    await new FirstView(() => [new FakeFolder(null)]).settled();
  });
});
