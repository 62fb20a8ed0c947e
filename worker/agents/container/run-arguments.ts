import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import type { AgentAdapter } from "../../../schemas/agent.ts";
import { failed, failure, success, type Outcome } from "../../../schemas/failure.ts";
import { isInside, workspacePath } from "../workspace-path.ts";

export type ContainerSettings = Extract<AgentAdapter, { kind: "container" }>;

/** Where the folder that a step works in is found inside. */
export const INSIDE = "/workspace";

/** Labels by which containers of a dead worker are found. */
export const KEY_LABEL = "planwright.folder";
export const ATTEMPT_LABEL = "planwright.attempt";

/** Variables that the engine's own program needs itself: a container's come with their values for these names. */
const ENGINE_NEEDS =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_.*|TERM|TMPDIR|TZ|XDG_.*|DOCKER_.*|CONTAINER_.*|CONTAINERS_.*)$/i;

export interface ContainerRun {
  readonly name: string;
  readonly settings: ContainerSettings;
  /** What runs in it. */
  readonly argv: readonly string[];
  /** Real path of the folder that the step works in, and of its working folder inside that. */
  readonly folder: string;
  readonly cwd: string;
  /** What the container's environment holds. */
  readonly env: Readonly<Record<string, string>>;
  readonly hasInput: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** `user:group` of whoever owns what it writes; null: the image's own. */
  readonly user: string | null;
}

/**
 * The arguments of `docker run` (https://docs.docker.com/reference/cli/docker/container/run/; podman takes the same). Variables are named and
 * not told: the engine's program reads their values from its own environment, where no list of processes shows them.
 */
export async function runArguments(run: ContainerRun): Promise<Outcome<string[]>> {
  const { settings, folder, cwd } = run;
  // The engine would take it for an option, such as one that gives the container everything.
  if (settings.image.startsWith("-"))
    return failed(
      failure("bad_spec", `the image "${settings.image}" is none: an image's name does not begin with a dash`),
    );
  const mounts: string[] = [mount(folder, INSIDE, false)];
  for (const { source, target, readonly } of settings.mounts) {
    const real = await realpath(resolve(folder, source)).catch(() => null);
    if (real === null)
      return failed(
        failure(
          "not_found",
          `the mount "${source}" does not exist in ${folder}: create it, or correct "mounts" of the agent`,
        ),
      );
    if (!isInside(folder, real))
      return failed(
        failure(
          "bad_spec",
          `the mount "${source}" leads outside the folder that the step works in: name something inside it`,
        ),
      );
    mounts.push(mount(real, target, readonly));
  }
  const below = workspacePath(folder, cwd);
  const limits = [
    `--pids-limit=${settings.pids}`,
    ...(settings.memory === null ? [] : [`--memory=${settings.memory}`]),
    ...(settings.cpus === null ? [] : [`--cpus=${settings.cpus}`]),
  ];
  return success([
    settings.engine,
    "run",
    "--rm",
    "--init",
    `--name=${run.name}`,
    ...Object.entries(run.labels).map(([name, value]) => `--label=${name}=${value}`),
    `--network=${settings.network}`,
    ...limits,
    "--security-opt=no-new-privileges",
    "--cap-drop=ALL",
    ...(run.user === null ? [] : [`--user=${run.user}`]),
    `--workdir=${below === "." ? INSIDE : `${INSIDE}/${below}`}`,
    ...mounts.map((text) => `--mount=${text}`),
    ...Object.entries(run.env).map(([name, value]) => `--env=${ENGINE_NEEDS.test(name) ? `${name}=${value}` : name}`),
    ...(run.hasInput ? ["--interactive"] : []),
    settings.image,
    ...run.argv,
  ]);
}

/** The values of the container's variables, for the environment of the engine's program. */
export function passedOn(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ENGINE_NEEDS.test(name)));
}

function mount(source: string, target: string, readonly: boolean): string {
  return ["type=bind", `source=${source}`, `target=${target}`, ...(readonly ? ["readonly"] : [])]
    .map(csvField)
    .join(",");
}

/** Fields of `--mount` are read as those of a CSV file. */
function csvField(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
