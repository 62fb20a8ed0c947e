import { join } from "node:path";
import type { AgentAdapter, AgentDefinition } from "../../../schemas/agent.ts";
import { findProgram } from "../program-path.ts";
import { knownAgent, type KnownAgent, type StreamDialect } from "./known-agents.ts";

export type AcpAdapter = Extract<AgentAdapter, { kind: "acp" }>;
export type AcpAgent = AgentDefinition & { readonly adapter: AcpAdapter };

/** How an agent is started here and now. */
export type Launch =
  | { readonly kind: "acp"; readonly argv: readonly string[]; readonly isInWorkspace: boolean }
  | {
      readonly kind: "stream";
      readonly dialect: StreamDialect;
      readonly program: string;
      readonly isInWorkspace: boolean;
    }
  /** `advice`: what to do, without a capital letter. */
  | { readonly kind: "missing"; readonly reason: string; readonly advice: string };

export interface LaunchPlace {
  readonly environment: NodeJS.ProcessEnv;
  /** Real path of the workspace folder. */
  readonly workspace: string;
  readonly find?: typeof findProgram;
}

/**
 * Finds the program of an agent: on PATH, else among the packages that are installed in the workspace. One that speaks the Agent Client
 * Protocol comes first, the agent's own streaming command line second.
 */
export async function findLaunch(
  adapter: AcpAdapter,
  { environment, workspace, find = findProgram }: LaunchPlace,
): Promise<Launch> {
  const path = adapter.env["PATH"] ?? environment["PATH"] ?? "";
  const known = knownAgent(adapter.program);
  const packages = join(workspace, "node_modules", ".bin");
  const look = async (program: string): Promise<Found | null> => {
    const file = await find(program, path, workspace);
    if (file !== null) return { file, isInWorkspace: false };
    const installed = known === null ? null : await find(join(packages, program), path, workspace);
    return installed === null ? null : { file: installed, isInWorkspace: true };
  };
  if (adapter.argv !== null) return ownLaunch(adapter.argv, look);
  if (known === null) return unknownProgram(adapter.program);
  for (const { program, args } of known.acp) {
    const found = await look(program);
    if (found === null) continue;
    const model = adapter.model === null ? [] : (known.modelArgs?.(adapter.model) ?? []);
    return { kind: "acp", argv: [found.file, ...args, ...model], isInWorkspace: found.isInWorkspace };
  }
  const stream = known.stream === null ? null : await look(known.stream.program);
  if (known.stream === null || stream === null) return missing(known);
  return { kind: "stream", dialect: known.stream.dialect, program: stream.file, isInWorkspace: stream.isInWorkspace };
}

interface Found {
  readonly file: string;
  readonly isInWorkspace: boolean;
}

async function ownLaunch(argv: readonly string[], look: (program: string) => Promise<Found | null>): Promise<Launch> {
  const [program = "", ...rest] = argv;
  const found = await look(program);
  if (found !== null) return { kind: "acp", argv: [found.file, ...rest], isInWorkspace: found.isInWorkspace };
  const reason = /[\\/]/.test(program)
    ? `program '${program}' does not exist or may not be run`
    : `program '${program}' is not on PATH`;
  return { kind: "missing", reason, advice: "install it, or correct argv in the agents file" };
}

function missing({ name, acp, stream, install }: KnownAgent): Launch {
  const programs = [...acp.map(({ program }) => program), ...(stream === null ? [] : [stream.program])];
  const reason = `${name} is not installed: no program ${programs.join(" or ")} on PATH or in node_modules/.bin`;
  return { kind: "missing", reason, advice: `install it with \`${install}\`` };
}

function unknownProgram(program: string | null): Launch {
  return {
    kind: "missing",
    reason:
      program === null ? "it names neither a program nor argv" : `no coding agent with the id '${program}' is known`,
    advice: 'name a known one in "program", or how it is started in "argv"',
  };
}
