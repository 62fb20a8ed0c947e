import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PermissionChoice } from "../../schemas/decision.ts";
import { acpAttempt } from "../support/acp-agents.ts";
import { aliveOf, inWorkspace, isRunning, type TestAttempt } from "../support/attempts.ts";

describe("coding agents that break the protocol (D4)", () => {
  const broken: [string, Parameters<typeof acpAttempt>[1], Parameters<typeof acpAttempt>[2], RegExp][] = [
    ["bad JSON", [{ raw: '{"jsonrpc": oops\n' }, { hang: true }], {}, /a line of it is no JSON: "\{\\"jsonrpc/],
    [
      "JSON that is nested too deep",
      [{ raw: `{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}\n` }, { hang: true }],
      {},
      /is no JSON/,
    ],
    [
      "another version of the protocol",
      [],
      { script: { initialize: { protocolVersion: 2 } } },
      /speaks version 2 of the Agent Client Protocol, and version 1 is needed/,
    ],
    ["no session", [], { script: { newSession: { sessionId: 7 } } }, /an answer to session\/new that is not what/],
    [
      "no method for sessions",
      [],
      { script: { newSession: { error: { code: -32601, message: "Method not found" } } } },
      /does not know what every agent/,
    ],
    ["no stop reason", [{ answer: { done: true } }], {}, /an answer to session\/prompt that is not what/],
    ["an unknown stop reason", [{ answer: { stopReason: "bored" } }], {}, /for a reason that is not known: "bored"/],
    ["an answer without a result", [{ notify: { id: 2 } }, { hang: true }], {}, /neither a result nor an error/],
  ];
  for (const [what, actions, options, expected] of broken)
    it(`${what}: protocol_error, and nothing of it is left`, () =>
      inWorkspace(async (folder) => {
        const attempt = acpAttempt(folder, actions, options);
        const { outcome, failure } = await attempt.result;
        assert.deepEqual([outcome, failure?.code, failure?.retryable], ["failed", "protocol_error", false]);
        assert.match(failure?.message ?? "", expected);
        assert.deepEqual(await aliveOf(attempt.id), []);
      }));

  it("unknown updates, wrong ones, strays, answers to nothing and prints among the messages do no harm and are told once", () =>
    inWorkspace(async (folder) => {
      const unknown = { update: { sessionUpdate: "telepathy", thought: 1 } };
      const attempt = acpAttempt(folder, [
        { raw: "Update available: 1.2.3\n" },
        { raw: '{"level":30,"msg":"a log of its own"}\n' },
        unknown,
        unknown,
        { update: { sessionUpdate: "tool_call", title: "no id" } },
        {
          update: {
            sessionUpdate: "tool_call",
            toolCallId: "c",
            kind: "juggle",
            title: "of a new kind",
            status: "sleeping",
          },
        },
        { stray: { sessionUpdate: "agent_message_chunk", content: { type: "text", text: "not for us" } } },
        { notify: { id: 4711, result: {} } },
        { notify: { method: "_vendor/news", params: {} } },
        { request: { method: "vendor/whatever", params: {} } },
        { say: "fine" },
      ]);
      assert.equal((await attempt.result).outcome, "succeeded");
      const told = attempt.entries
        .filter(({ metadata }) => metadata["type"] === "protocol")
        .map(({ message }) => message);
      assert.equal(told.filter((message) => message.includes("telepathy")).length, 1);
      for (const part of ["at toolCallId", "another session", 'id "4711"', "_vendor/news", "Method not found"])
        assert.ok(
          told.some((message) => message.includes(part)),
          `${part} in ${told.join("\n")}`,
        );
      assert.ok(attempt.logs.includes("info: other: of a new kind"));
      assert.match(attempt.output, /Update available: 1\.2\.3\n.*a log of its own[^]*fine/);
      assert.doesNotMatch(attempt.output, /not for us/);
    }));

  it("a flood of updates is cut and counted, and the turn goes on", () =>
    inWorkspace(async (folder) => {
      const update = { sessionUpdate: "agent_thought_chunk", content: { type: "text", text: "x".repeat(5_000) } };
      const attempt = acpAttempt(folder, [{ flood: { times: 5_000, update } }, { say: "done" }]);
      assert.equal((await attempt.result).outcome, "succeeded");
      const cut = attempt.entries.reduce((sum, { metadata }) => sum + Number(metadata["cut"] ?? 0), 0);
      const kept = attempt.logs.filter((line) => line.startsWith("debug: thought")).length;
      assert.equal(cut + kept, 5_000);
      assert.ok(cut > 1_000, `${cut} were cut`);
      assert.match(attempt.output, /done/);
    }));

  it("a message of 40 MB is not kept: an update is left out, an answer ends the attempt", () =>
    inWorkspace(async (folder) => {
      const huge = (before: string): Record<string, unknown> => ({
        long: { before, times: 40_000_000, word: "x", after: '"}}}' },
      });
      const update = '{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"session-1","update":{"x":"';
      const attempt = acpAttempt(folder, [huge(update), { say: "after" }]);
      assert.equal((await attempt.result).outcome, "succeeded");
      assert.ok(attempt.logs.some((line) => line.includes("an update that is too long was ignored")));
      const answer = acpAttempt(folder, [huge('{"jsonrpc":"2.0","id":2,"result":{"x":"'), { hang: true }]);
      assert.equal((await answer.result).failure?.code, "protocol_error");
    })).timeout(60_000);

  it("a diff of a whole large file is read and kept short", () =>
    inWorkspace(async (folder) => {
      const update = { sessionUpdate: "tool_call", toolCallId: "c", kind: "edit", title: "Edit", status: "completed" };
      const text = JSON.stringify({
        jsonrpc: "2.0",
        method: "session/update",
        params: {
          sessionId: "session-1",
          update: { ...update, content: [{ type: "diff", path: "a", newText: "NEW" }] },
        },
      });
      const [before = "", after = ""] = text.split("NEW");
      const attempt = acpAttempt(folder, [{ long: { before, times: 2_000_000, word: "line ", after } }]);
      assert.equal((await attempt.result).outcome, "succeeded");
      const told = attempt.entries.find(({ message }) => message === "edit: Edit (completed)");
      assert.ok(JSON.stringify(told?.metadata).length < 20_000);
    }));
});

describe("coding agents that ask for permissions without end (F1)", () => {
  const toolCall = { kind: "execute", title: "Run", rawInput: { command: "make" } };

  it("a storm of 1,000 requests is answered, each once", () =>
    inWorkspace(async (folder) => {
      let asked = 0;
      const ask = (): Promise<PermissionChoice> => Promise.resolve((asked += 1) % 2 === 0 ? "reject" : "allow_once");
      const attempt = acpAttempt(folder, [{ storm: { times: 1_000, toolCall } }], { ask });
      assert.equal((await attempt.result).outcome, "succeeded");
      assert.match(attempt.output, /storm 500 allowed of 1000/);
      assert.equal(asked, 1_000);
    })).timeout(60_000);

  it("waiting for a person is no silence", () =>
    inWorkspace(async (folder) => {
      const answered = Promise.withResolvers<PermissionChoice>();
      const asked = Promise.withResolvers<void>();
      const ask = (): Promise<PermissionChoice> => {
        asked.resolve();
        return answered.promise;
      };
      const attempt = acpAttempt(folder, [{ ask: { toolCall } }], { ask, adapter: { stall: 150 } });
      await asked.promise;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      answered.resolve("allow_once");
      assert.equal((await attempt.result).outcome, "succeeded");
      assert.deepEqual(
        attempt.entries.filter(({ metadata }) => metadata["type"] === "reminder"),
        [],
      );
    }));

  it("an open question ends with the attempt, and the agent hears that it was cancelled", () =>
    inWorkspace(async (folder) => {
      const asked = Promise.withResolvers<void>();
      const ask = (): Promise<PermissionChoice> => {
        asked.resolve();
        return new Promise(() => {});
      };
      const attempt = acpAttempt(folder, [{ ask: { toolCall } }], { ask });
      await asked.promise;
      attempt.stop(5_000);
      assert.equal((await attempt.result).outcome, "cancelled");
      assert.match(attempt.output, /answer \{"outcome":"cancelled"\}/);
    }));

  it("one that writes although it may not has written, which the worktree's comparison finds and not the protocol", () =>
    inWorkspace(async (folder) => {
      const path = join(folder, "forbidden.txt");
      const attempt = acpAttempt(
        folder,
        [
          {
            ask: {
              toolCall: { kind: "edit", title: "Write", locations: [{ path }] },
              write: { path, text: "x" },
              stubborn: true,
            },
          },
        ],
        {
          agent: { permissions: "readonly" },
        },
      );
      assert.equal((await attempt.result).outcome, "succeeded");
      assert.ok(existsSync(path));
      assert.ok(attempt.logs.includes("warn: rejected by policy, because it may only read: edit: Write"));
    }));
});

describe("coding agents that end, hang or will not stop (C7, C9)", () => {
  const gone = async (attempt: TestAttempt): Promise<void> => {
    assert.deepEqual(await aliveOf(attempt.id), []);
    for (const [, pid] of attempt.output.matchAll(/child (\d+)/g)) assert.equal(await isRunning(Number(pid)), false);
  };

  it("killed in the middle of a turn: a crash, which may be tried again", () =>
    inWorkspace(async (folder) => {
      const attempt = acpAttempt(folder, [{ child: true }, { say: "editing" }, { kill: "SIGKILL" }, { hang: true }]);
      const { failure } = await attempt.result;
      assert.deepEqual([failure?.code, failure?.retryable], ["crash", true]);
      assert.match(failure?.message ?? "", /agent scripted was ended by SIGKILL/);
      await gone(attempt);
    }));

  it("SIGTERM, after which it says nothing more: no success", () =>
    inWorkspace(async (folder) => {
      const attempt = acpAttempt(folder, [{ exit: 0 }]);
      const { outcome, failure } = await attempt.result;
      assert.deepEqual([outcome, failure?.code], ["failed", "crash"]);
      assert.match(failure?.message ?? "", /ended with exit code 0 before it answered/);
    }));

  it("an answer that is the last thing before its end counts", () =>
    inWorkspace(async (folder) => {
      const attempt = acpAttempt(folder, [
        { raw: '{"jsonrpc":"2.0","id":2,"result":{"stopReason":"end_turn"}}\n' },
        { exit: 0 },
      ]);
      assert.equal((await attempt.result).outcome, "succeeded");
    }));

  it("one that never speaks the protocol, or does not exist, is unavailable and says what to do", () =>
    inWorkspace(async (folder) => {
      const attempt = acpAttempt(folder, [], { script: { exitAtStart: 2, stderr: "error: unknown option --acp\n" } });
      const { failure } = await attempt.result;
      assert.equal(failure?.code, "agent_unavailable");
      assert.match(
        failure?.message ?? "",
        /exit code 2 before it answered: error: unknown option --acp\. Does it speak/,
      );
      const missing = acpAttempt(folder, [], { adapter: { argv: ["no-such-agent"] } });
      assert.match((await missing.result).failure?.message ?? "", /program 'no-such-agent' is not on PATH: install it/);
    }));

  for (const [what, script] of [
    ["one that stops when it is asked", {}],
    ["one that ignores the cancel, the end of its input and SIGTERM", { ignoresCancel: true, ignoresEnd: true }],
  ] as const)
    it(`${what} is gone with its tree within the grace and a second`, () =>
      inWorkspace(async (folder) => {
        const attempt = acpAttempt(folder, [{ child: true }, { say: "ready\n" }, { hang: true }], { script });
        await attempt.said(/ready/);
        const from = performance.now();
        attempt.stop(2_000);
        assert.equal((await attempt.result).outcome, "cancelled");
        assert.ok(performance.now() - from < 3_000, `${performance.now() - from} ms`);
        await gone(attempt);
      }));

  it("a stop before it has answered at all, and one without any grace", () =>
    inWorkspace(async (folder) => {
      const silent = acpAttempt(folder, [], { script: { initialize: "never" } });
      silent.stop(1_000);
      assert.equal((await silent.result).outcome, "cancelled");
      const busy = acpAttempt(folder, [{ say: "ready\n" }, { hang: true }]);
      await busy.said(/ready/);
      busy.stop(0);
      assert.equal((await busy.result).outcome, "cancelled");
      await gone(busy);
    }));

  it("silence: reminded once, goes on, and is done", () =>
    inWorkspace(async (folder) => {
      const attempt = acpAttempt(folder, [], {
        script: { echo: true, turns: [[{ hang: true }], [{ say: " went on" }]] },
        adapter: { stall: 400 },
      });
      assert.equal((await attempt.result).outcome, "succeeded");
      assert.match(attempt.output, /You were interrupted, because you gave no sign of life[^]* went on/);
      assert.equal(attempt.entries.filter(({ metadata }) => metadata["type"] === "reminder").length, 1);
    }));

  it("silence after the reminder, or no answer to it: stalled", () =>
    inWorkspace(async (folder) => {
      const twice = acpAttempt(folder, [], {
        script: { turns: [[{ hang: true }], [{ hang: true }]] },
        adapter: { stall: 300 },
      });
      const { failure } = await twice.result;
      assert.deepEqual([failure?.code, failure?.retryable], ["stalled", false]);
      assert.match(failure?.message ?? "", /gave no sign of life for 300ms after a reminder, so it was stopped/);
      const deaf = acpAttempt(folder, [{ hang: true }], {
        script: { ignoresCancel: true, ignoresEnd: true },
        adapter: { stall: 300 },
      });
      assert.equal((await deaf.result).failure?.code, "stalled");
      await gone(deaf);
    })).timeout(60_000);

  it("the same tool call over and over: reminded once, then stalled; calls that differ are none", () =>
    inWorkspace(async (folder) => {
      const same = { call: { times: 5, kind: "read", title: "Read", rawInput: { path: "a" } } };
      const attempt = acpAttempt(folder, [], {
        script: {
          turns: [
            [same, { hang: true }],
            [same, { hang: true }],
          ],
        },
        adapter: { loopLimit: 5 },
      });
      const { failure } = await attempt.result;
      assert.equal(failure?.code, "stalled");
      assert.match(failure?.message ?? "", /made the same tool call 5 times in a row \(read: Read\) after a reminder/);
      const other = { call: { kind: "read", title: "Read", rawInput: { path: "b" } } };
      const [once] = [{ call: { ...same.call, times: 4 } }];
      const fine = acpAttempt(folder, [once, other, once, other, once], { adapter: { loopLimit: 5 } });
      assert.equal((await fine.result).outcome, "succeeded");
    })).timeout(60_000);
});

describe("coding agents that cannot go on (C2)", () => {
  it("a quota with the time that it comes back is waited for, not counted as a mistake", () =>
    inWorkspace(async (folder) => {
      const error = {
        code: -32603,
        message: "Internal error",
        data: { details: "429 Too Many Requests: try again in 1m30s" },
      };
      const { failure } = await acpAttempt(folder, [{ error }]).result;
      assert.deepEqual([failure?.code, failure?.retryable, failure?.retryAfter], ["rate_limit", true, 90_000]);
    }));

  it("a quota that is told as a message of a good turn is one all the same", () =>
    inWorkspace(async (folder) => {
      const reset = Math.round(Date.now() / 1_000) + 600;
      const { failure } = await acpAttempt(folder, [{ say: `Claude AI usage limit reached|${reset}` }]).result;
      assert.equal(failure?.code, "rate_limit");
      assert.ok(Math.abs((failure?.retryAfter ?? 0) - 600_000) < 30_000);
    }));

  for (const [stopReason, expected] of [
    ["refusal", /refused the task: No\./],
    ["max_tokens", /limit of its tokens/],
    ["max_turn_requests", /limit of its requests/],
    ["cancelled", /nobody here did that/],
  ] as const)
    it(`${stopReason} is no success`, () =>
      inWorkspace(async (folder) => {
        const { failure, result } = await acpAttempt(folder, [{ say: "No." }, { answer: { stopReason } }]).result;
        assert.equal(failure?.code, "agent_error");
        assert.match(failure?.message ?? "", expected);
        assert.equal(result.stopReason, stopReason);
      }));
});
