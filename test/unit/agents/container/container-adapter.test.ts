import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { inWorkspace, TestAttempt, type AttemptOptions } from "../../../support/attempts.ts";
import { FakeEngine } from "../../../support/container-agent.ts";
import { containerAdapter } from "../../../../worker/agents/container/container-adapter.ts";
import { isRunning } from "../../../support/attempts.ts";

/** With the engine's command line played by a script: no engine runs here. */
describe("container agents (D4)", () => {
  async function withEngine(act: (engine: FakeEngine, folder: string) => Promise<void>): Promise<void> {
    await inWorkspace(async (folder) => {
      await inWorkspace((home) => act(new FakeEngine(home), folder));
    });
  }

  function attempt(
    engine: FakeEngine,
    folder: string,
    command: string | string[] | null,
    more: AttemptOptions = {},
  ): TestAttempt {
    return new TestAttempt(folder, command, { agent: engine.agent(), environment: engine.environment, ...more });
  }

  it("run the step's command on the mounted folder and tell how it ended", () =>
    withEngine(async (engine, folder) => {
      mkdirSync(join(folder, "sub"));
      const one = attempt(engine, folder, "pwd; echo made > it.txt; echo problem >&2", { cwd: "sub" });
      const end = await one.result;
      assert.equal(end.outcome, "succeeded", end.failure?.message);
      assert.equal(readFileSync(join(folder, "sub", "it.txt"), "utf8"), "made\n");
      assert.match(one.output, /sub\n/);
      assert.match(one.output, /problem/);
      const failing = await attempt(engine, folder, "echo why >&2; exit 3").result;
      assert.equal(failing.failure?.code, "exit_nonzero");
      assert.match(failing.failure?.message ?? "", /container of agent box failed with exit code 3: why/);
    }));

  it("have no network, no capabilities and limits, unless they are configured", () =>
    withEngine(async (engine, folder) => {
      await attempt(engine, folder, ["/bin/true"]).result;
      await attempt(engine, folder, ["/bin/true"], {
        agent: engine.agent({ network: "bridge", memory: "512m", cpus: 1.5, pids: 64 }),
      }).result;
      const [strict, open] = engine.calls("run").map(({ args }) => args);
      for (const option of [
        "--rm",
        "--init",
        "--network=none",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--pids-limit=1024",
      ])
        assert.ok(strict?.includes(option), `${option} is missing in ${strict?.join(" ") ?? "nothing"}`);
      assert.ok(strict?.includes(`--user=${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`));
      assert.ok(strict?.includes(`--mount=type=bind,source=${folder},target=/workspace`));
      for (const option of ["--network=bridge", "--memory=512m", "--cpus=1.5", "--pids-limit=64"])
        assert.ok(open?.includes(option), `${option} is missing`);
    }));

  it("get their variables without their values on a command line, and nothing else of this machine (SEC22)", () =>
    withEngine(async (engine, folder) => {
      const agent = engine.agent({ env: { API_KEY: "s3cret-value", PATH: "/usr/bin:/bin" } });
      const environment = { ...engine.environment, OTHER_TOKEN: "not-for-it" };
      const one = attempt(engine, folder, "env", { agent, environment, env: { MODE: "fast" } });
      await one.result;
      assert.match(one.output, /API_KEY=s3cret-value/);
      assert.match(one.output, /MODE=fast/);
      assert.match(one.output, /PATH=\/usr\/bin:\/bin/);
      assert.match(one.output, /PLANWRIGHT_STEP_ID=step-1/);
      assert.doesNotMatch(one.output, /OTHER_TOKEN|HOME=/);
      const [call] = engine.calls("run");
      assert.doesNotMatch(call?.args.join(" ") ?? "", /s3cret-value/);
      assert.equal(call?.env["OTHER_TOKEN"], undefined);
    }));

  it("get the prompt on standard input when they have a program of their own", () =>
    withEngine(async (engine, folder) => {
      const one = attempt(engine, folder, null, { agent: engine.agent({ argv: ["cat"] }) });
      assert.equal((await one.result).outcome, "succeeded");
      assert.equal(one.output, "Do it.\n");
    }));

  it("end with the attempt, also when they ignore the request", () =>
    withEngine(async (engine, folder) => {
      const one = attempt(engine, folder, "trap '' TERM; echo pid=$$; while :; do sleep 1; done");
      const [, pid = ""] = await one.said(/pid=(\d+)/);
      one.stop(300);
      assert.equal((await one.result).outcome, "cancelled");
      assert.equal(await isRunning(Number(pid)), false, "its process is gone when the attempt is");
      assert.deepEqual(
        engine.calls("rm").map(({ args }) => args.slice(0, 2)),
        [["rm", "--force"]],
      );
    }));

  it("are told to end in time to do so by themselves", () =>
    withEngine(async (engine, folder) => {
      const one = attempt(engine, folder, "trap 'echo bye; exit 0' TERM; echo here; while :; do sleep 0.05; done");
      await one.said(/here/);
      one.stop(5_000);
      assert.equal((await one.result).outcome, "cancelled");
      assert.match(one.output, /bye/);
    }));

  it("mount nothing from outside the folder (SEC15)", () =>
    withEngine(async (engine, folder) => {
      symlinkSync("/etc", join(folder, "link"));
      for (const source of ["/etc", "..", "link"]) {
        const agent = engine.agent({ mounts: [{ source, target: "/data", readonly: true }] });
        const end = await attempt(engine, folder, ["/bin/true"], { agent }).result;
        assert.equal(end.failure?.code, "bad_spec", source);
        assert.match(end.failure?.message ?? "", /leads outside/);
      }
      mkdirSync(join(folder, 'odd,"name"'));
      const agent = engine.agent({ mounts: [{ source: 'odd,"name"', target: "/data", readonly: true }] });
      assert.equal((await attempt(engine, folder, ["/bin/true"], { agent }).result).outcome, "succeeded");
      const mount = `--mount=type=bind,"source=${folder}/odd,""name""",target=/data,readonly`;
      assert.ok(engine.calls("run").at(-1)?.args.includes(mount));
    }));

  it("run no program as an engine before a plan needs it, and take no image for an option (SEC10)", () =>
    withEngine(async (engine, folder) => {
      const adapter = containerAdapter(engine.environment);
      await adapter.known?.(engine.agent({ engine: engine.program }));
      const agent = engine.agent({ image: "--privileged" });
      const { failure } = await attempt(engine, folder, ["alpine:3", "/bin/true"], { agent }).result;
      assert.equal(failure?.code, "bad_spec");
      assert.throws(() => engine.calls(), /ENOENT/, "nothing was run");
    }));

  it("say what is missing: the engine, its service, the image, the program", () =>
    withEngine(async (engine, folder) => {
      const missing = await attempt(engine, folder, ["/bin/true"], {
        agent: engine.agent({ engine: "no-such-engine" }),
      }).result;
      assert.equal(missing.failure?.code, "agent_unavailable");
      const program = await attempt(engine, folder, ["/no/such/program"]).result;
      assert.equal(program.failure?.code, "command_not_found");
      assert.match(program.failure?.message ?? "", /must be a program of the image alpine:3/);
      engine.lacks("no-image");
      const image = await attempt(engine, folder, ["/bin/true"]).result;
      assert.match(image.failure?.message ?? "", /the image alpine:3 is not to be had.*pull access denied/);
      engine.lacks("down");
      const down = await attempt(engine, folder, ["/bin/true"]).result;
      assert.equal(down.failure?.code, "agent_unavailable");
      assert.match(down.failure?.message ?? "", /its service does not run: start it/);
      assert.equal(down.failure?.retryable, false);
    }));

  it("are known to be unusable before anything runs, and what a dead worker left is removed", () =>
    withEngine(async (engine, folder) => {
      const adapter = containerAdapter(engine.environment);
      const agent = engine.agent({ engine: "docker" });
      assert.equal(adapter.health?.(agent).state, "unknown");
      await adapter.known?.(agent);
      assert.equal(adapter.health?.(agent).state, "healthy");
      const one = attempt(engine, folder, "echo pid=$$; sleep 600", { workerMark: "folder-key:1:1" });
      const [, pid = ""] = await one.said(/pid=(\d+)/);
      assert.equal(await adapter.recover?.(agent, "another-key"), 0);
      assert.equal(await adapter.recover?.(agent, "folder-key"), 1);
      assert.equal((await one.result).outcome, "failed");
      assert.equal(await isRunning(Number(pid)), false);
      engine.lacks("down");
      const later = containerAdapter(engine.environment);
      await later.known?.(agent);
      assert.match(later.health?.(agent).detail ?? "", /service does not answer: start it/);
    }));
});
