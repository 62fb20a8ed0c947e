import { failed, failure, success, type Failure, type Outcome } from "../../schemas/failure.ts";
import type { CostEntry } from "../../schemas/event.ts";
import type { Adapter, AdapterEnd, AttemptContext, AttemptHandle, AttemptSink } from "./adapter.ts";
import { declaredCosts } from "./declared-costs.ts";
import { attemptEnvironment } from "./environment.ts";
import { endFailure } from "./process-failure.ts";
import type { ProcessEnd, ProcessRequest } from "./process-request.ts";
import { runProcess } from "./run-process.ts";
import { stoppable } from "./stoppable.ts";
import { workingFolder } from "./workspace-path.ts";

/**
 * Runs the step's own command, or, when the agent has an `argv`, that program with the prompt on its standard input. Shell text
 * runs with `/bin/sh -e`, an argument list without a shell. Standard input of a command is empty.
 */
export function commandAdapter(environment: NodeJS.ProcessEnv = process.env): Adapter {
  // A copy, because each look into that of the process asks the system for every variable.
  const variables = { ...environment };
  return {
    start: (context, sink) => stoppable((stops) => runCommand(context, sink, variables, stops)),
  };
}

/** Shell text as arguments. `--` ends the options, so that text which begins with a dash is none. */
export function shellArgv(script: string): string[] {
  return ["/bin/sh", "-e", "-c", "--", script];
}

type Stops = <End>(handle: AttemptHandle<End>) => Promise<End>;

async function runCommand(
  context: AttemptContext,
  sink: AttemptSink,
  environment: NodeJS.ProcessEnv,
  stops: { follow: Stops; readonly isStopped: boolean },
): Promise<AdapterEnd> {
  const request = await requestOf(context, environment);
  if (stops.isStopped) return notRun("cancelled", null);
  if (!request.ok) return notRun("failed", request.failure);
  const ended = await stops.follow(runProcess(request.value.process, sink));
  const costs = ended.hasStarted ? declaredCosts(context) : [];
  const { argv: ran } = request.value.process;
  if (ended.wasStopped) return { outcome: "cancelled", failure: null, end: ended.end, costs, ran };
  return { ...endOf(context, ended, request.value.isShell, costs), ran };
}

function endOf({ agent }: AttemptContext, ended: ProcessEnd, isShell: boolean, costs: CostEntry[]): AdapterEnd {
  const found = endFailure("the command", ended, isShell);
  // A program that is missing is the agent's lack when the agent is that program, and the spec's when the spec names it.
  const isAgent = agent.adapter.kind === "command" && agent.adapter.argv !== null && !ended.hasStarted;
  const reason =
    found?.code === "command_not_found" && isAgent
      ? failure("agent_unavailable", `agent ${agent.id} cannot be used: ${found.message}`)
      : found;
  return { outcome: reason === null ? "succeeded" : "failed", failure: reason, end: ended.end, costs };
}

function notRun(outcome: "failed" | "cancelled", reason: Failure | null): AdapterEnd {
  return { outcome, failure: reason, end: null, costs: [] };
}

async function requestOf(
  context: AttemptContext,
  environment: NodeJS.ProcessEnv,
): Promise<Outcome<{ process: ProcessRequest; isShell: boolean }>> {
  const { step, agent, attemptId, prompt, redactor } = context;
  const program = agent.adapter.kind === "command" ? agent.adapter.argv : null;
  const command = step.parameters.command;
  if (program === null && command === null) {
    const text = `the step has no command, and agent "${agent.id}" runs nothing else: give it a command or another agent`;
    return failed(failure("bad_spec", text));
  }
  const cwd = await workingFolder(context.folder, step.parameters.cwd);
  if (!cwd.ok) return cwd;
  const argv = program ?? (command?.kind === "argv" ? command.argv : shellArgv(command?.script ?? ""));
  return success({
    process: {
      argv,
      cwd: cwd.value,
      env: attemptEnvironment(context, environment),
      input: program === null ? null : prompt,
      attemptId,
      redactor,
    },
    isShell: program === null && command?.kind === "shell",
  });
}
