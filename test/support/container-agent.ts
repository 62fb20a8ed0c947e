import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { AgentDefinition } from "../../schemas/agent.ts";
import { builtIn } from "./attempts.ts";

const FAKE = fileURLToPath(new URL("./fake-docker.mjs", import.meta.url));

const Call = z.object({ args: z.array(z.string()), env: z.record(z.string(), z.string()) });

/** A container engine that is none (fake-docker.mjs), with its state in a folder. */
export class FakeEngine {
  readonly program: string;
  /** What tells its program where its state is. */
  readonly environment: NodeJS.ProcessEnv;
  readonly #home: string;

  constructor(folder: string) {
    this.#home = join(folder, "engine");
    mkdirSync(this.#home);
    chmodSync(FAKE, 0o755);
    this.program = join(folder, "docker");
    symlinkSync(FAKE, this.program);
    this.environment = { PATH: `${folder}:${process.env["PATH"] ?? ""}`, HOME: folder, DOCKER_FAKE: this.#home };
  }

  /** Its service does not run, or it has no images. */
  lacks(what: "down" | "no-image"): void {
    writeFileSync(join(this.#home, what), "");
  }

  /** What it was called with so far, in order. */
  calls(verb?: string): z.infer<typeof Call>[] {
    const lines = readFileSync(join(this.#home, "calls.jsonl"), "utf8").trim().split("\n");
    const all = lines.map((line) => Call.parse(JSON.parse(line)));
    return verb === undefined ? all : all.filter(({ args }) => args[0] === verb);
  }

  agent(more: Partial<Extract<AgentDefinition["adapter"], { kind: "container" }>> = {}): AgentDefinition {
    return {
      ...builtIn("shell"),
      id: "box",
      adapter: {
        kind: "container",
        image: "alpine:3",
        argv: null,
        env: {},
        engine: this.program,
        mounts: [],
        network: "none",
        memory: null,
        cpus: null,
        pids: 1_024,
        ...more,
      },
    };
  }
}
