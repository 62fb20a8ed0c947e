import { execFile } from "node:child_process";
import { programEnvironment } from "../environment.ts";

/** Each of its commands gets so long: a service that hangs must not hold what waits for it. */
const WITHIN_MS = 10_000;

/** The command line of a container engine, for everything but running. Nothing here rejects. */
export class Engine {
  readonly #program: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(program: string, environment: NodeJS.ProcessEnv) {
    this.#program = program;
    this.#environment = environment;
  }

  /** Asks what runs in a container to end, and kills it after the grace; 0 kills at once. */
  async stop(name: string, graceMs: number): Promise<void> {
    const seconds = Math.ceil(graceMs / 1_000);
    await this.#run(graceMs <= 0 ? ["kill", name] : ["stop", `--time=${seconds}`, name], graceMs + WITHIN_MS);
  }

  /** Whatever it does, it is gone afterwards; one that is not there is not there. */
  async remove(name: string): Promise<void> {
    await this.#run(["rm", "--force", name]);
  }

  /** Removes all with a label and returns how many there were. */
  async removeAll(label: string): Promise<number> {
    const found = await this.#run(["ps", "--all", "--quiet", `--filter=label=${label}`]);
    const ids = found.isOk ? found.output.split("\n").filter((id) => id.trim() !== "") : [];
    if (ids.length > 0) await this.#run(["rm", "--force", ...ids]);
    return ids.length;
  }

  /** Null: its service answers. Else why it does not, for people. */
  async trouble(): Promise<string | null> {
    const asked = await this.#run(["version", "--format={{.Server.Version}}"]);
    if (asked.isOk) return null;
    if (asked.isMissing)
      return `${this.#program} is not installed: install Docker or Podman, or name another engine for the agent`;
    const line = asked.output.trim().split("\n").at(-1) ?? "";
    return `${this.#program} is installed, but its service does not answer: start it${line === "" ? "" : ` (${line.slice(0, 300)})`}`;
  }

  #run(args: readonly string[], timeout = WITHIN_MS): Promise<{ isOk: boolean; isMissing: boolean; output: string }> {
    return new Promise((resolve) => {
      const env = engineVariables(this.#environment);
      execFile(
        this.#program,
        args,
        { timeout, killSignal: "SIGKILL", env, windowsHide: true },
        (error, stdout, stderr) => {
          const isMissing = error !== null && "code" in error && error.code === "ENOENT";
          resolve({ isOk: error === null, isMissing, output: error === null ? stdout : stderr });
        },
      );
    });
  }
}

/** What the engine's program needs to know: where its service is and where its settings are. */
export function engineVariables(environment: NodeJS.ProcessEnv): Record<string, string> {
  const chosen = programEnvironment(environment);
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined && /^(?:DOCKER|CONTAINERS?)_|^XDG_(?:RUNTIME_DIR|CONFIG_HOME|DATA_HOME)$/.test(name))
      chosen[name] = value;
  return chosen;
}
