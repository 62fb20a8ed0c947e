import assert from "node:assert/strict";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PermissionChoice } from "../../schemas/decision.ts";
import { acpAttempt } from "../support/acp-agents.ts";
import { inWorkspace } from "../support/attempts.ts";

describe("coding agents over the Agent Client Protocol (D4)", () => {
  it("get the prompt in a session of their own in the folder, and their messages are the attempt's output", () =>
    inWorkspace(async (folder) => {
      const attempt = acpAttempt(
        folder,
        [{ say: " Working" }, { say: " on it.\nDone." }, { write: { path: join(folder, "made.txt"), text: "made" } }],
        {
          script: { echo: true, showsSession: true },
          prompt: "Write made.txt.",
        },
      );
      const end = await attempt.result;
      assert.deepEqual([end.outcome, end.failure, end.result.stopReason], ["succeeded", null, "end_turn"]);
      // What it prints on its standard error comes whenever that is read.
      assert.match(attempt.output.replace(/\{"cwd".*\}\n/, ""), /Write made\.txt\. Working on it\.\nDone\.\n/);
      assert.match(attempt.output, new RegExp(`"cwd":"${folder}","mcpServers":\\[\\]`));
      assert.equal(readFileSync(join(folder, "made.txt"), "utf8"), "made");
      assert.deepEqual(
        attempt.messages.map(({ direction }) => direction),
        ["request", "response"],
      );
    }));

  it("tell their thoughts, tool calls with changes, and plans as entries of the log", () =>
    inWorkspace(async (folder) => {
      const path = join(folder, "src/a.ts");
      const call = { toolCallId: "c1", sessionUpdate: "tool_call_update" };
      const attempt = acpAttempt(folder, [
        { think: "Let me " },
        { think: "see." },
        {
          update: {
            sessionUpdate: "plan",
            entries: [
              { content: "Look", status: "completed", priority: "high" },
              { content: "Change", status: "in_progress", priority: "low" },
            ],
          },
        },
        // Some agents never announce their calls.
        {
          update: {
            ...call,
            title: "Edit a.ts",
            kind: "edit",
            status: "in_progress",
            locations: [{ path, line: 3 }],
            content: [{ type: "diff", path, oldText: "a", newText: "b" }],
          },
        },
        {
          update: {
            ...call,
            status: "completed",
            content: [{ type: "content", content: { type: "text", text: "ok" } }],
          },
        },
      ]);
      await attempt.result;
      const told = attempt.entries.filter(({ metadata }) =>
        ["thought", "plan", "tool_call"].some((type) => type === metadata["type"]),
      );
      assert.deepEqual(
        told.map(({ message }) => message),
        ["thought: Let me see.", "plan: 1 of 2 done: Change", "edit: Edit a.ts", "edit: Edit a.ts (completed)"],
      );
      assert.deepEqual(told[3]?.metadata, {
        type: "tool_call",
        id: "c1",
        title: "Edit a.ts",
        kind: "edit",
        status: "completed",
        locations: [{ path: "src/a.ts", line: 3 }],
        diffs: [{ path: "src/a.ts", oldText: "a", newText: "b" }],
      });
    }));

  it("get the variables that are named for them and nothing else of the worker's environment", () =>
    inWorkspace(async (folder) => {
      const environment = { ...process.env, AGENT_KEY: "key-of-agent", OTHER_KEY: "not-for-it" };
      const attempt = acpAttempt(folder, [{ env: ["AGENT_KEY", "OTHER_KEY", "OWN"] }], {
        environment,
        adapter: { passEnv: ["AGENT_KEY"], env: { OWN: "own" } },
      });
      await attempt.result;
      assert.match(attempt.output, /env \["key-of-agent",null,"own"\]/);
    }));

  it("are put into the mode that was asked for and use the model that was chosen", () =>
    inWorkspace(async (folder) => {
      const options = [
        {
          id: "model",
          category: "model",
          type: "select",
          name: "Model",
          currentValue: "small",
          options: [
            { value: "small", name: "S" },
            { value: "large", name: "L" },
          ],
        },
      ];
      const modes = {
        currentModeId: "yolo",
        availableModes: [
          { id: "default", name: "Default" },
          { id: "yolo", name: "Yolo" },
        ],
      };
      const attempt = acpAttempt(folder, [], {
        script: { newSession: { configOptions: options, modes } },
        adapter: { program: "claude", model: "large" },
      });
      assert.equal((await attempt.result).outcome, "succeeded");
      assert.match(attempt.output, /session\/set_mode default\n/);
      const chosen = acpAttempt(folder, [], {
        script: { newSession: { configOptions: options } },
        adapter: { model: "large" },
      });
      assert.equal((await chosen.result).outcome, "succeeded");
      assert.match(chosen.output, /session\/set_config_option large\n/);
      const cannot = acpAttempt(folder, [], { adapter: { model: "large" } });
      assert.match((await cannot.result).failure?.message ?? "", /does not let its model be chosen/);
    }));

  it("log in with a key that is there, and without one the failure says how a person does it", () =>
    inWorkspace(async (folder) => {
      const script = {
        initialize: { authMethods: [{ id: "gemini-api-key", name: "Key" }] },
        newSession: { error: { code: -32000, message: "Authentication required" } },
      };
      const adapter = { program: "gemini" };
      const attempt = acpAttempt(folder, [{ say: "hello" }], {
        script,
        adapter,
        environment: { ...process.env, GEMINI_API_KEY: "key-of-gemini" },
      });
      assert.equal((await attempt.result).outcome, "succeeded");
      const { GEMINI_API_KEY: _key, ...environment } = process.env;
      const without = acpAttempt(folder, [{ say: "hello" }], { script, adapter, environment });
      const { failure } = await without.result;
      assert.deepEqual([failure?.code, failure?.retryable], ["needs_login", false]);
      assert.match(failure?.message ?? "", /run `gemini` once and choose how to log in, or set GEMINI_API_KEY/);
    }));
});

describe("permissions of coding agents (F1)", () => {
  const call = (kind: string, path: string): Record<string, unknown> => ({
    kind,
    title: `${kind} it`,
    locations: [{ path }],
    rawInput: { path },
  });

  it("limited: edits inside the folder are allowed once, by the option's kind", () =>
    inWorkspace(async (folder) => {
      const path = join(folder, "a.txt");
      const attempt = acpAttempt(folder, [{ ask: { toolCall: call("edit", path), write: { path, text: "x" } } }]);
      await attempt.result;
      assert.match(attempt.output, /answer \{"outcome":"selected","optionId":"allow-now"\}/);
      assert.ok(existsSync(path));
    }));

  it("limited: commands, files outside and links that lead outside ask a person; a rejection leaves nothing", () =>
    inWorkspace(async (folder) => {
      const outside = await mkdtemp(join(tmpdir(), "planwright-outside-"));
      try {
        symlinkSync(outside, join(folder, "link"));
        const asked: (string | null)[] = [];
        const ask = ({ tool, subject }: { tool: string; subject: string | null }): Promise<PermissionChoice> => {
          asked.push(`${tool} ${subject}`);
          return Promise.resolve("reject");
        };
        const through = join(folder, "link/b.txt");
        const attempt = acpAttempt(
          folder,
          [
            { ask: { toolCall: { kind: "execute", title: "Run", rawInput: { command: "npm test" } } } },
            { ask: { toolCall: call("edit", through), write: { path: through, text: "x" } } },
            { ask: { toolCall: call("delete", join(folder, "a.txt")) } },
          ],
          { ask },
        );
        assert.equal((await attempt.result).outcome, "succeeded");
        assert.deepEqual(asked, ["execute npm test", "edit link/b.txt", "delete a.txt"]);
        assert.equal(attempt.output.match(/"optionId":"no"/g)?.length, 3);
        assert.equal(existsSync(join(outside, "b.txt")), false);
      } finally {
        await rm(outside, { recursive: true });
      }
    }));

  for (const choice of ["allow_once", "allow_session", "allow_always"] as const)
    it(`a person's ${choice} is answered with the option that allows once`, () =>
      inWorkspace(async (folder) => {
        const attempt = acpAttempt(folder, [{ ask: { toolCall: { kind: "execute", title: "Run" } } }], {
          ask: () => Promise.resolve(choice),
        });
        await attempt.result;
        assert.match(attempt.output, /"optionId":"allow-now"/);
      }));

  it("readonly: writing is rejected and nobody is asked; reading outside is, too", () =>
    inWorkspace(async (folder) => {
      const ask = (): Promise<PermissionChoice> => Promise.reject(new Error("a person was asked"));
      const attempt = acpAttempt(
        folder,
        [
          { ask: { toolCall: call("read", join(folder, "a.txt")) } },
          { ask: { toolCall: call("edit", join(folder, "a.txt")) } },
          { ask: { toolCall: { kind: "execute", title: "Run" } } },
          { ask: { toolCall: call("read", "/etc/shadow") } },
        ],
        { agent: { permissions: "readonly" }, ask },
      );
      await attempt.result;
      assert.deepEqual(attempt.output.match(/(?<="optionId":")[\w-]+/g), ["allow-now", "no", "no", "no"]);
    }));

  it("a policy by kind of tool comes before the permissions", () =>
    inWorkspace(async (folder) => {
      const attempt = acpAttempt(
        folder,
        [
          { ask: { toolCall: { kind: "execute", title: "Run" } } },
          { ask: { toolCall: call("read", join(folder, "a")) } },
        ],
        {
          adapter: { tools: { execute: "allow", read: "reject" } },
        },
      );
      await attempt.result;
      assert.deepEqual(attempt.output.match(/(?<="optionId":")[\w-]+/g), ["allow-now", "no"]);
    }));

  it("SEC14: nobody changes the configuration of the person's tools unasked, however full the permissions", () =>
    inWorkspace(async (folder) => {
      const asked: (string | null)[] = [];
      const ask = ({ subject }: { subject: string | null }): Promise<PermissionChoice> => {
        asked.push(subject);
        return Promise.resolve("reject");
      };
      const paths = [".vscode/tasks.json", ".Planwright/agents.json", "sub/.claude/settings.json", "src/fine.ts"];
      const attempt = acpAttempt(
        folder,
        paths.map((path) => ({ ask: { toolCall: call("edit", join(folder, path)) } })),
        {
          ask,
          agent: { permissions: "full" },
          adapter: { tools: { edit: "allow" } },
        },
      );
      await attempt.result;
      assert.deepEqual(asked, paths.slice(0, 3));
      assert.deepEqual(attempt.output.match(/(?<="optionId":")[\w-]+/g), ["no", "no", "no", "allow-now"]);
    }));

  it("files and terminals that are asked for regardless stay inside the folder and under the same policy", () =>
    inWorkspace(async (folder) => {
      const path = join(folder, "deep/new.txt");
      const attempt = acpAttempt(
        folder,
        [
          { request: { method: "fs/write_text_file", params: { path, content: "one\ntwo\nthree" } } },
          { request: { method: "fs/read_text_file", params: { path, line: 2, limit: 1 } } },
          { request: { method: "fs/read_text_file", params: { path: "/etc/passwd" } } },
          { request: { method: "fs/write_text_file", params: { path: join(folder, "../out.txt"), content: "x" } } },
          { terminal: { command: "sh", args: ["-c", "echo here; pwd"] } },
        ],
        { adapter: { tools: { execute: "allow" } } },
      );
      assert.equal((await attempt.result).outcome, "succeeded");
      assert.match(attempt.output, /fs\/write_text_file \{\}\nfs\/read_text_file \{"content":"two"\}\n/);
      assert.match(attempt.output, /read_text_file \{"error":"[^"]*leads outside/);
      assert.match(attempt.output, /write_text_file \{"error":"[^"]*leads outside/);
      assert.match(attempt.output, new RegExp(`terminal 0 here\n${folder}\n`));
      assert.equal(existsSync(join(folder, "../out.txt")), false);
    }));
});

describe("costs of coding agents (E4)", () => {
  const usage = { inputTokens: 1_000_000, outputTokens: 100_000, totalTokens: 1_100_000 };
  const cost = (amount: unknown): Record<string, unknown> => ({
    update: { sessionUpdate: "usage_update", used: 1, size: 2, cost: { amount, currency: "USD" } },
  });

  it("money that the agent names is measured, and the session's sum becomes differences", () =>
    inWorkspace(async (folder) => {
      const attempt = acpAttempt(folder, [
        cost(0.5),
        cost(0.75),
        cost(0.75),
        { answer: { stopReason: "end_turn", usage } },
      ]);
      const end = await attempt.result;
      assert.deepEqual(attempt.costs, [
        { amount: 0.5, currency: "USD", certainty: "measured" },
        { amount: 0.25, currency: "USD", certainty: "measured" },
        { amount: 0, certainty: "measured", tokens: { input: 1_000_000, output: 100_000 } },
      ]);
      assert.deepEqual(end.costs, []);
    }));

  it("tokens with a price are an estimate, and without one the cost is unknown, not zero", () =>
    inWorkspace(async (folder) => {
      const answer = [{ answer: { stopReason: "end_turn", usage } }];
      const priced = acpAttempt(folder, answer, { adapter: { price: { input: 2, output: 10 } } });
      assert.deepEqual((await priced.result).costs, []);
      assert.deepEqual(priced.costs, [
        { amount: 3, currency: "USD", certainty: "estimated", tokens: { input: 1_000_000, output: 100_000 } },
      ]);
      const known = acpAttempt(folder, answer, {
        adapter: { program: "codex", model: "gpt-5" },
        script: { newSession: { models: { currentModelId: "gpt-5", availableModels: [] } } },
      });
      await known.result;
      assert.deepEqual(
        known.costs.map(({ amount, certainty }) => [amount, certainty]),
        [[2.25, "estimated"]],
      );
      const unknown = acpAttempt(folder, answer);
      const { costs } = await unknown.result;
      assert.deepEqual(unknown.costs, []);
      assert.deepEqual(costs, [
        {
          amount: null,
          currency: "USD",
          certainty: "unknown",
          service: "scripted",
          tokens: { input: 1_000_000, output: 100_000 },
        },
      ]);
      const silent = acpAttempt(folder, []);
      assert.deepEqual((await silent.result).costs, [
        { amount: null, currency: "USD", certainty: "unknown", service: "scripted" },
      ]);
    }));

  it("an agent that knows no price and says 0 says nothing", () =>
    inWorkspace(async (folder) => {
      const attempt = acpAttempt(folder, [cost(0)], { adapter: { program: "opencode" } });
      const { costs } = await attempt.result;
      assert.deepEqual([attempt.costs, costs[0]?.certainty], [[], "unknown"]);
    }));

  it("what is no amount is handed on to be refused", () =>
    inWorkspace(async (folder) => {
      const attempt = acpAttempt(folder, [cost("much"), cost(-1)]);
      await attempt.result;
      assert.deepEqual(
        attempt.costs.map(({ amount }) => amount),
        ["much", -1],
      );
    }));

  it("an agent that costs more than its step may is stopped", () =>
    inWorkspace(async (folder) => {
      const attempt = acpAttempt(folder, [cost(0.2), cost(0.6), { hang: true }], { allowance: 0.5, currency: "USD" });
      const { outcome, failure } = await attempt.result;
      assert.deepEqual([outcome, failure?.code, failure?.retryable], ["failed", "budget_exceeded", false]);
      assert.match(failure?.message ?? "", /has cost 0\.60 USD and was stopped, because the step may cost 0\.50 USD/);
    }));

  it("an agent that goes on spending when it was told to stop is not waited for", () =>
    inWorkspace(async (folder) => {
      const attempt = acpAttempt(folder, [cost(0.6), cost(0.7), { hang: true }], {
        allowance: 0.5,
        currency: "USD",
        script: { ignoresCancel: true, ignoresEnd: true },
      });
      const from = performance.now();
      const { outcome, failure } = await attempt.result;
      assert.deepEqual([outcome, failure?.code], ["failed", "budget_exceeded"]);
      assert.ok(performance.now() - from < 4_500, "the cancel alone would be waited for 5 s");
    }));

  it("claude gets the limit itself", () =>
    inWorkspace(async (folder) => {
      const attempt = acpAttempt(folder, [], {
        allowance: 0.5,
        currency: "USD",
        adapter: { program: "claude" },
        script: { showsSession: true },
      });
      await attempt.result;
      assert.match(attempt.output, /"_meta":\{"claudeCode":\{"options":\{"maxBudgetUsd":0\.5\}\}\}/);
    }));
});

describe("the figures of coding agents, each in its own way (E4)", () => {
  const price = { input: 1, output: 1 };
  const costsOf = async (
    program: string,
    turns: readonly (readonly Readonly<Record<string, unknown>>[])[],
    folder: string,
  ): Promise<unknown[]> => {
    const attempt = acpAttempt(folder, [], { script: { turns }, adapter: { program, price, stall: 400 } });
    await attempt.result;
    return attempt.costs.map(({ tokens }) => tokens);
  };
  const usage = (inputTokens: number, outputTokens: number): object => ({ inputTokens, outputTokens, totalTokens: 0 });

  it("gemini: the quota of the answer; qwen: each call with its chunk; codex: the turn", () =>
    inWorkspace(async (folder) => {
      const quota = {
        token_count: { input_tokens: 100, output_tokens: 10 },
        model_usage: [{ model: "gemini-2.5-pro" }],
      };
      assert.deepEqual(await costsOf("gemini", [[{ answer: { stopReason: "end_turn", _meta: { quota } } }]], folder), [
        { input: 100, output: 10 },
      ]);
      const chunk = (inputTokens: number): Record<string, unknown> => ({
        update: {
          sessionUpdate: "agent_message_chunk",
          content: { type: "text", text: "" },
          _meta: { usage: { inputTokens, outputTokens: 5, totalTokens: 0 } },
        },
      });
      assert.deepEqual(await costsOf("qwen", [[chunk(20), chunk(30)]], folder), [
        { input: 20, output: 5 },
        { input: 30, output: 5 },
      ]);
      assert.deepEqual(await costsOf("codex", [[{ answer: { stopReason: "end_turn", usage: usage(7, 3) } }]], folder), [
        { input: 7, output: 3 },
      ]);
    }));
});
