import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AgentDefinition } from "../../schemas/agent.ts";
import { AgentsWorld, processAgent, type ProcessAgentOptions } from "../support/process-agents.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/agents/", import.meta.url));

/** The same agent in both languages: what it does with a task stands in the parameter `mode`. */
const JAVASCRIPT = `
import { spawnSync } from "node:child_process";
import { serve, TaskError } from "./planwright-agent.mjs";

const MODES = {
  print: () => {
    console.log('{"type":"result","task":"none","result":"printed"}');
    spawnSync("echo", ["from a program"], { stdio: "inherit" });
    return "printed";
  },
  throw: () => { throw new Error("broken"); },
  retry: () => { throw new TaskError("busy", { code: "later", retryable: true }); },
  circle: () => { const one = {}; one.self = one; return one; },
  huge: () => "x".repeat(2_000_000),
  nothing: () => undefined,
  costs: (task) => { task.cost(NaN); task.cost(-1); task.cost(0.5, { service: "model", currency: "EUR" }); return 1; },
  wait: (task) => new Promise((_resolve, reject) => {
    console.error("waiting");
    task.signal.addEventListener("abort", () => reject(task.signal.reason));
  }),
  stray: () => { setTimeout(() => { throw new Error("stray"); }); return new Promise(() => {}); },
  all: (task) => {
    task.progress(0.25, "a quarter"); task.decision("left", { confidence: 0.5 }); task.action("bid", 3, { won: true });
    task.llmCall({ model: "tiny", cached: true, duration: 12 }); task.log("careful", "warn");
    return { folder: task.folder, attempt: task.attempt, key: task.idempotencyKey };
  },
};
serve((task) => MODES[task.parameters.mode](task), { capabilities: [{ name: "bidding" }] });
`;

const PYTHON = `
import subprocess, sys
from planwright_agent import serve, TaskError

def show(task):
    print('{"type":"result","task":"none","result":"printed"}', flush=True)
    subprocess.run(["echo", "from a program"])
    return "printed"

def throw(task): raise ValueError("broken")
def retry(task): raise TaskError("busy", code="later", retryable=True)
def circle(task):
    one = {}
    one["self"] = one
    return one
def costs(task):
    task.cost(float("nan")); task.cost(-1); task.cost(0.5, service="model", currency="EUR")
    return 1
def wait(task):
    print("waiting", file=sys.stderr, flush=True)
    task.cancelled.wait()
    task.check()
def stray(task): sys.exit("stray")
def everything(task):
    task.progress(0.25, "a quarter"); task.decision("left", confidence=0.5); task.action("bid", 3, {"won": True})
    task.llm_call("tiny", cached=True, duration=12); task.log("careful", "warn")
    return {"folder": task.folder, "attempt": task.attempt, "key": task.idempotency_key}

MODES = {"print": show, "throw": throw, "retry": retry, "circle": circle, "huge": lambda task: "x" * 2_000_000,
         "nothing": lambda task: None, "costs": costs, "wait": wait, "stray": stray, "all": everything}
serve(lambda task: MODES[task.parameters["mode"]](task), capabilities=[{"name": "bidding"}])
`;

const KITS: { name: string; file: string; text: string; argv: string[]; options: ProcessAgentOptions }[] = [
  { name: "JavaScript, lines", file: "agent.mjs", text: JAVASCRIPT, argv: [process.execPath], options: {} },
  {
    name: "JavaScript, IPC",
    file: "agent.mjs",
    text: JAVASCRIPT,
    argv: [process.execPath],
    options: { transport: "ipc" },
  },
  { name: "Python", file: "agent.py", text: PYTHON, argv: ["python3"], options: {} },
];

for (const { name, file, text, argv, options } of KITS)
  describe(`the kit for agents: ${name} (D4)`, function () {
    this.timeout(30_000);
    let world: AgentsWorld;
    let agent: AgentDefinition;
    before(async function () {
      if (spawnSync(argv[0] ?? "", ["--version"]).status !== 0) this.skip();
      world = new AgentsWorld(await realpath(await mkdtemp(join(tmpdir(), "planwright-kit-"))));
      cpSync(EXAMPLES, world.folder, { recursive: true });
      await writeFile(join(world.folder, file), text);
      const supervision = { timeout: 5_000, grace: 10_000 };
      agent = processAgent([...argv, join(world.folder, file)], { lifetime: "shared", supervision, ...options });
    });
    after(async () => {
      await world.close();
      await rm(world.folder, { recursive: true, force: true });
    });

    it("answers, and says everything that can be said on the way", async () => {
      const attempt = world.attempt(agent, "all");
      const { outcome, result } = await attempt.result;
      assert.equal(outcome, "succeeded");
      assert.deepEqual(result.answer, { folder: world.folder, attempt: 2, key: "key-1" });
      assert.deepEqual(attempt.logs, [
        "info: progress 25 %: a quarter",
        "info: decision: left",
        "info: action: bid (3)",
        "info: model call: tiny, 12ms, from the cache",
        "warn: careful",
      ]);
      assert.equal((await world.attempt(agent, "nothing").result).result.answer, null);
      const registered = world.adapters.process.capabilities?.(agent) ?? [];
      assert.deepEqual(
        registered.map((one) => one.name),
        ["bidding"],
      );
    });

    it("what a task or its programs print does not come between the messages", async () => {
      const attempt = world.attempt(agent, "print");
      assert.equal((await attempt.result).result.answer, "printed");
      await attempt.said(/from a program/);
      assert.match(attempt.output, /"result":"printed"/);
    });

    it("what a task throws is its failure, with its code and whether another try may help", async () => {
      const thrown = await world.attempt(agent, "throw").result;
      assert.deepEqual([thrown.failure?.code, thrown.failure?.retryable], ["agent_error", false]);
      assert.equal(thrown.failure?.message, "agent agent: broken");
      const { failure } = await world.attempt(agent, "retry").result;
      assert.deepEqual([failure?.retryable, failure?.details], [true, { code: "later" }]);
      const stray = await world.attempt(agent, "stray").result;
      assert.match(stray.failure?.message ?? "", /stray/);
    });

    it("results that cannot be sent are failures that say why, and the agent goes on", async () => {
      assert.match((await world.attempt(agent, "circle").result).failure?.message ?? "", /no JSON/);
      assert.match((await world.attempt(agent, "huge").result).failure?.message ?? "", /write it into a file/);
      assert.equal(await world.end(agent, "nothing"), "succeeded");
    });

    it("passes costs on as they are, also those that are none", async () => {
      const attempt = world.attempt(agent, "costs");
      await attempt.result;
      assert.deepEqual(
        attempt.costs.map(({ amount }) => (typeof amount === "string" ? amount.toLowerCase() : amount)),
        ["nan", -1, 0.5],
      );
      assert.deepEqual(attempt.costs.at(-1), { amount: 0.5, service: "model", currency: "EUR" });
    });

    it("passes cancelling on, beats all the while, and was never started again", async () => {
      const attempt = world.attempt(agent, "wait");
      await attempt.said(/waiting/);
      attempt.stop(5_000);
      const from = performance.now();
      assert.equal((await attempt.result).outcome, "cancelled");
      assert.ok(performance.now() - from < 3_000);
      assert.deepEqual(world.told(agent), ["agent:started"]);
    });

    it("leaves by itself when it is asked to", async () => {
      const from = performance.now();
      await world.close();
      assert.ok(performance.now() - from < 2_000);
      assert.deepEqual(world.told(agent), ["agent:started", "agent:stopped"]);
    });
  });
