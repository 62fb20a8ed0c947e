import { readFile, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import type { AgentInstallation } from "../../../schemas/agent.ts";
import { programEnvironment } from "../environment.ts";
import { LastBytes } from "../last-bytes.ts";
import { runProcess } from "../run-process.ts";
import { knownAgent, type KnownAgent } from "./known-agents.ts";
import { findLaunch, type AcpAdapter, type Launch, type LaunchPlace } from "./launch.ts";

/** What there is of a coding agent here (catalogue D4, D6). */
export interface Found {
  readonly launch: Launch;
  readonly installation: AgentInstallation;
}

/** A program that is asked for its version gets this long. */
const VERSION_MS = 5_000;
/** Folders above a program in which its package may say its version. */
const LEVELS = 5;

/** By a program's real path and the time of its last change: "" where it does not say. */
const askedVersions = new Map<string, string>();

/**
 * Looks for an agent without starting anything. Whether a login is needed is told from what its last attempt learned, else from the signs
 * that a login leaves behind.
 */
export async function lookFor(adapter: AcpAdapter, place: LaunchPlace, needsLogin: boolean | null): Promise<Found> {
  const launch = await findLaunch(adapter, place);
  if (launch.kind === "missing") {
    const { reason, advice } = launch;
    return {
      launch,
      installation: { state: "missing", version: null, protocol: null, advice: `${reason}: ${advice}` },
    };
  }
  const known = knownAgent(adapter.program);
  const state = await loginState(known, adapter, place.environment, needsLogin);
  const version = await versionOf(programOf(launch));
  const protocol = launch.kind;
  return { launch, installation: { state, version, protocol, advice: adviceFor(launch, known, state) } };
}

/** The program that is started. */
export function programOf(launch: Exclude<Launch, { kind: "missing" }>): string {
  return launch.kind === "acp" ? (launch.argv[0] ?? "") : launch.program;
}

async function loginState(
  known: KnownAgent | null,
  adapter: AcpAdapter,
  environment: NodeJS.ProcessEnv,
  needsLogin: boolean | null,
): Promise<AgentInstallation["state"]> {
  if (needsLogin !== null) return needsLogin ? "needs_login" : "found";
  if (known === null) return "unknown";
  const { variables, files } = known.signs;
  const isSet = (name: string): boolean => (adapter.env[name] ?? environment[name] ?? "") !== "";
  if (variables.some(isSet)) return "found";
  const home = adapter.env["HOME"] ?? environment["HOME"] ?? homedir();
  if (await isAnyThere(home, files)) return "found";
  const isTold = known.hasAllSigns && process.platform === "linux" && !known.homes.some(isSet);
  return isTold && !(await isAnyThere(home, known.settings)) ? "needs_login" : "unknown";
}

function adviceFor(launch: Launch, known: KnownAgent | null, state: AgentInstallation["state"]): string | null {
  if (known === null) return null;
  const parts = [
    ...(state === "needs_login" ? [`it is not logged in, as far as can be seen: ${known.login}`] : []),
    ...(state === "unknown" ? [`whether it is logged in shows when it is used; to log in, ${known.login}`] : []),
    ...(launch.kind === "stream"
      ? [
          `it cannot ask for permissions like this; install what speaks the Agent Client Protocol with \`${known.install}\``,
        ]
      : []),
    ...(launch.kind !== "missing" && launch.isInWorkspace ? ["it is the one that is installed in this workspace"] : []),
  ];
  return parts.length === 0 ? null : parts.join("; ");
}

async function isAnyThere(home: string, files: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    files.map((file) =>
      stat(join(home, file)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

const PackageFile = z.looseObject({ version: z.string().max(100), bin: z.unknown().optional() });

/** The version that the package of a program states, or that the program itself has told; null: neither. */
async function versionOf(program: string): Promise<string | null> {
  const real = await realpath(program).catch(() => program);
  for (let folder = dirname(real), level = 0; level < LEVELS; folder = dirname(folder), level += 1) {
    const text = await readFile(join(folder, "package.json"), "utf8").catch(() => null);
    if (text === null) continue;
    const version = versionIn(text, basename(program));
    if (version !== null) return version;
    break;
  }
  return askedVersions.get(await identityOf(real)) || null;
}

/** Of a package that has this program; another one only happens to lie above it. */
function versionIn(text: string, program: string): string | null {
  try {
    const read = PackageFile.safeParse(JSON.parse(text));
    if (!read.success) return null;
    const { version, bin } = read.data;
    const isOwn = typeof bin === "string" || (typeof bin === "object" && bin !== null && Object.hasOwn(bin, program));
    return isOwn ? version : null;
  } catch {
    return null;
  }
}

async function identityOf(real: string): Promise<string> {
  const found = await stat(real).catch(() => null);
  return `${real} ${found?.mtimeMs ?? 0} ${found?.size ?? 0}`;
}

/**
 * Asks programs whose packages do not say it for their version, each once. Does not reject. This starts them: only where a person wants to
 * know it.
 */
export async function askVersions(founds: readonly Found[], environment: NodeJS.ProcessEnv): Promise<void> {
  await Promise.all(
    founds.map(async ({ launch, installation }) => {
      if (launch.kind === "missing" || installation.version !== null) return;
      const program = programOf(launch);
      const identity = await identityOf(await realpath(program).catch(() => program));
      if (askedVersions.has(identity)) return;
      askedVersions.set(identity, await saidVersion(program, environment));
    }),
  );
}

async function saidVersion(program: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const output = new LastBytes(10_000);
  const request = {
    argv: [program, "--version"],
    cwd: homedir(),
    env: programEnvironment(environment),
    input: null,
    attemptId: `version-${basename(program)}`,
  };
  const run = runProcess(request, {
    output: (stream, chunk) => {
      if (stream === "stdout") output.push(chunk);
    },
    log: () => undefined,
  });
  const timer = setTimeout(() => run.stop(500), VERSION_MS);
  await run.result;
  clearTimeout(timer);
  return /\d+\.\d+\.\d+[\w.+-]{0,40}/.exec(output.bytes().toString("utf8"))?.[0] ?? "";
}
