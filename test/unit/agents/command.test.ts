import assert from "node:assert/strict";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AttemptEnd } from "../../../worker/agents/step-runner.ts";
import { inWorkspace, programAgent, TestAttempt, type AttemptOptions } from "../../support/attempts.ts";

async function run(
  command: string | string[] | null,
  options: AttemptOptions = {},
): Promise<AttemptEnd & { output: string; logs: string[] }> {
  return inWorkspace((folder) => runIn(folder, command, options));
}

async function runIn(folder: string, command: string | string[] | null, options: AttemptOptions = {}) {
  const attempt = new TestAttempt(folder, command, options);
  const end = await attempt.result;
  return { ...end, output: attempt.output, logs: attempt.logs };
}

describe("commands (D4)", () => {
  it("run as shell text that stops at the first failure, in the workspace, with both outputs", () =>
    inWorkspace(async (folder) => {
      const end = await runIn(folder, "pwd\necho fine >&2\nfalse\necho never");
      assert.equal(end.output, `${folder}\nfine\n`);
      assert.deepEqual(end.result.end, { exitCode: 1, signal: null });
      assert.equal(end.result.tail, end.output);
      assert.equal(end.outcome, "failed");
      assert.equal(end.failure?.code, "exit_nonzero");
      assert.equal(end.failure.retryable, false);
      assert.equal(end.failure.message, "the command failed with exit code 1: fine");
    }));

  it("take any text as a script, also one that begins with a dash or holds quotes", async () => {
    assert.equal((await run(`printf '%s' "it's \\"fine\\" $((1+1))"`)).output, `it's "fine" 2`);
    assert.match((await run("-e")).failure?.message ?? "", /-e: (command )?not found|-e: Permission denied/);
  });

  it("run argument lists without a shell (SEC11)", async () => {
    const words = ["$(id)", "`id`", "; id", "a b", "*", "'", '"', "\n", ""];
    const end = await run([
      process.execPath,
      "-e",
      "console.log(JSON.stringify(process.argv.slice(1)))",
      "--",
      ...words,
    ]);
    assert.deepEqual(JSON.parse(end.output), words);
  });

  it("find their standard input empty", async () => {
    assert.equal((await run("cat; echo end")).output, "end\n");
  });

  it("get the allow list, the agent's and the step's variables and ours, and nothing else (SEC22)", async () => {
    const environment = {
      PATH: process.env["PATH"],
      HOME: "/home/x",
      LC_TIME: "C",
      CANARY_TOKEN: "secret",
      NODE_OPTIONS: "",
    };
    const agent = programAgent(null, {}, { BOTH: "agent", AGENT: "1" });
    const end = await run("env", {
      environment,
      agent,
      env: { BOTH: "step", PLANWRIGHT_ATTEMPT: "999" },
      attemptId: "attempt-9",
    });
    const names = end.output.split("\n").filter((line) => line !== "" && !/^(PWD|OLDPWD|SHLVL|_)=/.test(line));
    assert.deepEqual(names.sort(), [
      "AGENT=1",
      "BOTH=step",
      "HOME=/home/x",
      "LC_TIME=C",
      `PATH=${process.env["PATH"]}`,
      "PLANWRIGHT_ATTEMPT=2",
      "PLANWRIGHT_ATTEMPT_ID=attempt-9",
      "PLANWRIGHT_EXECUTION_ID=run-1",
      "PLANWRIGHT_IDEMPOTENCY_KEY=key-1",
      "PLANWRIGHT_STEP_ID=step-1",
      "PLANWRIGHT_WORKER=test:0:0",
    ]);
  });

  it("have as tail the last 2,000 characters, as valid text", async () => {
    const end = await run(`i=0; while [ $i -lt 3000 ]; do printf '🚀'; i=$((i+1)); done; printf 'x'`);
    assert.equal(end.result.tail, `${"🚀".repeat(999)}x`);
    assert.ok((await run(`printf 'a\\377b'`)).result.tail.isWellFormed());
  });
});

describe("the working folder of a command", () => {
  it("is inside the workspace", () =>
    inWorkspace(async (folder) => {
      await mkdir(join(folder, "sub"));
      assert.equal((await runIn(folder, "pwd", { cwd: "sub" })).output, `${folder}/sub\n`);
      assert.equal((await runIn(folder, "pwd", { cwd: "sub/.." })).output, `${folder}\n`);
    }));

  for (const cwd of ["..", "sub/../..", "/", "/etc", "out"]) {
    it(`is refused outside the workspace: ${cwd}`, () =>
      inWorkspace(async (folder) => {
        await mkdir(join(folder, "sub"));
        await symlink("/", join(folder, "out"));
        const end = await runIn(folder, "pwd", { cwd });
        assert.deepEqual([end.failure?.code, end.output], ["bad_spec", ""]);
        assert.match(end.failure?.message ?? "", /leads outside the workspace/);
      }));
  }

  it("must exist and be a folder", () =>
    inWorkspace(async (folder) => {
      await writeFile(join(folder, "file"), "");
      const missing = await runIn(folder, "pwd", { cwd: "sub" });
      assert.equal(missing.failure?.code, "not_found");
      assert.match(missing.failure.message, /working folder "sub" does not exist/);
      assert.match((await runIn(folder, "pwd", { cwd: "file" })).failure?.message ?? "", /"file" is not a folder/);
    }));
});

describe("a command that cannot be run", () => {
  const cases: [string, string | string[], RegExp][] = [
    ["a program that is not on PATH", ["no-such-program-x"], /"no-such-program-x" was not found on PATH/],
    ["a path to nothing", ["./nothing"], /"\.\/nothing" does not exist/],
    ["a file that is not executable", ["./plain"], /"\.\/plain" may not be run \(EACCES\)/],
    ["a script with a missing interpreter", ["./lost"], /the interpreter that its first line names was not found/],
    ["a file that is not executable, under the shell", "./plain", /may not be run: .*plain: Permission denied/],
    ["a missing program under the shell", "no-such-program-x", /command not found: .*no-such-program-x/],
  ];
  for (const [what, command, message] of cases) {
    it(`says what is missing and is not retried: ${what}`, () =>
      inWorkspace(async (folder) => {
        await writeFile(join(folder, "plain"), "#!/bin/sh\n");
        await writeFile(join(folder, "lost"), "#!/no/such/interpreter\n");
        await chmod(join(folder, "lost"), 0o755);
        const { outcome, failure, costs } = await runIn(folder, command, {});
        assert.deepEqual([outcome, failure?.code, failure?.retryable], ["failed", "command_not_found", false]);
        assert.match(failure?.message ?? "", message);
        assert.deepEqual(costs, []);
      }));
  }

  it("is told apart from a PATH with a folder that is closed to us", async () => {
    const environment = { PATH: "/proc/1/cwd:/proc/1/root:/usr/bin:/bin" };
    assert.match((await run(["no-such-program-x"], { environment })).failure?.message ?? "", /was not found on PATH/);
    assert.equal((await run("no-such-program-x", { environment })).failure?.code, "command_not_found");
  });

  it("says that a text is too long or cannot be an argument", async () => {
    assert.match((await run(`: ${"x".repeat(3_000_000)}`)).failure?.message ?? "", /too long for this system/);
    assert.equal((await run("echo a\u0000b")).failure?.code, "bad_spec");
  });

  it("says that a step without a command needs another agent", async () => {
    assert.match((await run(null)).failure?.message ?? "", /has no command, and agent "shell" runs nothing else/);
  });

  it("is a crash when a signal ends it that nobody of us sent, and is retried", async () => {
    const { failure, result } = await run("kill -SEGV $$");
    assert.deepEqual([failure?.code, failure?.retryable], ["crash", true]);
    assert.deepEqual(result.end, { exitCode: null, signal: "SIGSEGV" });
    assert.match(
      (await run("sh -c 'kill -9 $$' || exit $?")).failure?.message ?? "",
      /exit code 137 \(ended by SIGKILL\)/,
    );
  });

  it("keeps exit code 127 of a program that was found apart from a missing one", async () => {
    assert.equal((await run("echo mine >&2; exit 127")).failure?.code, "exit_nonzero");
  });
});

describe("programs as agents (D4)", () => {
  it("get the prompt on standard input instead of the step's command", async () => {
    assert.equal((await run("echo never", { agent: programAgent(["cat"]) })).output, "Do it.\n");
  });

  it("may leave the prompt unread", async () => {
    assert.equal((await run(null, { agent: programAgent(["true"]) })).outcome, "succeeded");
  });

  it("cost what the spec declares, else what is registered, else unknown; commands cost nothing", async () => {
    const coder = { capability: "code_generation" };
    const registered = (estimatedCost: number | null) =>
      programAgent(["true"], {
        service: "models",
        capabilities: [
          {
            name: "code_generation",
            description: "",
            parameters: {},
            estimatedCost,
            estimatedDuration: null,
            dependencies: [],
          },
        ],
      });
    assert.deepEqual((await run("true")).costs, []);
    assert.deepEqual((await run("false", { cost: 0.01 })).costs, [
      { amount: 10_000, currency: "EUR", certainty: "estimated", service: "shell" },
    ]);
    assert.deepEqual((await run(null, { ...coder, agent: registered(0.5) })).costs, [
      { amount: 500_000, currency: "USD", certainty: "estimated", service: "models" },
    ]);
    assert.deepEqual((await run(null, { ...coder, agent: registered(null) })).costs, [
      { amount: null, currency: "USD", certainty: "unknown", service: "models" },
    ]);
  });
});
