import assert from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentDefinition } from "../../schemas/agent.ts";
import { acpAgent } from "../support/acp-agents.ts";
import { builtIn, inWorkspace, TestAttempt, type AttemptOptions } from "../support/attempts.ts";

/** A program of that name that keeps its words and its input, and prints these lines. */
async function speaking(
  folder: string,
  name: string,
  lines: readonly unknown[],
  end = "exit 0",
): Promise<NodeJS.ProcessEnv> {
  const bin = join(folder, "bin");
  await mkdir(bin);
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  await writeFile(join(folder, "says"), `${text}\n`);
  const script = `#!/bin/sh\nprintf '%s\\n' "$@" > ${folder}/words\ncat > ${folder}/input\ncat ${folder}/says\n${end}\n`;
  await writeFile(join(bin, name), script);
  await chmod(join(bin, name), 0o755);
  return { PATH: `${bin}:/usr/bin:/bin`, HOME: folder };
}

function attempt(
  folder: string,
  agent: AgentDefinition,
  environment: NodeJS.ProcessEnv,
  options: AttemptOptions = {},
): TestAttempt {
  return new TestAttempt(folder, null, { agent, environment, ...options });
}

const RESULT = {
  type: "result",
  subtype: "success",
  is_error: false,
  result: "Done.",
  total_cost_usd: 0.25,
  usage: { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 3, cache_creation_input_tokens: 0 },
};

describe("coding agents by their own streaming command line (D4)", () => {
  it("claude gets the prompt on its input and what its permissions allow; its messages, tools and costs are told", () =>
    inWorkspace(async (folder) => {
      const use = { type: "tool_use", id: "t1", name: "Edit", input: { file_path: join(folder, "a.ts") } };
      const environment = await speaking(folder, "claude", [
        { type: "system", subtype: "init", model: "claude-opus-9", session_id: "s" },
        {
          type: "assistant",
          message: { content: [{ type: "thinking", thinking: "Hm." }, { type: "text", text: "I change a.ts." }, use] },
        },
        "a warning among them",
        { type: "user", message: { content: [{ type: "tool_result", tool_use_id: "t1", content: "ok" }] } },
        { type: "of a later version" },
        RESULT,
      ]);
      const one = attempt(folder, builtIn("claude"), environment, {
        currency: "USD",
        allowance: 2,
        prompt: "Change a.ts.",
      });
      const end = await one.result;
      assert.deepEqual([end.outcome, end.failure], ["succeeded", null]);
      assert.equal(await readFile(join(folder, "input"), "utf8"), "Change a.ts.");
      const words = (await readFile(join(folder, "words"), "utf8")).split("\n");
      assert.deepEqual(words.slice(0, 6), [
        "-p",
        "--output-format",
        "stream-json",
        "--verbose",
        "--permission-mode",
        "acceptEdits",
      ]);
      assert.match(words[words.indexOf("--disallowedTools") + 1] ?? "", /Bash/);
      assert.deepEqual(words.slice(-3, -1), ["--max-budget-usd", "2"]);
      assert.match(one.output, /I change a\.ts\.\na warning among them\n/);
      assert.ok(one.logs.includes("debug: thought: Hm."));
      assert.ok(one.logs.includes("info: edit: Edit (completed)"));
      assert.deepEqual(one.costs, [
        { amount: 0.25, currency: "USD", certainty: "measured" },
        { amount: 0, certainty: "measured", tokens: { input: 13, output: 5 } },
      ]);
    }));

  it("claude that may only read gets no tool that writes", () =>
    inWorkspace(async (folder) => {
      const environment = await speaking(folder, "claude", [RESULT]);
      await attempt(folder, { ...builtIn("claude"), permissions: "readonly" }, environment).result;
      const words = (await readFile(join(folder, "words"), "utf8")).split("\n");
      assert.equal(words[words.indexOf("--permission-mode") + 1], "default");
      assert.doesNotMatch(words[words.indexOf("--allowedTools") + 1] ?? "", /Edit|\bWrite|Bash|Web/);
      assert.match(words[words.indexOf("--disallowedTools") + 1] ?? "", /Edit,MultiEdit,Write,NotebookEdit,Bash/);
    }));

  it("codex is put into the sandbox that its permissions allow, and its tokens have a price", () =>
    inWorkspace(async (folder) => {
      const item = { id: "i1", type: "command_execution", command: "ls", status: "completed" };
      const environment = await speaking(folder, "codex", [
        { type: "thread.started", thread_id: "t" },
        { type: "item.started", item: { ...item, status: "in_progress" } },
        { type: "item.completed", item },
        { type: "item.completed", item: { id: "i2", type: "agent_message", text: "Listed." } },
        { type: "turn.completed", usage: { input_tokens: 1_000_000, cached_input_tokens: 0, output_tokens: 0 } },
      ]);
      const agent = acpAgent({}, { program: "codex", argv: null, price: { input: 2, output: 4 } });
      const one = attempt(folder, agent, environment);
      assert.equal((await one.result).outcome, "succeeded");
      assert.match(await readFile(join(folder, "words"), "utf8"), /^exec\n--json\n-s\nworkspace-write\n/);
      assert.ok(one.logs.includes("info: execute: ls (completed)"));
      assert.deepEqual(
        one.costs.map(({ amount, certainty }) => [amount, certainty]),
        [[2, "estimated"]],
      );
    }));

  for (const [what, lines, end, code] of [
    ["an end without its result, although the exit code is 0", [], "exit 0", "crash"],
    ["an exit code after a good result", [RESULT], "exit 3", "crash"],
    [
      "a result that is an error",
      [{ ...RESULT, subtype: "error_during_execution", is_error: true, result: "Invalid API key · Please run /login" }],
      "exit 1",
      "needs_login",
    ],
    [
      "its own limit of costs",
      [{ ...RESULT, subtype: "error_max_budget_usd", is_error: true, result: null }],
      "exit 1",
      "budget_exceeded",
    ],
    [
      "a quota",
      [{ ...RESULT, is_error: true, result: "Claude AI usage limit reached|1772366700" }],
      "exit 1",
      "rate_limit",
    ],
  ] as const)
    it(`${what} is no success`, () =>
      inWorkspace(async (folder) => {
        const environment = await speaking(folder, "claude", lines, end);
        const { outcome, failure } = await attempt(folder, builtIn("claude"), environment).result;
        assert.deepEqual([outcome, failure?.code], ["failed", code]);
      }));

  it("silence ends it, because it cannot be reminded", () =>
    inWorkspace(async (folder) => {
      const environment = await speaking(folder, "claude", [], "exec sleep 100");
      const agent = acpAgent({}, { program: "claude", argv: null, stall: 300 });
      const { failure } = await attempt(folder, agent, environment).result;
      assert.equal(failure?.code, "stalled");
    }));
});
