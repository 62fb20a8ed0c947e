import assert from "node:assert/strict";
import { join } from "node:path";
import { scriptedArgv } from "../support/acp-agents.ts";
import { CliWorld } from "../support/cli.ts";

const SPEC = `- [ ] Breaks
  - id: breaks
  - command: echo breaks >> ran; test -f mended
- [ ] Next
  - command: echo next >> ran
`;

describe("a person at a terminal is asked (C3, F1, P1)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
    world.write("p.spec.md", SPEC);
  });
  afterEach(() => world.remove());

  /** An agent that asks whether it may make a file. */
  const asker = (): void => {
    const toolCall = { title: "make all", kind: "execute", rawInput: { command: "make all" } };
    const write = { path: join(world.folder, "made"), text: "" };
    const argv = scriptedArgv({ turns: [[{ ask: { toolCall, write } }]] });
    const agent = { id: "asker", name: "Asker", permissions: "limited", capabilities: [{ name: "code_generation" }] };
    world.write(".planwright/agents.json", JSON.stringify({ agents: [{ ...agent, adapter: { kind: "acp", argv } }] }));
  };

  it("pause is the default at a terminal: the question comes at the prompt, and the answer typed there is carried out", async () => {
    const terminal = world.startInTerminal("run", "p.spec.md", "--yes");
    await terminal.printed("Your decision?");
    world.write("mended", "");
    terminal.type("r");
    const { code, stdout } = await terminal.result;
    assert.equal(code, 0, stdout);
    assert.deepEqual(world.lines("ran"), ["breaks", "breaks", "next"]);
  });

  it("another word is asked about once more; later leaves the question in the inbox, exit code 3", async () => {
    const terminal = world.startInTerminal("run", "p.spec.md", "--yes");
    await terminal.printed("Your decision?");
    terminal.type("perhaps");
    await terminal.printed("Please type one of retry, skip, abort, later");
    terminal.type("later");
    assert.equal((await terminal.result).code, 3);
    assert.equal((await world.inbox()).length, 1);
  });

  it("an answer from elsewhere makes the question go away, and the terminal goes on to the end", async () => {
    const terminal = world.startInTerminal("run", "p.spec.md", "--yes");
    await terminal.printed("Your decision?");
    assert.equal((await world.run("answer", "skip")).code, 0);
    const { code, stdout } = await terminal.result;
    assert.equal(code, 0, stdout);
    assert.match(stdout, /Decided elsewhere/);
    assert.deepEqual(world.lines("ran"), ["breaks", "next"]);
  });

  it("Ctrl-C at the question leaves it in the inbox and stops nothing, exit code 3", async () => {
    const terminal = world.startInTerminal("run", "p.spec.md", "--yes");
    await terminal.printed("Your decision?");
    terminal.type("\u0003");
    const { code, stdout } = await terminal.result;
    assert.equal(code, 3, stdout);
    assert.equal((await world.execution()).status, "waiting");
    assert.equal((await world.inbox()).length, 1);
  });

  it("a terminal that is closed at the question leaves it in the inbox, and another one can go on", async () => {
    const terminal = world.startInTerminal("run", "p.spec.md", "--yes");
    await terminal.printed("Your decision?");
    terminal.process.kill("SIGKILL");
    await terminal.result;
    const another = world.startInTerminal("resume");
    await another.printed("Your decision?");
    another.type("s");
    const { code, stdout } = await another.result;
    assert.equal(code, 0, stdout);
    assert.deepEqual(world.lines("ran"), ["breaks", "next"]);
  });

  it("--unattended asks nobody", async () => {
    const { code, stdout } = await world.startInTerminal("run", "p.spec.md", "--yes", "--unattended").result;
    assert.equal(code, 1, stdout);
    assert.deepEqual(await world.inbox(), []);
  });

  it("a terminal that follows a pause sees the execution go on when it is resumed elsewhere", async () => {
    world.write("mended", "");
    world.write(
      "slow.spec.md",
      "- [ ] First\n  - command: while [ ! -f go ]; do sleep 0.02; done\n- [ ] Second\n  - command: touch second\n",
    );
    const terminal = world.startInTerminal("run", "slow.spec.md", "--yes");
    await terminal.printed("First");
    assert.equal((await world.run("pause")).code, 0);
    world.write("go", "");
    await terminal.printed("paused");
    assert.equal((await world.run("resume", "--detach")).code, 0);
    const { code, stdout } = await terminal.result;
    assert.equal(code, 0, stdout);
    assert.equal(world.read("second"), "");
  });

  it("an agent that asks is answered at the terminal at once, while another step runs", async () => {
    asker();
    const long =
      "- [ ] [P] Long\n  - id: long\n  - command: until test -e made; do sleep 0.1; done; echo long >> ran\n";
    world.write("a.spec.md", `- [ ] [P] Ask\n  - id: ask\n  - agent: asker\n${long}`);
    const terminal = world.startInTerminal("run", "a.spec.md", "--yes");
    await terminal.printed("Your decision?");
    assert.deepEqual((await world.execution()).progress.running.map(({ stepId }) => stepId).sort(), ["ask", "long"]);
    terminal.type("o");
    const { code, stdout } = await terminal.result;
    assert.equal(code, 0, stdout);
    assert.match(stdout, /once: let it do this once/);
    assert.deepEqual(world.lines("ran"), ["long"]);
    assert.equal(stdout.match(/✔ .*Long/g)?.length, 1, "nothing is shown twice");
  });

  it("an agent that is answered later waits, and the others go on to the end, exit code 3", async () => {
    asker();
    world.write(
      "a.spec.md",
      "- [ ] [P] Ask\n  - id: ask\n  - agent: asker\n- [ ] [P] Long\n  - command: sleep 2; echo long >> ran\n",
    );
    const terminal = world.startInTerminal("run", "a.spec.md", "--yes");
    await terminal.printed("Your decision?");
    terminal.type("later");
    const { code, stdout } = await terminal.result;
    assert.equal(code, 3, stdout);
    assert.deepEqual(world.lines("ran"), ["long"]);
    assert.equal((await world.inbox()).length, 1);
  });
});
