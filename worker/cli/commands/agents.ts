import type { HealthState, LifecycleEvent } from "../../../schemas/agent-health.ts";
import type { AgentView } from "../../../schemas/agent.ts";
import { formatDuration } from "../../../schemas/duration.ts";
import { formatAmount } from "../../../schemas/money.ts";
import { workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { plain, table } from "../render/text.ts";
import { onSignals } from "../signals.ts";

/** `planwright agents`: who can do what, and why somebody cannot be used. */
export async function agentsCommand(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect(workspaceFolder(context));
  const { agents, health, problems } = await client.call("agent.list", {});
  if (context.json) context.terminal.json({ agents, health, problems });
  else {
    const { terminal } = context;
    const isMissing = ({ installation, origin }: AgentView): boolean =>
      installation?.state === "missing" && origin === "built-in";
    for (const agent of agents)
      if (!isMissing(agent)) for (const line of agentLines(agent, context)) terminal.print(line);
    const missing = agents.filter(isMissing).map(({ id }) => id);
    if (missing.length > 0)
      terminal.print(
        terminal.style(
          "dim",
          `Known and not installed: ${missing.join(", ")}. \`planwright doctor\` says how to get them.`,
        ),
      );
    for (const problem of problems) terminal.error(plain(problem));
  }
  return problems.length > 0 ? EXIT.usage : EXIT.completed;
}

function agentLines(agent: AgentView, context: CommandContext): string[] {
  const { terminal } = context;
  const state = agent.available
    ? terminal.style("green", "available")
    : terminal.style("yellow", `unavailable: ${plain(agent.unavailableReason ?? "")}`);
  const kind = agent.simulated ? "simulated" : agent.adapter;
  return [
    `${terminal.style("bold", agent.id)}  ${plain(agent.name)}  ${kind}, ${agent.origin}, load ${agent.load} of ${agent.maxLoad}, ${state}`,
    ...[...healthLines(agent, context, new Date()), ...installationLines(agent), ...capabilityLines(agent)].map(
      (line) => `    ${line}`,
    ),
  ];
}

const PROTOCOLS = { acp: "Agent Client Protocol", stream: "its own streaming command line" } as const;

/** What there is of a coding agent, and what to do about it. */
function installationLines({ installation, argv }: AgentView): string[] {
  if (installation === null || installation.state === "missing") return [];
  const { state, version, protocol, advice } = installation;
  const parts = [
    state === "needs_login" ? "needs a login" : "installed",
    ...(version === null ? [] : [plain(version)]),
    ...(protocol === null ? [] : [PROTOCOLS[protocol]]),
    ...(argv?.[0] === undefined ? [] : [plain(argv[0])]),
  ];
  return [parts.join(", "), ...(advice === null ? [] : [plain(advice)])];
}

/** One line each where there are figures, else one for all of them. */
function capabilityLines({ capabilities, currency }: AgentView): string[] {
  const hasFigures = capabilities.some(
    ({ estimatedCost, estimatedDuration }) => estimatedCost !== null || estimatedDuration !== null,
  );
  if (!hasFigures && capabilities.length > 1) return [capabilities.map(({ name }) => plain(name)).join(", ")];
  return capabilities.map(({ name, estimatedCost, estimatedDuration }) => {
    const time = estimatedDuration === null ? "time unknown" : formatDuration(estimatedDuration);
    return `${plain(name)}  ${formatAmount(estimatedCost, currency)}, ${time}`;
  });
}

const HEALTH_COLOURS = {
  unknown: "dim",
  starting: "cyan",
  healthy: "green",
  unhealthy: "yellow",
  failed: "red",
} as const;

/** How an agent is, and each of its processes; nothing where nothing is known. */
function healthLines({ health }: AgentView, { terminal }: CommandContext, now: Date): string[] {
  const styled = (state: HealthState): string => terminal.style(HEALTH_COLOURS[state], state);
  const restarts =
    health.restarts === 0 ? "" : `, ${health.restarts} ${health.restarts === 1 ? "restart" : "restarts"}`;
  const detail = health.detail === null ? "" : `: ${plain(health.detail)}`;
  const isSilent = health.state === "unknown" && restarts === "";
  return [
    ...(isSilent ? [] : [`health ${styled(health.state)}${restarts}${detail}`]),
    ...health.processes.map(({ pid, state, load, lastBeat }) => {
      const beat = lastBeat === null ? "no heartbeat yet" : `last heartbeat ${ago(lastBeat, now)}`;
      return `pid ${pid}  ${styled(state)}, load ${load}, ${beat}`;
    }),
  ];
}

function ago(time: string, now: Date): string {
  return `${formatDuration(Math.max(0, now.getTime() - Date.parse(time)))} ago`;
}

/** `planwright agents --follow`: what happens to agents, since the worker began and until the person has seen enough (catalogue D5). */
export async function followAgentsCommand(context: CommandContext): Promise<ExitCode> {
  const { terminal } = context;
  const client = await context.connect(workspaceFolder(context));
  const ended = Promise.withResolvers<void>();
  const stopSignals = onSignals({ interrupt: ended.resolve, hangUp: ended.resolve });
  const stopClose = client.onClose(() => {
    terminal.error("The worker has stopped, and its agents with it.");
    ended.resolve();
  });
  try {
    await client.subscribe({ kind: "agents" }, (batch) => {
      if (batch.kind !== "agents") return;
      for (const event of batch.events) {
        if (context.json) terminal.json(event);
        else terminal.print(eventLine(event, context));
      }
    });
    await ended.promise;
  } finally {
    stopClose();
    stopSignals();
  }
  return EXIT.completed;
}

function eventLine({ at, type, agent, pid, detail }: LifecycleEvent, { terminal }: CommandContext): string {
  const colour = BAD_NEWS.has(type) ? "red" : type === "agent:recovered" ? "green" : "cyan";
  const who = agent === null ? "" : ` ${plain(agent)}${pid === null ? "" : ` (${pid})`}`;
  return `${terminal.style("dim", at.slice(11, 23))} ${terminal.style(colour, type)}${who}: ${plain(detail)}`;
}

const BAD_NEWS: ReadonlySet<LifecycleEvent["type"]> = new Set([
  "agent:error",
  "agent:unhealthy",
  "agent:restart_failed",
]);

/** `planwright agents --runs`: how the runs of each agent went (catalogue D6). */
export async function agentRunsCommand(context: CommandContext, days: number): Promise<ExitCode> {
  const client = await context.connect(workspaceFolder(context));
  const { since, agents } = await client.call("agent.analytics", { days });
  if (context.json) {
    context.terminal.json({ since, agents });
    return EXIT.completed;
  }
  const rows = agents.map((agent) => [
    agent.agent,
    String(agent.runs),
    agent.successRate === null ? "–" : `${Math.round(agent.successRate * 100)} %`,
    agent.duration.typical === null ? "–" : formatDuration(agent.duration.typical),
    agent.duration.high === null ? "–" : formatDuration(agent.duration.high),
    [
      ...agent.costs.map(({ amount, currency }) => formatAmount(amount, currency)),
      ...(agent.unknownCosts > 0 ? [`${agent.unknownCosts} unknown`] : []),
    ].join(", ") || "–",
    [
      ...Object.entries(agent.errors).map(([code, count]) => `${count} ${code}`),
      ...(agent.interrupted > 0 ? [`${agent.interrupted} interrupted`] : []),
      ...(agent.simulatedRuns > 0 ? [`${agent.simulatedRuns} simulated, not counted`] : []),
    ].join(", "),
  ]);
  const head = ["AGENT", "RUNS", "SUCCEEDED", "TYPICAL", "9 OF 10 BELOW", "COST", "ERRORS"];
  const range = `in the last ${days} days`;
  context.terminal.print(rows.length === 0 ? `Nothing has run ${range}.` : `Runs ${range}:\n${table([head, ...rows])}`);
  return EXIT.completed;
}
