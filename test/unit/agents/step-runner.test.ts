import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { aliveOf, inWorkspace, TestAttempt, type AttemptOptions } from "../../support/attempts.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

async function runIn(folder: string, command: string, options: AttemptOptions) {
  const attempt = new TestAttempt(folder, command, options);
  const end = await attempt.result;
  return { ...end, logs: attempt.logs, output: attempt.output };
}

describe("declared outputs (C11)", () => {
  it("become artifacts with type, path inside the workspace, hash and size", () =>
    inWorkspace(async (folder) => {
      await mkdir(join(folder, "sub"));
      const command = "printf '{}' > a.json; printf x > ../b.md; ln -s a.json c.png; printf y > plain";
      const outputs = ["a.json", "../b.md", "./c.png", "plain"];
      const { artifacts, outcome } = await runIn(folder, command, { cwd: "sub", outputs });
      assert.equal(outcome, "succeeded");
      assert.deepEqual(artifacts, [
        { type: "json", path: "sub/a.json", url: null, sha256: sha256("{}"), size: 2 },
        { type: "markdown", path: "b.md", url: null, sha256: sha256("x"), size: 1 },
        { type: "image", path: "sub/c.png", url: null, sha256: sha256("{}"), size: 2 },
        { type: "file", path: "sub/plain", url: null, sha256: sha256("y"), size: 1 },
      ]);
    }));

  it("may be folders, whose hash changes with any file in them and with nothing else", () =>
    inWorkspace(async (folder) => {
      const hashOf = async (command: string) => (await runIn(folder, command, { outputs: ["d"] })).artifacts[0];
      const first = await hashOf("mkdir -p d/e; printf 1 > d/e/x; printf 22 > d/y; ln -s /etc/passwd d/z");
      assert.deepEqual([first?.type, first?.path, first?.size], ["directory", "d", 3]);
      assert.equal((await hashOf("touch d/y"))?.sha256, first?.sha256);
      const changed = await hashOf("printf 2 > d/e/x");
      assert.notEqual(changed?.sha256, first?.sha256);
      assert.notEqual((await hashOf("mv d/y d/w"))?.sha256, changed?.sha256);
    }));

  it("that are missing fail the attempt, whatever the exit code said", () =>
    inWorkspace(async (folder) => {
      const { outcome, failure, artifacts } = await runIn(folder, "printf x > a", {
        outputs: ["a", "b", "c"],
        check: "touch checked",
      });
      assert.deepEqual(
        [outcome, failure?.code, failure?.retryable, artifacts],
        ["failed", "output_missing", false, []],
      );
      assert.match(failure?.message ?? "", /"b" does not exist after the step; .*"c" does not exist/);
    }));

  it("that lead outside the workspace are refused, by path or by link (SEC15)", () =>
    inWorkspace(async (folder) => {
      await symlink("/etc", join(folder, "etc"));
      await symlink("/etc/passwd", join(folder, "passwd"));
      for (const output of ["/etc/passwd", "../../etc/passwd", "../nothing", "etc/passwd", "passwd"]) {
        const { failure, artifacts } = await runIn(folder, "true", { outputs: [output] });
        assert.equal(failure?.code, "output_missing", output);
        assert.match(failure.message, /leads outside the workspace/);
        assert.deepEqual(artifacts, []);
      }
    }));

  it("that are pipes are refused and not waited for", () =>
    inWorkspace(async (folder) => {
      const { failure } = await runIn(folder, "mkfifo p", { outputs: ["p"] });
      assert.match(failure?.message ?? "", /neither a file nor a folder/);
    }));
});

describe("verdicts of reviews (C13)", () => {
  it("are kept with the attempt, and one that is missing fails it before its check runs", () =>
    inWorkspace(async (folder) => {
      const good = await runIn(folder, "echo 'x is wrong'; echo 'VERDICT: changes_requested'", { reviews: "b" });
      assert.equal(good.outcome, "succeeded");
      assert.deepEqual(good.result.review, { verdict: "changes_requested", findings: "x is wrong" });
      const none = await runIn(folder, "echo 'Looks good'", { reviews: "b", check: "touch checked" });
      assert.deepEqual([none.outcome, none.failure?.code, none.result.check], ["failed", "output_missing", null]);
      const plain = await runIn(folder, "echo 'VERDICT: approved'", {});
      assert.equal(plain.result.review, undefined);
    }));

  it("and the program that ran are without secrets", () =>
    inWorkspace(async (folder) => {
      const command = "echo 'hunter2hunter2 leaks'; echo 'VERDICT: changes_requested'";
      const { result } = await runIn(folder, command, { reviews: "b", secrets: ["hunter2hunter2"] });
      assert.doesNotMatch(JSON.stringify(result), /hunter2/);
      assert.match(result.ran?.join(" ") ?? "", /^\/bin\/sh -e -c -- echo/);
    }));
});

describe("checks (C13)", () => {
  it("decide whether the step is done, and run where its command runs", () =>
    inWorkspace(async (folder) => {
      await mkdir(join(folder, "sub"));
      const end = await runIn(folder, "echo made > made", {
        cwd: "sub",
        check: "grep -q made made; echo $PLANWRIGHT_STEP_ID",
      });
      assert.equal(end.outcome, "succeeded");
      assert.deepEqual(end.result.check?.end, { exitCode: 0, signal: null });
      assert.equal(end.output, "step-1\n");
      assert.deepEqual(end.logs, [
        "info: check: grep -q made made; echo $PLANWRIGHT_STEP_ID",
        "success: the check passed",
      ]);
    }));

  it("fail the attempt with their own words", () =>
    inWorkspace(async (folder) => {
      const end = await runIn(folder, "true", { check: "echo not yet >&2; exit 3" });
      assert.deepEqual([end.outcome, end.failure?.code, end.failure?.retryable], ["failed", "check_failed", false]);
      assert.match(end.failure?.message ?? "", /^the check ".*" failed with exit code 3: not yet$/);
      assert.deepEqual(end.result.end, { exitCode: 0, signal: null });
      assert.deepEqual(end.result.check?.end, { exitCode: 3, signal: null });
    }));

  it("are not run after a command that failed", () =>
    inWorkspace(async (folder) => {
      const end = await runIn(folder, "exit 1", { check: "echo checked" });
      assert.deepEqual([end.failure?.code, end.result.check, end.output], ["exit_nonzero", null, ""]);
    }));

  it("can be stopped, with everything that they started (C5)", () =>
    inWorkspace(async (folder) => {
      const attempt = new TestAttempt(folder, "true", { check: "setsid sleep 600 & echo waiting; sleep 600" });
      await attempt.said(/waiting/);
      attempt.stop(2_000);
      const end = await attempt.result;
      assert.deepEqual([end.outcome, end.failure, end.result.end?.exitCode], ["cancelled", null, 0]);
      assert.deepEqual(await aliveOf(attempt.id), []);
    }));
});

describe("an attempt that is stopped (C5)", () => {
  it("before its command runs, runs nothing", () =>
    inWorkspace(async (folder) => {
      await writeFile(join(folder, "here"), "");
      const attempt = new TestAttempt(folder, "rm here", { check: "true" });
      attempt.stop(0);
      const end = await attempt.result;
      assert.deepEqual([end.outcome, end.result.end, end.costs], ["cancelled", null, []]);
      assert.equal((await runIn(folder, "cat here", {})).outcome, "succeeded");
    }));

  it("is cancelled although its command ends with success, and still costs what it costs", () =>
    inWorkspace(async (folder) => {
      const attempt = new TestAttempt(folder, "trap 'exit 0' TERM; echo up; while :; do sleep 0.01; done", { cost: 2 });
      await attempt.said(/up/);
      attempt.stop(5_000);
      const end = await attempt.result;
      assert.deepEqual([end.outcome, end.result.end], ["cancelled", { exitCode: 0, signal: null }]);
      assert.equal(end.costs[0]?.amount, 2_000_000);
    }));

  it("after its end does not change", () =>
    inWorkspace(async (folder) => {
      const attempt = new TestAttempt(folder, "true");
      const end = await attempt.result;
      attempt.stop(0);
      assert.equal((await attempt.result).outcome, "succeeded");
      assert.equal(end.outcome, "succeeded");
    }));
});
