import assert from "node:assert/strict";
import { resumeAfter } from "../../../../extension/link/resume.ts";
import { Client } from "../../../../schemas/client.ts";
import { executions } from "../../../support/played-batches.ts";

describe("what a lost worker ran (C9)", () => {
  it("goes on also when it had begun so shortly before that nobody had told of it, and nothing older does", async () => {
    const asked: unknown[] = [];
    const begun = executions({ begun: "interrupted", paused: "paused" }, new Date(2_500).toISOString());
    const client = new Client({
      async request(method, params) {
        if (method !== "execution.list") asked.push(params);
        if (method !== "execution.list") return { executionId: "begun", status: "running" };
        return { ...begun, executions: [...begun.executions, ...executions({ old: "interrupted" }).executions] };
      },
      onNotification: () => () => {},
      onClose: () => () => {},
      dispose: () => {},
    });
    const record = { pid: 2, startedAt: new Date(2_000).toISOString() };
    assert.equal(await resumeAfter({ record, unfinished: [] }, client, () => {}), true);
    assert.deepEqual(asked, [{ executionId: "begun", keepPause: true, commandId: "after-2-2000-begun" }]);
  });
});
