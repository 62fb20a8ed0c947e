import type { AgentDefinition } from "../../../schemas/agent.ts";
import { failure, type Failure } from "../../../schemas/failure.ts";
import type { Adapter, AdapterEnd, AgentClock, AttemptContext, AttemptSink } from "../adapter.ts";
import { definitionHash } from "../definition-hash.ts";
import { attemptEnvironment } from "../environment.ts";
import { stoppable, type Stops } from "../stoppable.ts";
import { workingFolder } from "../workspace-path.ts";
import { AcpRun } from "./acp-run.ts";
import { knownAgent, passedVariables } from "./known-agents.ts";
import { findLaunch, type AcpAgent } from "./launch.ts";
import { StreamRun } from "./stream-run.ts";

export interface AcpPorts {
  readonly clock: AgentClock;
  /** What the environment of processes is chosen from. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Coding agents over the Agent Client Protocol (catalogue D4), or by their own streaming command line where that is all there is. Each
 * attempt has a process and a session of its own.
 */
export function acpAdapter(ports: AcpPorts): Adapter & Required<Pick<Adapter, "needsLogin">> {
  /** By definition: whether the last attempt that could tell was refused for want of a login. */
  const logins = new Map<string, boolean>();
  return {
    start(context, sink) {
      const { agent } = context;
      if (!isAcpAgent(agent)) throw new Error(`agent ${agent.id} is no agent of the kind acp`);
      return stoppable(async (stops) => {
        const end = await run(agent, context, sink, ports, stops);
        if (end.outcome === "succeeded") logins.set(definitionHash(agent), false);
        if (end.failure?.code === "needs_login") logins.set(definitionHash(agent), true);
        return end;
      });
    },
    needsLogin: (agent) => logins.get(definitionHash(agent)) ?? null,
  };
}

function isAcpAgent(agent: AgentDefinition): agent is AcpAgent {
  return agent.adapter.kind === "acp";
}

async function run(
  agent: AcpAgent,
  context: AttemptContext,
  sink: AttemptSink,
  { clock, environment }: AcpPorts,
  stops: Stops,
): Promise<AdapterEnd> {
  const { adapter } = agent;
  const cwd = await workingFolder(context.folder, context.step.parameters.cwd);
  if (!cwd.ok) return unstarted(cwd.failure);
  const launch = await findLaunch(adapter, { environment, workspace: context.workspace });
  if (launch.kind === "missing")
    return unstarted(failure("agent_unavailable", `agent ${agent.id}: ${launch.reason}: ${launch.advice}`));
  const known = knownAgent(adapter.program);
  const env = agentEnvironment(agent, context, environment);
  const parts = { context, agent, known, sink, clock, cwd: cwd.value, env };
  if (launch.kind === "stream") {
    const { dialect, program } = launch;
    return stops.follow(new StreamRun({ ...parts, dialect, program }));
  }
  const sdk = await import("@agentclientprotocol/sdk");
  if (stops.isStopped) return { outcome: "cancelled", failure: null, end: null, costs: [] };
  return stops.follow(new AcpRun({ ...parts, sdk, argv: launch.argv }));
}

/** The allow list, what this agent needs of the worker's own environment, how it is told to ask, and what is stated. */
function agentEnvironment(
  { adapter }: AcpAgent,
  context: AttemptContext,
  environment: NodeJS.ProcessEnv,
): Record<string, string> {
  const known = knownAgent(adapter.program);
  const passed = passedVariables(adapter).flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const model = known?.modelVariable != null && adapter.model !== null ? { [known.modelVariable]: adapter.model } : {};
  return {
    ...Object.fromEntries(passed),
    ...known?.askVariables,
    ...model,
    ...attemptEnvironment(context, environment),
  };
}

function unstarted(reason: Failure): AdapterEnd {
  return { outcome: "failed", failure: reason, end: null, costs: [] };
}
