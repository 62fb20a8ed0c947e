import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentsFile } from "../../schemas/agent.ts";
import { ExecutionResult } from "../../schemas/operations/result.ts";
import { z } from "zod";
import { CliWorld } from "../support/cli.ts";
import { TestRepository } from "../support/repository.ts";

const Shown = z.object({ result: ExecutionResult.nullable() });

/** An agent that runs the script `agents/STEP.sh` of the folder that it works in. */
const AGENTS = AgentsFile.parse({
  agents: ["writer", "reader"].map((id) => ({
    id,
    name: id,
    type: "coder",
    permissions: id === "reader" ? "readonly" : "full",
    capabilities: [{ name: id === "reader" ? "code_review" : "code_generation", description: "runs a script" }],
    adapter: { kind: "command", argv: ["/bin/sh", "-c", 'sh "./agents/$PLANWRIGHT_STEP_ID.sh"'] },
  })),
});

interface Step {
  readonly id: string;
  /** What its agent does. */
  readonly script?: string;
  readonly agent?: string;
  /** Instead of an agent. */
  readonly command?: string;
  readonly parallel?: boolean;
  readonly more?: readonly string[];
}

/** A workspace in a repository, with a spec of such steps. */
class GitWorld {
  readonly cli = new CliWorld();
  readonly repository = new TestRepository(this.cli.folder);

  plan(steps: readonly Step[], front: readonly string[] = [], files: Readonly<Record<string, string>> = {}): void {
    this.repository.write(".planwright/agents.json", JSON.stringify(AGENTS));
    for (const { id, script } of steps) if (script !== undefined) this.repository.write(`agents/${id}.sh`, script);
    const tasks = steps.flatMap(({ id, agent = "writer", command, parallel = false, more = [] }) => [
      `- [ ] ${parallel ? "[P] " : ""}Do ${id}`,
      `  - id: ${id}`,
      ...(command === undefined ? [`  - agent: ${agent}`] : [`  - command: [sh, -c, ${JSON.stringify(command)}]`]),
      ...more.map((line) => `  - ${line}`),
    ]);
    const text = ["---", "title: Work", ...front, "---", "# Work", "", ...tasks, ""].join("\n");
    this.repository.commit("start", { "work.spec.md": text, ...files });
  }

  run(...more: string[]): ReturnType<CliWorld["run"]> {
    return this.cli.run("run", "work.spec.md", "--yes", "--unattended", ...more);
  }

  async result(): Promise<ExecutionResult> {
    const { result } = await this.cli.json(Shown, "result");
    assert.ok(result);
    return result;
  }

  /** Folders of worktrees that are there. */
  worktrees(): string[] {
    return this.repository
      .git("worktree", "list", "--porcelain")
      .split("\n")
      .filter((line) => line.startsWith("worktree "))
      .slice(1);
  }
}

async function inWorld(act: (world: GitWorld) => Promise<void>): Promise<void> {
  const world = new GitWorld();
  try {
    await act(world);
  } finally {
    await world.cli.remove();
  }
}

/** What `look` finds, as soon as it finds something; null when the command has ended before. */
async function until<T>(end: Promise<unknown>, look: () => Promise<T | null>): Promise<T | null> {
  const ended = end.then(() => true);
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (await Promise.race([ended, new Promise<false>((resolve) => setTimeout(resolve, 20, false))])) return null;
  }
}

const APPEND = 'echo "by $PLANWRIGHT_STEP_ID" >> "$PLANWRIGHT_STEP_ID.txt"';

/** A setup that works in the worktrees of steps, and not in the tree of the execution. */
const SETUP_ONCE = 'case "$PWD" in */tree) exit 3;; esac';

describe("coding steps in worktrees, on the command line (N1)", function () {
  this.timeout(60_000);

  it("leaves the person's files alone until the result is applied", () =>
    inWorld(async (world) => {
      const { repository, cli } = world;
      world.plan([
        { id: "a1", script: APPEND },
        { id: "b1", script: `cat a1.txt && ${APPEND}` },
        { id: "look", command: "cat a1.txt b1.txt && echo seen > seen.txt" },
      ]);
      repository.write("notes.txt", "mine, not committed\n");
      const before = repository.head();
      const ran = await world.run();
      assert.equal(ran.code, 0, ran.stdout + ran.stderr);
      assert.equal(repository.head(), before);
      assert.deepEqual(repository.status(), ["?? notes.txt"]);

      const result = await world.result();
      assert.equal(result.state, "ready");
      assert.deepEqual(result.apply, { how: "fast-forward", reason: null, files: [] });
      assert.deepEqual(
        result.files.map(({ path, status }) => `${status} ${path}`),
        ["added a1.txt", "added b1.txt", "added seen.txt", "modified work.spec.md"],
      );
      const titles = ["Tick the boxes of work.spec.md", "Do look", "Do b1", "Do a1"];
      assert.deepEqual(
        result.commits.map(({ title }) => title),
        titles,
      );

      const accepted = await cli.run("accept", "--apply");
      assert.equal(accepted.code, 0, accepted.stderr);
      assert.deepEqual(repository.titles("HEAD"), [...titles, "start"]);
      assert.equal(repository.git("log", "-1", "--format=%an <%ae>", "HEAD~1"), "Ada Example <ada@example.org>");
      assert.match(cli.read("work.spec.md"), /- \[x\] Do a1/);
      assert.equal(cli.read("b1.txt"), "by b1\n");
      assert.deepEqual(repository.status(), ["?? notes.txt"]);
      assert.deepEqual(repository.branches(), ["main"]);
      assert.deepEqual(world.worktrees(), []);
    }));

  it("takes nothing of attempts that fail, and says where their work is", () =>
    inWorld(async (world) => {
      const { repository, cli } = world;
      world.plan([
        { id: "bad", script: "echo half > half.txt; exit 1", more: ["onFailure: continue"] },
        { id: "good", script: APPEND, more: ["needs: none"] },
      ]);
      assert.equal((await world.run()).code, 1);
      const result = await world.result();
      assert.deepEqual(
        result.files.map(({ path }) => path),
        ["good.txt", "work.spec.md"],
      );
      const logs = (await cli.run("logs", "--step", "bad")).stdout;
      const [ref = ""] = /refs\/planwright\/kept\/\S+/.exec(logs) ?? [];
      assert.equal(repository.show(ref, "half.txt"), "half");
      await cli.run("accept", "--discard", "--yes");
      assert.equal(repository.git("for-each-ref", "refs/planwright"), "");
      assert.deepEqual(repository.branches(), ["main"]);
    }));

  for (const [what, script, agent, more, code] of [
    ["a step that demands a change and makes none", "true", "writer", ["change: required"], /no file differs/],
    ["an agent that may only read", "echo x > x.txt", "reader", [], /may only read and has changed x\.txt/],
    [
      "SEC14: configuration of the person's tools",
      "mkdir .VSCode; echo {} > .VSCode/tasks.json",
      "writer",
      [],
      /configures your tools/,
    ],
    [
      "a claimed success without the declared output",
      "echo done",
      "writer",
      ["output: made.txt", "change: optional"],
      /made\.txt/,
    ],
  ] as const)
    it(`refuses ${what}`, () =>
      inWorld(async (world) => {
        const { repository, cli } = world;
        world.plan([{ id: "one", script, agent, more }]);
        assert.equal((await world.run()).code, 1);
        const [step] = (await cli.execution()).steps;
        assert.match(step?.failure?.message ?? "", code);
        assert.equal((await world.result()).state, "empty");
        assert.deepEqual(repository.branches(), ["main"]);
        assert.deepEqual(repository.status(), []);
      }));

  it("lets a task change what it names, also when that is configuration (SEC14)", () =>
    inWorld(async (world) => {
      world.plan([
        { id: "one", script: "mkdir .vscode; echo {} > .vscode/tasks.json", more: ["files: .vscode/tasks.json"] },
      ]);
      const ran = await world.run();
      assert.equal(ran.code, 0, ran.stdout);
    }));

  it("stops a step whose change does not fit, shows the conflict, and retries on top", () =>
    inWorld(async (world) => {
      const { repository, cli } = world;
      const change = (word: string): string =>
        `while [ ! -e "${cli.root}/go" ]; do sleep 0.02; done; sed -i "s/two/${word}/" a.txt`;
      world.plan(
        [
          { id: "s1", parallel: true, script: change("first") },
          { id: "s2", parallel: true, script: change("second") },
        ],
        ["onFailure: pause"],
        { "a.txt": "one\ntwo\nthree\n" },
      );
      const running = cli.start(["run", "work.spec.md", "--yes"]);
      await running.printed("Do s2");
      cli.write("../go", "");
      assert.equal((await running.result).code, 3);
      const [decision] = await cli.inbox();
      assert.equal(decision?.kind, "conflict");
      assert.deepEqual(decision?.conflict?.files, ["a.txt"]);
      const open = readFileSync(join(decision?.conflict?.folder ?? "", "a.txt"), "utf8");
      assert.match(open, /<<<<<<< [\s\S]*=======[\s\S]*>>>>>>> /);
      assert.deepEqual(repository.status(), []);
      await cli.run("answer", "retry");
      await cli.run("resume");
      const { tip } = await world.result();
      const [, merged] = repository.show(tip, "a.txt").split("\n");
      // On top of the other, its agent finds nothing to change any more, and says so instead of a success.
      assert.match(merged ?? "", /^(?:first|second)$/);
      assert.match(
        (await cli.execution()).steps.map(({ failure }) => failure?.message ?? "").join(""),
        /no file differs/,
      );
    }));

  it("takes the conflict that a person has resolved, and does not ask the agent again", () =>
    inWorld(async (world) => {
      const { repository, cli } = world;
      const change = (word: string): string =>
        `echo run >> "${cli.root}/runs"; while [ ! -e "${cli.root}/go" ]; do sleep 0.02; done; sed -i "s/two/${word}/" a.txt`;
      world.plan(
        [
          { id: "s1", parallel: true, script: change("first") },
          { id: "s2", parallel: true, script: change("second") },
        ],
        ["onFailure: pause"],
        { "a.txt": "one\ntwo\nthree\n" },
      );
      const running = cli.start(["run", "work.spec.md", "--yes"]);
      await running.printed("Do s2");
      cli.write("../go", "");
      await running.result;
      const folder = (await cli.inbox())[0]?.conflict?.folder ?? "";
      writeFileSync(join(folder, "a.txt"), "one\nboth\nthree\n");
      await cli.run("answer", "retry");
      const resumed = await cli.run("resume");
      assert.equal(resumed.code, 0, resumed.stdout);
      const { tip } = await world.result();
      assert.equal(repository.show(tip, "a.txt"), "one\nboth\nthree");
      assert.equal(readFileSync(join(cli.root, "runs"), "utf8"), "run\nrun\n");
    }));

  it("keeps what a person has done at a conflict that is not resolved yet", () =>
    inWorld(async (world) => {
      const { repository, cli } = world;
      const change = (word: string): string =>
        `while [ ! -e "${cli.root}/go" ]; do sleep 0.02; done; sed -i "2s/.*/${word}/" a.txt`;
      world.plan(
        [
          { id: "s1", parallel: true, script: change("first") },
          { id: "s2", parallel: true, script: change("second") },
        ],
        ["onFailure: pause"],
        { "a.txt": "one\ntwo\nthree\n" },
      );
      const running = cli.start(["run", "work.spec.md", "--yes"]);
      await running.printed("Do s2");
      cli.write("../go", "");
      await running.result;
      const folder = (await cli.inbox())[0]?.conflict?.folder ?? "";
      writeFileSync(join(folder, "mine.txt"), "an hour of work\n");
      await cli.run("answer", "retry");
      const resumed = await cli.run("resume");
      assert.equal(resumed.code, 0, resumed.stdout);
      const refs = repository.git("for-each-ref", "--format=%(refname)", "refs/planwright/kept").split("\n");
      assert.deepEqual(
        refs.map((ref) => repository.show(ref, "mine.txt")),
        ["an hour of work"],
      );
      assert.match(repository.show(refs[0] ?? "", "a.txt"), /<<<<<<< /);
    }));

  it("finds out what an agent that may only read has changed, also where its role changes nothing", () =>
    inWorld(async (world) => {
      const { cli } = world;
      world.plan([
        { id: "one", script: APPEND },
        { id: "two", script: "echo x > x.txt", agent: "reader", more: ["role: auditor"] },
      ]);
      assert.equal((await world.run()).code, 1);
      const [, step] = (await cli.execution()).steps;
      assert.equal(step?.failure?.code, "not_readonly");
      assert.ok(!(await world.result()).files.some(({ path }) => path === "x.txt"));
    }));

  it("keeps an attempt that is merged, although what git ignores cannot be copied for others", () =>
    inWorld(async (world) => {
      const { repository } = world;
      repository.write(".planwright/settings.json", JSON.stringify({ worktrees: { setup: SETUP_ONCE } }));
      world.plan([{ id: "one", script: "mkdir -p out; echo x > out/x; echo y > y.txt", more: ["output: out/x"] }], [], {
        ".gitignore": "out/\n",
      });
      const ran = await world.run();
      assert.equal(ran.code, 0, ran.stdout + ran.stderr);
      assert.equal((await world.result()).commits.filter(({ title }) => title === "Do one").length, 1);
    }));

  it("forgets no worktree of the person, such as one on a disk that is not there", () =>
    inWorld(async (world) => {
      const { repository, cli } = world;
      world.plan([{ id: "one", script: APPEND }]);
      repository.git("worktree", "add", "--quiet", join(cli.root, "disk"), "-b", "other");
      renameSync(join(cli.root, "disk"), join(cli.root, "elsewhere"));
      assert.equal((await world.run()).code, 0);
      await cli.run("accept", "--apply");
      assert.equal(world.worktrees().length, 1);
    }));

  it("leaves what a person has added to a result that was kept, when its execution goes on", () =>
    inWorld(async (world) => {
      const { repository, cli } = world;
      world.plan([
        { id: "one", script: APPEND },
        { id: "two", script: `test -e "${cli.root}/go" && ${APPEND}` },
      ]);
      assert.equal((await world.run()).code, 1);
      assert.equal((await cli.run("accept", "--keep")).code, 0);
      const { branch } = await world.result();
      repository.git("checkout", "--quiet", branch);
      repository.commit("mine", { "mine.txt": "mine\n" });
      repository.git("checkout", "--quiet", "main");
      cli.write("../go", "");
      const { planId } = await cli.json(
        z.object({ planId: z.string() }),
        "plan",
        "--against",
        "latest",
        "--comment",
        "two=Again.",
      );
      await cli.run("approve", planId);
      const resumed = await cli.run("resume", "latest", "--plan", planId);
      assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
      assert.equal(repository.show(branch, "mine.txt"), "mine");
    }));

  it("runs the check again on what the branch would become", () =>
    inWorld(async (world) => {
      const { cli } = world;
      const wait = `while [ ! -e "${cli.root}/go" ]; do sleep 0.02; done;`;
      const check = "check: test $(ls parts | wc -l) -le 1";
      world.plan([
        { id: "s1", parallel: true, script: `${wait} mkdir -p parts; echo 1 > parts/one`, more: [check] },
        { id: "s2", parallel: true, script: `${wait} mkdir -p parts; echo 2 > parts/two`, more: [check] },
      ]);
      const running = cli.start(["run", "work.spec.md", "--yes", "--unattended"]);
      await running.printed("Do s2");
      cli.write("../go", "");
      assert.equal((await running.result).code, 1);
      const { steps } = await cli.execution();
      const failures = steps.flatMap(({ failure }) => (failure ? [failure] : []));
      assert.equal(failures.length, 1);
      assert.equal(failures[0]?.code, "check_failed");
      assert.match(failures[0]?.message ?? "", /together with what was merged before it/);
      assert.equal((await world.result()).files.filter(({ path }) => path.startsWith("parts/")).length, 1);
    }));

  it("works in the folder itself without git, one coding step at a time, and says so", () =>
    inWorld(async (world) => {
      const { cli } = world;
      world.plan(
        [
          { id: "s1", parallel: true, script: "mkdir lock && sleep 0.1 && rmdir lock && echo 1 > one.txt" },
          { id: "s2", parallel: true, script: "mkdir lock && sleep 0.1 && rmdir lock && echo 2 > two.txt" },
        ],
        ["isolation: none"],
      );
      const ran = await world.run();
      assert.equal(ran.code, 0, ran.stdout);
      assert.equal(cli.read("one.txt") + cli.read("two.txt"), "1\n2\n");
      assert.equal((await cli.json(Shown, "result")).result, null);
      assert.equal((await cli.run("accept", "--apply")).code, 1);
    }));

  it("applies by itself where the spec says so, and waits where something stands in the way", () =>
    inWorld(async (world) => {
      const { repository, cli } = world;
      world.plan([{ id: "a1", script: APPEND }], ["merge: auto"]);
      assert.equal((await world.run()).code, 0);
      assert.equal(cli.read("a1.txt"), "by a1\n");
      assert.equal((await world.result()).state, "applied");
      repository.git("reset", "--quiet", "--hard", "HEAD~2");
      repository.write("a1.txt", "mine\n");
      assert.equal((await world.run()).code, 0);
      assert.equal(cli.read("a1.txt"), "mine\n");
      const result = await world.result();
      assert.equal(result.state, "ready");
      assert.deepEqual(result.apply.files, ["a1.txt"]);
    }));

  it("prepares each worktree, and keeps what that leaves out of the result", () =>
    inWorld(async (world) => {
      const { repository } = world;
      world.plan([{ id: "a1", script: "cat .env prepared.txt && cp prepared.txt copy.txt" }], [], {
        ".gitignore": ".env\n",
        ".planwright/settings.json": JSON.stringify({
          worktrees: { setup: "echo ready > prepared.txt", bring: [".env", "local.*"] },
        }),
      });
      repository.write(".env", "KEY=1\n");
      repository.write("local.txt", "untracked\n");
      const ran = await world.run();
      assert.equal(ran.code, 0, ran.stdout);
      assert.deepEqual(
        (await world.result()).files.map(({ path }) => path),
        ["copy.txt", "work.spec.md"],
      );
    }));

  it("works in a folder below the top of its repository, with blanks and quotes in its name", () =>
    inWorld(async (world) => {
      const { repository, cli } = world;
      world.plan([{ id: "a1", script: APPEND, more: ["output: a1.txt"] }]);
      const below = "pack ages/it's";
      repository.git("mv", "-k", "agents", "work.spec.md", ".planwright", ".");
      repository.write(`${below}/.keep`, "");
      repository.git("mv", "agents", "work.spec.md", ".planwright", below);
      repository.commit("move");
      const ran = await cli.start(
        ["run", "work.spec.md", "--yes", "--unattended", "--workspace", "."],
        {},
        join(cli.folder, below),
      ).result;
      assert.equal(ran.code, 0, ran.stdout + ran.stderr);
      const accepted = await cli.start(["accept", "--squash", "--workspace", "."], {}, join(cli.folder, below)).result;
      assert.equal(accepted.code, 0, accepted.stderr);
      assert.equal(cli.read(`${below}/a1.txt`), "by a1\n");
      assert.deepEqual(repository.titles("HEAD"), ["Work", "move", "start"]);
    }));

  it("goes on after the worker was killed, with nothing there twice", () =>
    inWorld(async (world) => {
      const { repository, cli } = world;
      world.plan([
        { id: "a1", script: APPEND },
        {
          id: "b1",
          script: `echo half >> b1.txt; if [ ! -e "${cli.root}/second" ]; then touch "${cli.root}/second"; sleep 60; fi; echo whole >> b1.txt`,
        },
      ]);
      const running = cli.start(["run", "work.spec.md", "--yes", "--unattended"]);
      await until(running.result, async () => existsSync(join(cli.root, "second")) || null);
      await cli.endWorker("SIGKILL");
      await running.result;
      const resumed = await cli.run("resume");
      assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
      const { tip, files } = await world.result();
      assert.deepEqual(
        files.map(({ path }) => path),
        ["a1.txt", "b1.txt", "work.spec.md"],
      );
      assert.equal(repository.show(tip, "b1.txt"), "half\nwhole");
      const [home = ""] = readdirSync(join(cli.root, ".cache/planwright/worktrees"));
      assert.deepEqual(readdirSync(join(cli.root, ".cache/planwright/worktrees", home)).length, 1);
      assert.equal(world.worktrees().length, 1);
    }));
});
