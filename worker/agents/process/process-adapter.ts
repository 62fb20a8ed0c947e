import type { AgentDefinition } from "../../../schemas/agent.ts";
import { UNKNOWN_HEALTH } from "../../../schemas/agent-health.ts";
import type { Adapter, AdapterEnd, AttemptContext, AttemptHandle, AttemptSink } from "../adapter.ts";
import { declaredCosts } from "../declared-costs.ts";
import { definitionHash } from "../definition-hash.ts";
import { attemptEnvironment, sharedEnvironment } from "../environment.ts";
import { stoppable, type Stops } from "../stoppable.ts";
import { workingFolder } from "../workspace-path.ts";
import type { AgentProcess, ProcessAgent } from "./agent-process.ts";
import { AgentTask, type TaskEnd } from "./agent-task.ts";
import { SharedProcess } from "./shared-process.ts";
import { StartQueue } from "./start-queue.ts";
import { SupervisedAgent, type SupervisorPorts } from "./supervised-agent.ts";

/** What is known of one agent, by what its definition says: a changed definition is another agent. */
interface Known {
  readonly supervised: SupervisedAgent;
  shared: SharedProcess | null;
}

/**
 * Programs that speak the protocol of `agent-protocol.ts` and are supervised (catalogue D4, C7, C8). With the lifetime `attempt` each
 * attempt has a process of its own, which starts where the step works; with `shared` one process serves them all and starts in the workspace
 * folder.
 */
export function processAdapter(ports: SupervisorPorts): Adapter & Required<Pick<Adapter, "health" | "close">> {
  const starts = new StartQueue(ports.clock);
  const agents = new Map<string, Known>();
  let isClosed = false;
  const known = (agent: ProcessAgent): Known => {
    const hash = definitionHash(agent);
    const found = agents.get(hash) ?? { supervised: new SupervisedAgent(agent, starts, ports), shared: null };
    agents.set(hash, found);
    return found;
  };
  return {
    start(context, sink) {
      const { agent } = context;
      if (!isProcessAgent(agent)) throw new Error(`agent ${agent.id} is no process agent`);
      const found = known(agent);
      if (agent.adapter.lifetime === "shared") found.shared ??= sharedOf(found.supervised, context, ports);
      return stoppable((stops) => run(found, context, sink, ports, stops));
    },
    health(agent) {
      if (!isProcessAgent(agent)) return UNKNOWN_HEALTH;
      return agents.get(definitionHash(agent))?.supervised.health() ?? UNKNOWN_HEALTH;
    },
    capabilities(agent) {
      return agents.get(definitionHash(agent))?.supervised.capabilities ?? [];
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      for (const { shared } of agents.values()) shared?.close();
      await Promise.all([...agents.values()].map(({ supervised }) => supervised.close()));
    },
  };
}

function isProcessAgent(agent: AgentDefinition): agent is ProcessAgent {
  return agent.adapter.kind === "process";
}

function sharedOf(agent: SupervisedAgent, context: AttemptContext, ports: SupervisorPorts): SharedProcess {
  const { workspace, workerMark, redactor } = context;
  return new SharedProcess(agent, ports.clock, (id) => ({
    cwd: workspace,
    env: sharedEnvironment(agent.agent, id, workerMark, ports.environment),
    redactor,
  }));
}

async function run(
  { supervised, shared }: Known,
  context: AttemptContext,
  sink: AttemptSink,
  ports: SupervisorPorts,
  stops: Stops,
): Promise<AdapterEnd> {
  const cwd = await workingFolder(context.folder, context.step.parameters.cwd);
  if (!cwd.ok) return { outcome: "failed", failure: cwd.failure, end: null, costs: [] };
  const task = new AgentTask(context, sink, ports.clock.monotonic());
  if (shared !== null) return endOf(context, await stops.follow(shared.take(task, cwd.value)), null);
  const launch = {
    id: context.attemptId,
    cwd: context.folder,
    env: attemptEnvironment(context, ports.environment),
    redactor: context.redactor,
  };
  const launched = await supervised.launch(launch, stops.signal);
  if (!launched.ok) {
    const outcome = stops.isStopped ? "cancelled" : "failed";
    return { outcome, failure: outcome === "failed" ? launched.failure : null, end: null, costs: [] };
  }
  const one = launched.value;
  one.give(task, cwd.value);
  const end = await stops.follow(ownProcess(one, task, ports));
  one.leave(supervised.agent.adapter.supervision.stopGrace);
  const death = await stops.follow({ result: one.done, stop: (graceMs) => one.leave(graceMs) });
  return endOf(context, end, death.failure === null ? null : death.end);
}

/** A process of the attempt's own: what is not answered in time ends with its tree. */
function ownProcess(one: AgentProcess, task: AgentTask, { clock }: SupervisorPorts): AttemptHandle<TaskEnd> {
  let isAsked = false;
  return {
    result: task.end,
    stop(graceMs) {
      if (task.isOver) {
        one.leave(graceMs);
        return;
      }
      if (!isAsked) one.cancel(task);
      isAsked = true;
      const timer = clock.after(graceMs / 2, () => {
        task.giveUp();
        one.leave(graceMs / 2);
      });
      task.until(timer);
    },
  };
}

function endOf(context: AttemptContext, task: TaskEnd, processEnd: AdapterEnd["end"]): AdapterEnd {
  const { hasReported, wasGiven, ...end } = task;
  return { ...end, end: processEnd, costs: hasReported || !wasGiven ? [] : declaredCosts(context) };
}
