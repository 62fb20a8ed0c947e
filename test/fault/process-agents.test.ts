import assert from "node:assert/strict";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aliveOf, isRunning } from "../support/attempts.ts";
import { AgentsWorld, hostileAgent } from "../support/process-agents.ts";

describe("process agents that misbehave (C8, C14, D4)", function () {
  this.timeout(30_000);
  let world: AgentsWorld;
  beforeEach(async () => {
    world = new AgentsWorld(await realpath(await mkdtemp(join(tmpdir(), "planwright-agents-"))));
  });
  afterEach(async () => {
    await world.close();
    await rm(world.folder, { recursive: true, force: true });
  });

  it("fault 3: one that ignores every request to stop is gone when the grace is over", async () => {
    const attempt = world.attempt(hostileAgent("stubborn"));
    await world.event("agent:started");
    const from = performance.now();
    attempt.stop(400);
    assert.equal((await attempt.result).outcome, "cancelled");
    assert.ok(performance.now() - from < 5_000);
    assert.deepEqual(await aliveOf(attempt.id), []);
  });

  it("one that beats without working is ended by whoever watches its time, and its stubborn tree with it", async () => {
    const attempt = world.attempt(hostileAgent("endless"));
    await attempt.said(/endless/);
    assert.equal(world.health(hostileAgent("endless"))?.state, "healthy");
    attempt.stop(0);
    assert.equal((await attempt.result).outcome, "cancelled");
    assert.deepEqual(await aliveOf(attempt.id), []);
  });

  it("fault 4: what it leaves running in sessions of their own is ended with it", async () => {
    const attempt = world.attempt(hostileAgent("orphans"));
    const { outcome, result } = await attempt.result;
    assert.equal(outcome, "succeeded");
    assert.equal(typeof result.answer, "number");
    assert.ok(typeof result.answer === "number" && !(await isRunning(result.answer)));
    assert.deepEqual(await aliveOf(attempt.id), []);
  });

  it("a crash names what happened and what it said last", async () => {
    const killed = await world.attempt(hostileAgent("crash")).result;
    assert.deepEqual([killed.failure?.code, killed.failure?.retryable], ["crash", true]);
    assert.match(killed.failure?.message ?? "", /agent agent was ended by SIGKILL by itself: out of cheese/);
    const left = await world.attempt(hostileAgent("exit")).result;
    assert.match(left.failure?.message ?? "", /ended with exit code 7 by itself/);
  });

  it("fault 15: one that falls silent is told unhealthy, killed and started again, and its recovery is told", async () => {
    const agent = hostileAgent("work", { lifetime: "shared" });
    const { failure } = await world.attempt(agent, "mute").result;
    assert.deepEqual([failure?.code, failure?.retryable], ["unhealthy", true]);
    assert.match(failure?.message ?? "", /gave no sign of life for 600ms/);
    assert.equal(await world.end(agent), "succeeded");
    const types = ["agent:started", "agent:unhealthy", "agent:started", "agent:recovered"];
    assert.deepEqual(world.told(agent), types);
    const health = world.health(agent);
    assert.deepEqual([health?.state, health?.restarts, health?.processes.length], ["healthy", 1, 1]);
  });

  it("fault 15: one that is stopped by somebody (SIGSTOP) is found and replaced", async () => {
    const agent = hostileAgent("work", { lifetime: "shared" });
    assert.equal(await world.end(agent), "succeeded");
    const [running] = world.health(agent)?.processes ?? [];
    process.kill(running?.pid ?? 0, "SIGSTOP");
    assert.equal(await world.end(agent), "unhealthy");
    assert.equal(await world.end(agent), "succeeded");
    assert.ok(!(await isRunning(running?.pid ?? 0)));
  });

  it("one that never becomes ready gets no work, and one that is mute from its start is ended", async () => {
    const waiting = world.attempt(hostileAgent("never-ready"));
    await world.event("agent:started");
    const mute = await world.attempt(hostileAgent("mute-at-start", { id: "mute" })).result;
    assert.equal(mute.failure?.code, "unhealthy");
    assert.match(mute.failure?.message ?? "", /was not ready/);
    assert.deepEqual(waiting.messages, []);
    waiting.stop(0);
    assert.equal((await waiting.result).outcome, "cancelled");
  });

  it("fault 16: one that crashes each time is restarted three times and then given up for a while, at once", async () => {
    const agent = hostileAgent("work", { lifetime: "shared" });
    const ends: string[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) ends.push(await world.end(agent, "crash"));
    assert.deepEqual(ends, [...Array<string>(4).fill("crash"), ...Array<string>(4).fill("agent_unavailable")]);
    const told = world.told(agent);
    assert.equal(told.filter((type) => type === "agent:started").length, 4);
    assert.equal(told.filter((type) => type === "agent:restart_failed").length, 1);
    assert.deepEqual([world.health(agent)?.state, world.health(agent)?.processes], ["failed", []]);
    const changed = hostileAgent("work", { lifetime: "shared", maxLoad: 3 });
    assert.equal(await world.end(changed), "succeeded", "a changed definition is another agent");
  });

  it("fault 16: the same holds for one with a process for each attempt, and for one that crashes at its start", async () => {
    const agent = hostileAgent("crash-at-start", { supervision: { maxRestarts: 1 } });
    const ends = [await world.end(agent), await world.end(agent), await world.end(agent)];
    assert.deepEqual(ends, ["crash", "crash", "agent_unavailable"]);
  });

  it("one that cannot be started says why, and is not tried over and over", async () => {
    const agent = hostileAgent("work", { lifetime: "shared", argv: [] });
    if (agent.adapter.kind !== "process") throw new Error("it is a process agent");
    const missing = { ...agent, adapter: { ...agent.adapter, argv: ["/nowhere/agent"] } };
    const { failure } = await world.attempt(missing).result;
    assert.equal(failure?.code, "agent_unavailable");
    assert.match(failure?.message ?? "", /could not be started: the program "\/nowhere\/agent" does not exist/);
  });

  it("fault 22: wrong ids, half lines, bad JSON and nonsense as costs harm nothing; only the first answer counts", async () => {
    const attempt = world.attempt(hostileAgent("strange"));
    const { outcome, result } = await attempt.result;
    assert.deepEqual([outcome, result.answer], ["succeeded", "done"]);
    assert.deepEqual(
      attempt.costs.map(({ amount }) => amount),
      [-1, "NaN", 1e308],
    );
    const log = attempt.logs.join("\n");
    assert.match(log, /sent a result for "somebody else's", which it does not work on/);
    assert.match(log, /a wrong message of type progress at fraction/);
    assert.ok(attempt.output.includes("[1]\n"), "what is no message is output");
  });

  it("fault 22: an answer that cannot be read, too large or wrong, fails its attempt at once: no other follows", async () => {
    for (const lifetime of ["attempt", "shared"] as const) {
      for (const work of ["large-answer", "wrong-answer"]) {
        const { failure } = await world.attempt(hostileAgent(work, { lifetime })).result;
        assert.equal(failure?.code, "protocol_error", `${work}, ${lifetime}`);
        assert.match(failure.message, /was refused: a (line of more than 1048576 bytes|wrong message of type error)/);
      }
    }
  });

  it("fault 13: a flood of output and messages ends with its answer; what is cut of the messages is counted", async () => {
    const attempt = world.attempt(hostileAgent("flood", { supervision: { timeout: 10_000 } }));
    const { outcome } = await attempt.result;
    assert.equal(outcome, "succeeded");
    assert.equal(attempt.bytes, 100_000_000, "output is no message and is not cut here");
    const kept = attempt.messages.filter(({ message }) => JSON.stringify(message).includes("decision")).length;
    const cut = attempt.logs.flatMap((line) => Number(/(\d+) messages are not kept/.exec(line)?.[1] ?? 0));
    assert.equal(kept + cut.reduce((sum, one) => sum + one, 0), 50_000);
    assert.ok(kept < 10_000, String(kept));
  });

  it("one that prints without a pause is not silent: its heartbeat would wait behind what it prints", async () => {
    const { outcome, failure } = await world.attempt(hostileAgent("chatter", { supervision: { grace: 0 } })).result;
    assert.equal(outcome, "succeeded", failure?.message);
  });

  it("fault 21: of a shared process, one attempt is cancelled while the other goes on; a late answer counts for nothing", async () => {
    const agent = hostileAgent("work", { lifetime: "shared" });
    const [cancelled, other] = [world.attempt(agent, "slow"), world.attempt(agent, "endless")];
    // What belongs to no task is in the log of the oldest.
    await cancelled.said(/endless/);
    cancelled.stop(50);
    const end = await cancelled.result;
    assert.deepEqual([end.outcome, end.result.answer ?? null], ["cancelled", null]);
    const late = await world.event("agent:error");
    assert.match(late.detail, /came after the end and does not count/);
    assert.deepEqual(world.told(agent), ["agent:started", "agent:error"], "nothing was restarted");
    other.stop(50);
    assert.equal((await other.result).outcome, "cancelled");
    assert.match((await world.event("agent:unhealthy")).detail, /did not stop working on what was cancelled/);
    assert.equal(await world.end(agent), "succeeded");
  });

  it("at the end of the worker shared processes are asked to leave, then ended", async () => {
    const [polite, stubborn] = [
      hostileAgent("work", { id: "polite", lifetime: "shared" }),
      hostileAgent("stubborn", { id: "stubborn", lifetime: "shared" }),
    ];
    assert.deepEqual([await world.end(polite), await world.end(stubborn, "work")], ["succeeded", "succeeded"]);
    const pids = [polite, stubborn].flatMap((agent) => world.health(agent)?.processes.map(({ pid }) => pid) ?? []);
    assert.equal(pids.length, 2);
    const from = performance.now();
    await world.close();
    assert.ok(performance.now() - from < 3_000);
    for (const pid of pids) assert.ok(!(await isRunning(pid)));
    assert.ok(world.told(stubborn).includes("agent:stopped"));
    assert.equal(await world.end(polite), "interrupted", "nothing is started any more");
  });
});
