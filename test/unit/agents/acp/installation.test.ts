import assert from "node:assert/strict";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AgentView } from "../../../../schemas/agent.ts";
import { createRegistry, type Registry } from "../../../../worker/agents/registry.ts";
import { selectAgent } from "../../../../worker/agents/selection.ts";
import { inWorkspace } from "../../../support/attempts.ts";

/** A workspace with a home and a folder on PATH, into which programs are put. */
class Machine {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;

  constructor(folder: string, more: NodeJS.ProcessEnv = {}) {
    this.folder = folder;
    this.environment = { PATH: `${this.#at("bin")}:/usr/bin:/bin`, HOME: this.#at("home"), ...more };
  }

  async file(path: string, content: string): Promise<string> {
    const full = this.#at(path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, content);
    return full;
  }

  async program(path: string, says = "exit 0"): Promise<string> {
    const full = await this.file(path, `#!/bin/sh\n${says}\n`);
    await chmod(full, 0o755);
    return full;
  }

  registry(needsLogin: boolean | null = null): Promise<Registry> {
    const agentsFile = this.#at("workspace/.planwright/agents.json");
    return createRegistry({ agentsFile, environment: this.environment, needsLogin: () => needsLogin });
  }

  async agent(id: string, needsLogin: boolean | null = null): Promise<AgentView> {
    const found = (await this.registry(needsLogin)).list().find((agent) => agent.id === id);
    if (found === undefined) throw new Error(`there is no agent ${id}`);
    return found;
  }

  #at(path: string): string {
    return join(this.folder, path);
  }
}

describe("coding agents that are known (D4, D6)", () => {
  const on =
    (act: (machine: Machine) => Promise<void>, more: NodeJS.ProcessEnv = {}) =>
    () =>
      inWorkspace((folder) => act(new Machine(folder, more)));

  it(
    "are listed last with how to get them while they are not installed, and nobody chooses them",
    on(async (machine) => {
      const list = (await machine.registry()).list();
      assert.deepEqual(
        list.slice(2).map(({ id, available }) => [id, available]),
        ["claude", "codex", "gemini", "opencode", "copilot", "qwen"].map((id) => [id, false]),
      );
      const { unavailableReason, installation } = await machine.agent("gemini");
      const expected =
        "Gemini CLI is not installed: no program gemini on PATH or in node_modules/.bin: install it with `npm install -g @google/gemini-cli`";
      assert.deepEqual([unavailableReason, installation?.state], [expected, "missing"]);
      const request = { capability: "code_generation", type: null, allowed: [], writes: true, isStated: false };
      assert.deepEqual(selectAgent(list, request), {
        agent: null,
        reason:
          "no agent has the capability code_generation, and no coding agent is installed (`planwright doctor` says how to get one)",
        considered: [],
      });
    }),
  );

  it(
    "are ready without configuration when they are on PATH, with the version that their package states",
    on(async (machine) => {
      const program = await machine.program("lib/node_modules/opencode-ai/bin/opencode");
      await machine.file(
        "lib/node_modules/opencode-ai/package.json",
        '{"version":"1.18.3","bin":{"opencode":"bin/opencode"}}',
      );
      await mkdir(join(machine.folder, "bin"));
      await symlink(program, join(machine.folder, "bin/opencode"));
      const { available, argv, installation } = await machine.agent("opencode");
      assert.deepEqual([available, argv], [true, [join(machine.folder, "bin/opencode"), "acp"]]);
      assert.deepEqual(
        [installation?.state, installation?.version, installation?.protocol],
        ["unknown", "1.18.3", "acp"],
      );
    }),
  );

  it(
    "are asked for their version only when somebody inspects them, and only once",
    on(async (machine) => {
      await machine.program("bin/qwen", `echo x >> ${join(machine.folder, "asked")}; echo "qwen 0.15.2 (build)"`);
      const registry = await machine.registry();
      const version = (): unknown => registry.list().find(({ id }) => id === "qwen")?.installation?.version;
      assert.equal(version(), null);
      await registry.inspect();
      await registry.inspect();
      assert.equal(version(), "0.15.2");
      const { readFileSync } = await import("node:fs");
      assert.equal(readFileSync(join(machine.folder, "asked"), "utf8"), "x\n");
    }),
  );

  it(
    "that a workspace brings along come after those of the person, are said to be that, and need an approval of their own",
    on(async (machine) => {
      const before = (await machine.registry()).definitionHash("codex");
      const own = await machine.program("workspace/node_modules/.bin/codex-acp");
      const { argv, installation } = await machine.agent("codex");
      assert.deepEqual(argv, [own]);
      assert.match(installation?.advice ?? "", /it is the one that is installed in this workspace/);
      const inWorkspaceHash = (await machine.registry()).definitionHash("codex");
      assert.notEqual(inWorkspaceHash, before);
      const persons = await machine.program("bin/codex-acp");
      assert.deepEqual((await machine.agent("codex")).argv, [persons]);
      assert.equal((await machine.registry()).definitionHash("codex"), before);
    }),
  );

  it(
    "fall back to their own streaming command line, and say what that means",
    on(async (machine) => {
      await machine.program("bin/claude");
      const { available, installation } = await machine.agent("claude");
      assert.deepEqual([available, installation?.protocol], [true, "stream"]);
      assert.match(installation?.advice ?? "", /cannot ask for permissions like this; install .*claude-agent-acp/);
    }),
  );

  it(
    "need a login as far as can be seen: by key, file, setting, or what the last attempt was told",
    on(async (machine) => {
      await machine.program("bin/codex-acp");
      const state = async (needsLogin: boolean | null = null): Promise<unknown> =>
        (await machine.agent("codex", needsLogin)).installation?.state;
      assert.equal(await state(), process.platform === "linux" ? "needs_login" : "unknown");
      assert.match(
        (await machine.agent("codex")).installation?.advice ?? "",
        /run `codex login`, or set OPENAI_API_KEY/,
      );
      assert.equal(await state(false), "found");
      await machine.file("home/.codex/config.toml", "");
      assert.equal(await state(), "unknown");
      await machine.file("home/.codex/auth.json", "{}");
      assert.equal(await state(), "found");
      assert.equal(await state(true), "needs_login");
      machine.environment["OPENAI_API_KEY"] = "key-of-openai";
      assert.equal(await state(), "found");
    }),
  );

  it(
    "one that needs a login is chosen after one that does not",
    on(async (machine) => {
      await machine.program("bin/codex-acp");
      await machine.program("bin/opencode");
      const list = (await machine.registry()).list();
      const request = { capability: "code_generation", type: null, allowed: [], writes: true, isStated: false };
      const { agent, reason } = selectAgent(list, request);
      if (process.platform === "linux")
        assert.deepEqual([agent?.id, reason], ["opencode", "no login is missing, as with codex"]);
    }),
  );

  it(
    "may be defined by the workspace's file in its own way, by their own id or another",
    on(async (machine) => {
      await machine.program("bin/opencode");
      const capabilities = [{ name: "code_generation" }];
      const adapter = { kind: "acp", program: "opencode", model: "local/small" };
      const agents = [
        { id: "opencode", name: "Ours", capabilities, permissions: "readonly", adapter },
        { id: "other", name: "Other", capabilities, adapter: { kind: "acp", argv: ["./tools/agent", "--acp"] } },
        { id: "wrong", name: "Wrong", capabilities, adapter: { kind: "acp", program: "opencod" } },
      ];
      await machine.file("workspace/.planwright/agents.json", JSON.stringify({ agents }));
      await machine.program("workspace/tools/agent");
      const registry = await machine.registry();
      const shown = registry.list().map(({ id, name, origin, available }) => [id, name, origin, available]);
      assert.deepEqual(shown.slice(2, 5), [
        ["opencode", "Ours", "workspace", true],
        ["other", "Other", "workspace", true],
        ["wrong", "Wrong", "workspace", false],
      ]);
      assert.equal(shown.filter(([id]) => id === "opencode").length, 1);
      assert.match(
        (await machine.agent("wrong")).unavailableReason ?? "",
        /no coding agent with the id 'opencod' is known/,
      );
    }),
  );
});
