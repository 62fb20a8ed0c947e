import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CliWorld, endProcess, type CliResult } from "../support/cli.ts";

const OK = '- [ ] Fine\n  - command: ["true"]\n';
const Execution = z.looseObject({
  status: z.string(),
  steps: z.array(z.looseObject({ failure: z.looseObject({ code: z.string(), message: z.string() }).nullable() })),
});

function assertExplained({ code, stdout, stderr }: CliResult, expectedCode: number, pattern: RegExp): void {
  const said = stdout + stderr;
  assert.equal(code, expectedCode, said);
  assert.match(said, pattern);
  assert.doesNotMatch(said, /\n\s+at .*:\d+:\d+/, "no stack trace");
  assert.doesNotMatch(said, /internal error/);
}

describe("bad input: one clear message, the right exit code, nothing lost", function () {
  this.timeout(60_000);
  let world: CliWorld;
  before(() => {
    world = new CliWorld();
  });
  after(() => world.remove());

  const specs: [what: string, content: string | Uint8Array, code: number, pattern: RegExp][] = [
    ["an empty file", "", 2, /bad\.spec\.md.*(no tasks|empty)/i],
    ["a binary file", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 0, 1), 2, /bad\.spec\.md: .*binary/],
    [
      "text that is not UTF-8",
      Uint8Array.of(0x2d, 0x20, 0x5b, 0x20, 0x5d, 0x20, 0xff, 0xfe),
      2,
      /bad\.spec\.md: .*UTF-8/,
    ],
    ["front matter that is no YAML", `---\ntitle: [unclosed\n---\n${OK}`, 2, /bad\.spec\.md:[23]:\d+: error/],
    ["a budget that is none", `---\nbudget: plenty\n---\n${OK}`, 2, /bad\.spec\.md:2:\d+: error.*budget/],
    [
      "a cycle, with its path",
      "- [ ] A\n  - id: a\n  - needs: b\n  - command: x\n- [ ] B\n  - id: b\n  - needs: a\n  - command: x\n",
      2,
      /bad\.spec\.md:\d+:\d+: error.*(a.*b|A.*B)/,
    ],
    [
      "an unknown dependency, with a suggestion",
      "- [ ] A\n  - id: build\n  - command: x\n- [ ] B\n  - needs: biuld\n  - command: x\n",
      2,
      /bad\.spec\.md:5:\d+: error.*build/,
    ],
    [
      "a duplicate id that is needed, with both lines",
      "- [ ] A\n  - id: a\n  - command: x\n- [ ] B\n  - id: a\n  - command: x\n- [ ] C\n  - needs: a\n  - command: x\n",
      2,
      /lines? 1.*4/,
    ],
    ["an unknown agent", "- [ ] A\n  - agent: nobody\n", 2, /bad\.spec\.md:\d+:\d+: error.*nobody/],
    ["a bad timeout", "- [ ] A\n  - command: x\n  - timeout: soon\n", 2, /bad\.spec\.md:3:\d+: error.*timeout/],
  ];
  for (const [what, content, code, pattern] of specs) {
    it(what, async () => {
      world.write("bad.spec.md", content);
      assertExplained(await world.run("run", "bad.spec.md", "--yes"), code, pattern);
    });
  }

  it("an unknown key close to a known one is a warning with the suggestion, and the spec runs", async () => {
    world.write("key.spec.md", `- [ ] A\n  - command: ["true"]\n  - tiemout: 5s\n`);
    assertExplained(await world.run("run", "key.spec.md", "--yes"), 0, /key\.spec\.md:3:\d+: warning.*timeout/);
  });

  it("a missing file, a folder, and a file that may not be read", async () => {
    assertExplained(await world.run("plan", "missing.spec.md"), 2, /missing\.spec\.md: .*does not exist/);
    mkdirSync(join(world.folder, "folder.spec.md"), { recursive: true });
    assertExplained(await world.run("plan", "folder.spec.md"), 2, /folder/);
    const secret = world.write("secret.spec.md", OK);
    chmodSync(secret, 0o000);
    // The superuser may read everything; the message is checked where permissions hold.
    if (process.getuid?.() !== 0) assertExplained(await world.run("plan", "secret.spec.md"), 2, /may not be read/);
  });

  it("5 MB of tasks and nesting of 500 levels end in time", async () => {
    world.write(
      "big.spec.md",
      Array.from(
        { length: 60_000 },
        (_, index) => `- [ ] Task number ${index} of very many, with a title that is long enough\n`,
      ).join(""),
    );
    assert.notEqual((await world.run("spec", "big.spec.md", "--json")).code, null);
    world.write(
      "deep.spec.md",
      Array.from({ length: 500 }, (_, level) => `${"  ".repeat(level)}- [ ] Level ${level}\n`).join(""),
    );
    assertExplained(await world.run("spec", "deep.spec.md"), 2, /deep/);
  });

  it("an agents file that is invalid: file, line and field; the built-in agents stay", async () => {
    world.write("ok.spec.md", OK);
    world.write(
      ".planwright/agents.json",
      '{\n  "agents": [\n    { "id": "x", "nam": "X", "capabilities": [], "adapter": { "kind": "command" } }\n  ]\n}\n',
    );
    assertExplained(await world.run("agents"), 2, /agents\.json:3.*(name|nam)/);
    assert.equal((await world.run("run", "ok.spec.md", "--yes")).code, 0);
    world.write(".planwright/agents.json", '{ "agents": [ }');
    assertExplained(await world.run("agents"), 2, /agents\.json:1/);
    world.write(".planwright/agents.json", '{ "agents": [] }');
  });

  it("agents are used as they were approved: a changed definition asks again", async () => {
    const agent = (word: string): string =>
      JSON.stringify({
        agents: [
          {
            id: "writer",
            name: "Writer",
            capabilities: [{ name: "document_creation", estimatedCost: 0.5, estimatedDuration: 100 }],
            adapter: { kind: "command", argv: ["sh", "-c", `cat > ${word}.txt`] },
          },
        ],
      });
    world.write(".planwright/agents.json", agent("first"));
    world.write("agent.spec.md", "- [ ] Write the manual\n  - agent: writer\n\n  Say what it does.\n");
    const approved = await world.run("approve", "agent.spec.md");
    assert.equal(approved.code, 0, approved.stderr);
    assert.equal((await world.run("run", "agent.spec.md", "--no-write-back")).code, 0);
    assert.match(world.read("first.txt"), /Say what it does/);
    world.write(".planwright/agents.json", agent("second"));
    assert.equal((await world.run("run", "agent.spec.md")).code, 3);
    world.write(".planwright/agents.json", '{ "agents": [] }');
  });

  it("an agents file that is rewritten while its agent runs is for later plans (SEC10)", async () => {
    const agent = (word: string): string =>
      JSON.stringify({
        agents: [
          {
            id: "writer",
            name: "W",
            capabilities: [{ name: "document_creation", estimatedCost: 0, estimatedDuration: 1 }],
            adapter: { kind: "command", argv: ["sh", "-c", `cat >/dev/null; touch ${word}; test -e go`] },
          },
        ],
      });
    world.write(".planwright/agents.json", agent("good"));
    world.write("swap.spec.md", `- [ ] First\n  - agent: writer\n  - retries: 1\n`);
    const command = world.start(["run", "swap.spec.md", "--yes", "--no-write-back"]);
    await command.printed("attempt 2 in");
    world.write(".planwright/agents.json", agent("evil"));
    await world.run("agents");
    world.write("go", "");
    assert.equal((await command.result).code, 0);
    assert.equal(world.read("good"), "");
    assert.throws(() => world.read("evil"));
    world.write(".planwright/agents.json", '{ "agents": [] }');
  });

  it("a command that does not exist: named, not retried", async () => {
    world.write("nothing.spec.md", "- [ ] A\n  - command: [no-such-program-here, x]\n");
    const execution = await world.json(Execution, "run", "nothing.spec.md", "--yes");
    assert.equal(execution.steps[0]?.failure?.code, "command_not_found");
    assert.match(execution.steps[0]?.failure?.message ?? "", /no-such-program-here/);
  });

  it("output that is not UTF-8 and a line of 10 MB are kept and shown", async () => {
    world.write(
      "noise.spec.md",
      "- [ ] Bytes\n  - id: bytes\n  - command: printf 'caf\\351\\n'\n- [ ] Line\n  - id: line\n  - command: head -c 10000000 /dev/zero | tr '\\0' x\n",
    );
    assert.equal((await world.run("run", "noise.spec.md", "--yes")).code, 0);
    const bytes = await world.run("logs", "--step", "bytes", "--json");
    assert.match(bytes.stdout, new RegExp(Buffer.from("caf\u00e9", "latin1").toString("base64").replace(/=+$/, "")));
    const line = await world.run("logs", "--step", "line", "--json");
    const letters = line.stdout
      .split("\n")
      .filter((entry) => entry.includes('"stdout"'))
      .reduce((sum, entry) => sum + (/x{2,}/.exec(entry)?.[0].length ?? 0), 0);
    assert.equal(letters, 10_000_000);
  });

  it("the record: corrupt is set aside with a word, foreign and newer are left untouched", async () => {
    const stop = async (): Promise<void> => {
      const pid = world.workerPid();
      if (pid !== null) await endProcess(pid, "SIGTERM");
    };
    const file = join(world.folder, ".planwright", "planwright.db");
    const good = await (async () => {
      await stop();
      return readFileSync(file);
    })();

    const foreign = Buffer.from("this is somebody's diary, not a database\n".repeat(100));
    writeFileSync(file, foreign);
    assertExplained(await world.run("status"), 70, /planwright\.db.*not a database of Planwright/);
    assert.deepEqual(readFileSync(file), foreign);
    await stop();

    const newer = Buffer.from(good);
    newer.writeUInt32BE(999, 60);
    writeFileSync(file, newer);
    assertExplained(await world.run("status"), 70, /newer Planwright/);
    await stop();
    assert.deepEqual(readFileSync(file), newer);

    writeFileSync(file, good.subarray(0, good.length - 5_000));
    const { code, stderr } = await world.run("status");
    assert.equal(code, 0);
    assert.match(stderr, /planwright\.db.*damaged/, "the person is told");
    assert.ok(existsSync(file));
  });

  it("a plan that something else changed in the record does not run under its old approval (SEC10)", async () => {
    world.write("tamper.spec.md", "- [ ] A\n  - command: echo good\n");
    const { stdout } = await world.run("approve", "tamper.spec.md", "--json");
    const { plan } = z.looseObject({ plan: z.looseObject({ planId: z.string() }) }).parse(JSON.parse(stdout));
    const pid = world.workerPid();
    assert.ok(pid !== null);
    await endProcess(pid, "SIGTERM");
    const file = join(world.folder, ".planwright", "planwright.db");
    execFileSync("sqlite3", [file, "update plans set steps = replace(steps, 'echo good', 'touch pwned')"]);
    assertExplained(await world.run("run", plan.planId), 3, /changed in the record/);
    assert.equal(existsSync(join(world.folder, "pwned")), false);
  });

  it("a dead worker's lock and record do not stand in the way", async () => {
    world.write("ok.spec.md", OK);
    await world.run("status");
    const pid = world.workerPid();
    assert.ok(pid !== null);
    await endProcess(pid, "SIGKILL");
    assertExplained(await world.run("run", "ok.spec.md", "--yes"), 0, /completed/);
  });
});
