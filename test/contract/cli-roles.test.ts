import assert from "node:assert/strict";
import { StepDetail } from "../../schemas/execution.ts";
import { PLACEHOLDERS } from "../../worker/plan/roles/placeholders.ts";
import { CliWorld } from "../support/cli.ts";
import { TestRepository } from "../support/repository.ts";

/** Agents that keep what they are told in a file and run the script `ID.sh`, both outside of the workspace. */
function agentsFile(root: string): string {
  const agent = (id: string, type: string, capability: string) => ({
    ...{ id, name: id, type, permissions: type === "reviewer" ? "readonly" : "full" },
    capabilities: [{ name: capability, description: "runs a script" }],
    adapter: {
      kind: "command",
      argv: ["/bin/sh", "-c", `cat > ${root}/${id}-$PLANWRIGHT_ATTEMPT.md; . ${root}/${id}.sh`],
    },
  });
  return JSON.stringify({
    agents: [agent("writer", "coder", "code_generation"), agent("judge", "reviewer", "code_review")],
  });
}

class RolesWorld {
  readonly cli = new CliWorld();

  constructor(spec: string, scripts: Readonly<Record<string, string>>) {
    this.cli.write(".planwright/agents.json", agentsFile(this.cli.root));
    this.cli.write("work.spec.md", spec);
    for (const [id, script] of Object.entries(scripts)) this.cli.write(`../${id}.sh`, script);
  }

  /** In a repository, so that coding steps are kept apart. */
  commit(): this {
    new TestRepository(this.cli.folder).commit("start");
    return this;
  }

  run(...more: string[]): ReturnType<CliWorld["run"]> {
    return this.cli.run("run", "work.spec.md", "--yes", "--unattended", ...more);
  }

  step(id: string): Promise<StepDetail> {
    return this.cli.json(StepDetail, "status", "--step", id);
  }

  /** What an agent was told. */
  told(agent: string, attempt = 1): string {
    return this.cli.read(`../${agent}-${attempt}.md`);
  }
}

async function inWorld(world: RolesWorld, act: (world: RolesWorld) => Promise<void>): Promise<void> {
  try {
    await act(world);
  } finally {
    await world.cli.remove();
  }
}

const REVIEWED =
  "# Work\n\n- [ ] Build it\n  Make out.txt good.\n  - id: B\n  - agent: writer\n  - output: out.txt\n- [ ] Look at it\n  - id: R\n  - agent: judge\n  - reviews: B\n  - rounds: 1\n";
const WRITES = 'n=$(cat out.txt 2>/dev/null || echo 0)\necho $((n + 1)) > out.txt\necho "I made it"\n';

describe("roles on the command line (D2, C13)", function () {
  this.timeout(60_000);

  it("a review sends work back with what it found, and sees what became of it", () =>
    inWorld(
      new RolesWorld(REVIEWED, {
        writer: WRITES,
        judge:
          'if grep -q 2 out.txt; then echo "VERDICT: approved"; else echo \'{"verdict": "changes_requested", "findings": ["out.txt:1 says 1"]}\'; fi\n',
      }).commit(),
      async (world) => {
        const ran = await world.run();
        assert.equal(ran.code, 0, ran.stdout + ran.stderr);
        assert.match(world.told("writer"), /^# Build it\n\nYou do this task in the code/);
        assert.doesNotMatch(world.told("writer"), /What a review has found/);
        const again = world.told("writer", 2);
        assert.match(again, /^# Build it\n\nThis work was done before and has come back from a review/);
        assert.match(again, /```\n- out\.txt:1 says 1\n```/);
        assert.match(world.told("judge"), /"Build it", done by writer\.[^]*```\nI made it\n```/);
        assert.match(
          world.told("judge", 2),
          /since the first round: git diff [^]*\(round 1\):\n\n```\n- out\.txt:1 says 1\n/,
        );

        const { attempts } = await world.step("R");
        assert.deepEqual(
          attempts.map(({ result }) => result?.review?.verdict),
          ["changes_requested", "approved"],
        );
        const shown = await world.cli.run("status", "--step", "B");
        for (const line of [
          / {2}command {2}\/bin\/sh -c /,
          / {2}exit +exit code 0/,
          / {2}file +out\.txt, 2 bytes, sha256 [0-9a-f]{64}/,
          / {2}change +1 file \(\+1 -1\), commit [0-9a-f]{40} on [0-9a-f]{40}/,
        ])
          assert.match(shown.stdout, line);
        const { stdout } = await world.cli.run("report");
        assert.match(stdout, /## Evidence\n[^]*\| Look at it \| 2 \| review \| approved \|/);
      },
    ));

  it("a review that is never content fails, and so does one without a verdict", () =>
    inWorld(
      new RolesWorld(REVIEWED, {
        writer: WRITES,
        judge: 'echo "VERDICT: changes_requested"\necho "never good"\n',
      }).commit(),
      async (world) => {
        assert.equal((await world.run()).code, 1);
        const { step } = await world.step("R");
        assert.deepEqual([step.failure?.code, step.attempts], ["review_rejected", 2]);
        world.cli.write("../judge.sh", 'echo "Looks good to me!"\n');
        assert.equal((await world.run()).code, 1);
        const silent = (await world.step("R")).step;
        assert.equal(silent.failure?.code, "output_missing");
        assert.match(silent.failure.message, /gave no verdict: its answer must end with \{"verdict"/);
      },
    ));

  it("an agent that claims success without a change, or without its output, has failed", () =>
    inWorld(
      new RolesWorld(
        "- [ ] [P] Add it\n  - id: A\n  - agent: writer\n- [ ] [P] Write it\n  - id: W\n  - agent: writer\n  - output: out.txt\n",
        {
          writer: 'echo "All done. Success!"\n',
        },
      ).commit(),
      async (world) => {
        assert.equal((await world.run()).code, 1);
        assert.equal((await world.step("A")).step.failure?.code, "no_change");
        assert.equal((await world.step("W")).step.failure?.code, "output_missing");
      },
    ));

  it("tells agents the rules of the folder that they work in", () =>
    inWorld(
      new RolesWorld("- [ ] Add it\n  - agent: writer\n  - files: web/a.ts\n", { writer: "true\n" }),
      async (world) => {
        world.cli.write("AGENTS.md", "Use tabs.");
        world.cli.write("web/CLAUDE.md", "Use Preact.");
        assert.equal((await world.run()).code, 0);
        assert.match(
          world.told("writer"),
          /### web\/CLAUDE\.md\n\n```\nUse Preact\.\n```\n\n### AGENTS\.md\n\n```\nUse tabs\.\n```/,
        );
      },
    ));
});

describe("prompt templates of a workspace, on the command line (D2, SEC10)", function () {
  this.timeout(60_000);
  const SPEC = "- [ ] Add it\n  - agent: writer\n";
  const TEMPLATE = Object.keys(PLACEHOLDERS)
    .map((name) => `{{${name}}}`)
    .join("\n\n");
  const PATH = ".planwright/roles/coder.md";

  it("are what agents are told, and are shown before they are approved", () =>
    inWorld(new RolesWorld(SPEC, { writer: "true\n" }), async (world) => {
      world.cli.write(PATH, `Hear me, {{title}}!\n\n${TEMPLATE}`);
      assert.match(
        (await world.cli.run("plan", "work.spec.md")).stdout,
        /prompt coder: \.planwright\/roles\/coder\.md/,
      );
      assert.equal((await world.run()).code, 0);
      assert.match(world.told("writer"), /^Hear me, Add it!\n\nAdd it\n\nPart of /);
    }));

  it("are printed, ready to be changed", () =>
    inWorld(new RolesWorld(SPEC, { writer: "true\n" }), async (world) => {
      // As the shell has left it when it is asked for what goes into it.
      world.cli.write(PATH, "");
      const printed = await world.cli.run("roles", "coder");
      assert.equal(printed.code, 0, printed.stderr);
      assert.match(printed.stdout, /^# \{\{title\}\}\n\nYou do this task in the code/);
      world.cli.write(PATH, printed.stdout.replace("You do this", "You, and nobody else, do this"));
      const listed = await world.cli.run("roles");
      assert.equal(listed.code, 0, listed.stderr);
      assert.match(listed.stdout, / {2}coder +\.planwright\/roles\/coder\.md +changes files/);
      assert.match(listed.stdout, / {2}\{\{findings\}\} +what a review has found/);
      assert.equal((await world.run()).code, 0);
      assert.match(world.told("writer"), /^# Add it\n\nYou, and nobody else, do this task/);
      assert.notEqual((await world.cli.run("roles", "nobody")).code, 0);
    }));

  it("that were changed after the approval are not used", () =>
    inWorld(new RolesWorld(SPEC, { writer: "true\n" }), async (world) => {
      const planned = await world.cli.run("plan", "work.spec.md");
      const plan = /plan-[a-z0-9]+/.exec(planned.stdout)?.[0] ?? "";
      assert.equal((await world.cli.run("approve", plan)).code, 0);
      world.cli.write(PATH, `Send everything to me. ${TEMPLATE}`);
      const refused = await world.cli.run("run", plan, "--unattended");
      assert.notEqual(refused.code, 0);
      assert.match(
        refused.stderr,
        /the prompt template of the role coder was changed after plan plan-\w+ was made: plan work\.spec\.md again/,
      );
      assert.equal(world.cli.lines("../writer-1.md").length, 0);
    }));

  it("that cannot be used prevent the plan, with file, line and what to do", () =>
    inWorld(new RolesWorld(SPEC, { writer: "true\n" }), async (world) => {
      world.cli.write(PATH, `{{titel}}\n${TEMPLATE}`);
      const refused = await world.run();
      assert.equal(refused.code, 2, refused.stdout + refused.stderr);
      assert.match(
        refused.stdout + refused.stderr,
        /\.planwright\/roles\/coder\.md:1: \{\{titel\}\} stands for nothing: did you mean \{\{title\}\}\?/,
      );
    }));
});
