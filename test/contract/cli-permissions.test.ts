import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { scriptedArgv } from "../support/acp-agents.ts";
import { CliWorld, endProcess } from "../support/cli.ts";

const SPEC = `# Ask

- [ ] Build it
  - id: build
  - agent: asker
`;

describe("running agents ask, people answer (F1)", function () {
  this.timeout(120_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
    world.write("a.spec.md", SPEC);
  });
  afterEach(() => world.remove());

  const MADE = "made.txt";

  /** An agent that asks whether it may make a file, and makes it only then. */
  const asker = (...actions: Record<string, unknown>[]): void => {
    const toolCall = { title: "make all", kind: "execute", rawInput: { command: "make all" } };
    const ask = { ask: { toolCall, write: { path: join(world.folder, MADE), text: "made" } } };
    const argv = scriptedArgv({ turns: [actions.length > 0 ? actions : [ask]] });
    const adapter = { kind: "acp", argv };
    const agent = { id: "asker", name: "Asker", permissions: "limited", capabilities: [{ name: "code_generation" }] };
    world.write(".planwright/agents.json", JSON.stringify({ agents: [{ ...agent, adapter }] }));
  };

  const waiting = async (): Promise<string> => {
    const { code, stdout, stderr } = await world.run("run", "a.spec.md", "--yes", "--no-write-back");
    assert.equal(code, 3, stdout + stderr);
    assert.match(stdout, /waiting: Ask/);
    const [decision] = await world.inbox();
    assert.ok(decision);
    return decision.decisionId;
  };

  const ended = async (decisionId: string): Promise<string> => {
    const [executionId = ""] = decisionId.split("/");
    await world.run("resume", executionId);
    return (await world.execution(executionId)).status;
  };

  /** Answers the question of a new run, and says how that ended. */
  const answered = async (choice: string): Promise<string> => {
    const decisionId = await waiting();
    assert.equal((await world.run("answer", decisionId, choice)).code, 0);
    return ended(decisionId);
  };

  it("the inbox says who wants to do what, and the list says that it waits", async () => {
    asker();
    const decisionId = await waiting();
    const [decision] = await world.inbox();
    assert.equal(decision?.kind, "permission");
    assert.equal(decision.request?.agent, "asker");
    assert.equal(decision.request.tool, "execute");
    assert.equal(decision.request.subject, "make all");
    const { stdout } = await world.run("inbox");
    assert.match(stdout, /agent asker asks at "Build it" whether it may run: .*make all/);
    for (const choice of ["allow_once", "allow_session", "allow_always", "reject"])
      assert.match(stdout, new RegExp(`planwright answer ${decisionId} ${choice}`));
    assert.match((await world.run("status")).stdout, /waiting +Ask/);
    assert.equal(existsSync(join(world.folder, MADE)), false);
  });

  it("once lets it; asked again in the next run", async () => {
    asker();
    assert.equal(await answered("allow_once"), "completed");
    assert.equal(world.read(MADE), "made");
    await waiting();
  });

  it("a rejection leaves nothing behind", async () => {
    asker();
    await answered("reject");
    assert.equal(existsSync(join(world.folder, MADE)), false);
    const [settled] = await world.inbox(true);
    assert.equal(settled?.choice, "reject");
  });

  it("always is not asked again, also by another worker, until it is taken back", async () => {
    asker();
    assert.equal(await answered("allow_always"), "completed");
    await endProcess(world.workerPid() ?? 0, "SIGTERM");
    const again = await world.run("run", "a.spec.md", "--yes", "--no-write-back");
    assert.equal(again.code, 0, again.stdout + again.stderr);
    const listed = await world.run("permissions");
    assert.match(listed.stdout, /asker +execute +make all/);
    assert.equal((await world.run("permissions", "forget")).code, 2, "what is taken back must be said");
    assert.match((await world.run("permissions", "forget", "--subject", "make all")).stdout, /Taken back/);
    assert.match((await world.run("permissions")).stdout, /Nothing is always allowed/);
    await waiting();
  });

  it("always is kept in the person's state folder, and what a workspace brings permits nothing", async () => {
    asker();
    const kept = {
      agent: "asker",
      tool: "execute",
      subject: "make all",
      by: "mallory",
      at: "2026-01-01T00:00:00.000Z",
    };
    for (const place of [".planwright/permissions.json", ".planwright/permissions/key.json"])
      world.write(place, JSON.stringify({ v: 1, permissions: [kept] }));
    await waiting();
  });

  it("until the execution ends answers the same question only there", async () => {
    const toolCall = { title: "make all", kind: "execute", rawInput: { command: "make all" } };
    asker({ ask: { toolCall } }, { ask: { toolCall } }, { ask: { toolCall } });
    assert.equal(await answered("allow_session"), "completed");
    assert.equal((await world.inbox(true)).length, 1, "asked once");
    await waiting();
  });

  it("a cancel, and the death of the worker, withdraw the question and leave no agent behind", async () => {
    asker();
    const cancelled = await waiting();
    await world.run("cancel");
    assert.equal(await ended(cancelled), "cancelled");
    assert.deepEqual(await world.inbox(), []);
    const decisionId = await waiting();
    await endProcess(world.workerPid() ?? 0, "SIGKILL");
    assert.deepEqual(await world.inbox(), []);
    const refused = await world.run("answer", decisionId, "allow_once");
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /does not wait for an answer/);
    assert.equal((await world.run("resume")).code, 3, "the next attempt asks anew");
    const [next] = await world.inbox();
    await world.run("answer", next?.decisionId ?? "", "allow_once");
    assert.equal(await ended(decisionId), "completed");
  });

  it("a timeout does not pass while it waits", async () => {
    asker();
    world.write("a.spec.md", `${SPEC}  - timeout: 3s\n`);
    const decisionId = await waiting();
    const from = performance.now();
    // Longer than the timeout, by a step that takes its time.
    world.write("b.spec.md", "- [ ] Wait\n  - command: sleep 4\n");
    assert.equal((await world.run("run", "b.spec.md", "--yes")).code, 0);
    assert.ok(performance.now() - from > 3_500);
    await world.run("answer", decisionId, "allow_once");
    assert.equal(await ended(decisionId), "completed");
  });
});
