import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { CliWorld } from "../support/cli.ts";

const BREAKS = `---
onFailure: pause
---
- [ ] Before
  - id: before
  - command: echo before >> ran
- [ ] Breaks
  - id: breaks
  - command: echo breaks >> ran; exit 1
- [ ] After
  - id: after
  - command: echo after >> ran
`;

describe("decisions wait for a person and are answered once (F1)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
  });
  afterEach(() => world.remove());

  const approvals = (): string =>
    execFileSync("sqlite3", [join(world.folder, ".planwright/planwright.db"), "select count(*) from approvals"], {
      encoding: "utf8",
    });

  const waiting = async (spec = BREAKS): Promise<string> => {
    world.write("d.spec.md", spec);
    // What is ticked a moment later would stand in the record, too.
    const { code, stdout, stderr } = await world.run("run", "d.spec.md", "--yes", "--no-write-back");
    assert.equal(code, 3, stdout + stderr);
    const [decision] = await world.inbox();
    assert.ok(decision);
    return decision.decisionId;
  };

  it("two processes that answer at the same moment: one is heard, the other is told who was first", async () => {
    const ways = [
      ["retry", "skip"],
      ["skip", "retry"],
      ["retry", "retry"],
      ["retry", "retry"],
    ];
    let decisionId = await waiting();
    for (const choices of ways) {
      const results = await Promise.all(choices.map((choice) => world.run("answer", decisionId, choice)));
      assert.deepEqual(
        [0, 1].map((code) => results.filter((result) => result.code === code).length),
        [1, 1],
      );
      const winner = choices[results.findIndex(({ code }) => code === 0)] ?? "";
      const loser = results.find(({ code }) => code === 1);
      assert.match(loser?.stderr ?? "", new RegExp(`was answered already by \\S+: ${winner}`));
      const settled = (await world.inbox(true)).find((decision) => decision.decisionId === decisionId);
      assert.equal(settled?.status, "answered");
      assert.equal(settled.choice, winner, "the record holds the answer that was acknowledged");
      const { code } = await world.run("resume");
      if (winner === "skip") {
        assert.equal(code, 0);
        assert.equal(world.lines("ran").at(-1), "after");
        decisionId = await waiting();
      } else {
        assert.equal(code, 3);
        decisionId = (await world.inbox())[0]?.decisionId ?? "";
      }
    }
  });

  it("two answers with different changes at the same moment: only the changes of one are made", async () => {
    const decisionId = await waiting();
    const commands = ["one", "two"];
    const results = await Promise.all(
      commands.map((word) =>
        world.run("answer", decisionId, "retry", "--set", `breaks.parameters.command=echo ${word} >> ran`),
      ),
    );
    const winner = commands[results.findIndex(({ code }) => code === 0)];
    assert.equal(results.filter(({ code }) => code === 1).length, 1, results.map(({ stderr }) => stderr).join());
    assert.equal((await world.run("resume")).code, 0);
    assert.deepEqual(world.lines("ran"), ["before", "breaks", winner, "after"]);
  });

  it("an answer in an execution whose worker was lost goes on with all of it", async () => {
    world.write(
      "d.spec.md",
      `---\nonFailure: pause\n---\n- [ ] [P] Breaks\n  - command: echo breaks >> ran; test -f mended\n- [ ] [P] Long\n  - command: echo long >> ran; while [ ! -f mended ]; do sleep 0.02; done\n- [ ] After\n  - command: echo after >> ran\n`,
    );
    const command = world.start(["run", "d.spec.md", "--yes"]);
    await command.printed("? ");
    await world.endWorker("SIGKILL");
    await command.result;
    assert.equal((await world.execution()).status, "interrupted");
    assert.equal((await world.inbox()).length, 1);
    world.write("mended", "");
    assert.equal((await world.run("answer", "retry")).code, 0);
    assert.equal((await world.run("resume")).code, 0);
    assert.deepEqual(world.lines("ran").sort(), ["after", "breaks", "breaks", "long", "long"]);
  });

  it("a worker that is drained leaves although a question is open, and a later answer loses nothing", async () => {
    const decisionId = await waiting();
    const client = await world.connect();
    const { pid } = await client.call("worker.status", {});
    await client.call("worker.drain", {});
    while (world.workerPid() === pid) await new Promise((resolve) => setTimeout(resolve, 20));
    client.dispose();
    assert.equal((await world.run("answer", decisionId, "skip")).code, 0);
    assert.equal((await world.run("resume")).code, 0);
    assert.deepEqual(world.lines("ran"), ["before", "breaks", "after"]);
  });

  it("the same answer sent twice under one commandId is one answer", async () => {
    const decisionId = await waiting();
    const client = await world.connect();
    try {
      const answer = { decisionId, choice: "retry", commandId: "once-and-for-all" } as const;
      const both = await Promise.all([client.call("inbox.answer", answer), client.call("inbox.answer", answer)]);
      assert.deepEqual(both[0], both[1]);
      assert.deepEqual(await client.call("inbox.answer", answer), both[0]);
    } finally {
      client.dispose();
    }
    assert.equal((await world.run("resume")).code, 3);
    assert.deepEqual(world.lines("ran"), ["before", "breaks", "breaks"]);
  });

  it("a wrong answer is exit code 2, says what is right, and changes nothing", async () => {
    const decisionId = await waiting();
    const wrong: [words: string[], says: RegExp][] = [
      [["allow"], /can be answered with retry, skip, abort, not allow/],
      [["perhaps"], /the answers are/],
      [["nothing/ask-1", "retry"], /there is no decision "nothing\/ask-1"/],
      [["retry", "--amount", "1"], /an amount goes with allow/],
      [["retry", "--amount", "NaN"], /amount above 0/],
      [["retry", "--amount=-3"], /amount above 0/],
      [["retry", "--amount", "0"], /amount above 0/],
      [["retry", "--amount", "1e400"], /amount above 0/],
      [["retry", "--amount", "0x10"], /amount above 0/],
      [["retry", "--amount", "0.0000001"], /at most six decimals/],
      [["retry", "--amount", "1e12"], /not above 1000000000/],
      [["skip", "--set", "breaks.timeout=5s"], /changes go with retry/],
      [["retry", "--set", "nowhere.timeout=5s"], /nowhere/],
      [["retry", "--set", "breaks.timeout=soon"], /duration/],
      [["retry", "--set", "breaks.agent=nobody"], /nobody/],
      [["a", "b", "retry"], /too many arguments/],
    ];
    const before = await world.execution();
    for (const [words, says] of wrong) {
      const { code, stdout, stderr } = await world.run("answer", ...words);
      assert.equal(code, 2, words.join(" ") + stdout + stderr);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /\n\s+at |internal error/);
    }
    const after = await world.execution();
    assert.equal(after.seq, before.seq);
    assert.equal(after.planId, before.planId);
    assert.equal(approvals(), "1\n", "changes of a refused answer are not approved");
    assert.deepEqual(
      (await world.inbox()).map((decision) => decision.decisionId),
      [decisionId],
    );
  });

  it("retry with changes: the changed command runs, what is done is not run again, and the record tells of both", async () => {
    await waiting();
    const { planId } = await world.execution();
    const answer = await world.run("answer", "retry", "--set", 'breaks.parameters.command=echo "mended" >> ran');
    assert.equal(answer.code, 0, answer.stderr);
    const { code, stdout } = await world.run("resume", "--json");
    assert.equal(code, 0, stdout);
    assert.deepEqual(world.lines("ran"), ["before", "breaks", "mended", "after"]);
    const execution = await world.execution();
    assert.notEqual(execution.planId, planId, "the plan in force is the changed one");
    const [settled] = await world.inbox(true);
    assert.equal(settled?.choice, "retry");
    assert.match(settled.by ?? "", /./);
    const { stdout: report } = await world.run("report");
    assert.match(report, /mended|Breaks/);
  });

  it("an answer that comes too late leaves no approval of its changes behind", async () => {
    const decisionId = await waiting();
    assert.equal((await world.run("answer", decisionId, "abort")).code, 0);
    const late = await world.run("answer", decisionId, "retry", "--set", "breaks.parameters.command=echo late >> ran");
    assert.equal(late.code, 1);
    assert.match(late.stderr, /answered already by \S+: abort/);
    assert.equal(approvals(), "1\n");
  });

  it("an agent whose program went away after the approval is asked about, and a retry finds it when it is back", async () => {
    const program = world.write("bin/scribe", "#!/bin/sh\ncat > /dev/null\necho scribe >> ran\n");
    chmodSync(program, 0o755);
    const argv = [program];
    world.write(
      ".planwright/agents.json",
      JSON.stringify({
        agents: [
          { id: "scribe", name: "S", capabilities: [{ name: "code_generation" }], adapter: { kind: "command", argv } },
        ],
      }),
    );
    const tidy = "- [ ] Tidy up\n  - command: rm -r bin; echo tidy >> ran\n";
    world.write("a.spec.md", `---\nonFailure: pause\n---\n${tidy}- [ ] Write\n  - id: write\n  - agent: scribe\n`);
    const { code, stdout, stderr } = await world.run("run", "a.spec.md", "--yes");
    assert.equal(code, 3, stdout + stderr);
    const [decision] = await world.inbox();
    assert.equal(decision?.kind, "agent_unavailable");
    world.write("bin/scribe", "#!/bin/sh\ncat > /dev/null\necho scribe >> ran\n");
    chmodSync(program, 0o755);
    assert.equal((await world.run("answer", "retry")).code, 0);
    assert.equal((await world.run("resume")).code, 0);
    assert.deepEqual(world.lines("ran"), ["tidy", "scribe"]);
  });
});
