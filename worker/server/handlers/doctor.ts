import { existsSync } from "node:fs";
import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import type { AgentInstallation, AgentView } from "../../../schemas/agent.ts";
import type { ResultOf } from "../../../schemas/operations/table.ts";
import { FailureError } from "../../../schemas/failure.ts";
import { VERSION } from "../../../schemas/version.ts";
import { knownAgent } from "../../agents/acp/known-agents.ts";
import { backupTime, listBackups } from "../../store/backup.ts";
import type { Handlers } from "../handlers.ts";
import type { Workspace } from "../workspace.ts";

type Check = ResultOf<"worker.doctor">["checks"][number];

export function doctorHandlers(workspace: Workspace): Pick<Handlers, "worker.doctor"> {
  return {
    "worker.doctor": async (_params, { clients }) => ({
      checks: [
        program(),
        connected(clients()),
        platform(),
        stateFolder(workspace),
        await folder(workspace),
        await record(workspace),
        await backups(workspace),
        ...(await settings(workspace)),
        await git(workspace),
        ...(await agents(workspace)),
      ],
    }),
  };
}

function program(): Check {
  return {
    name: "Planwright",
    status: "ok",
    message: `${VERSION} on Node.js ${process.versions.node}, worker process ${process.pid}`,
  };
}

function connected(clients: readonly string[]): Check {
  return { name: "Clients", status: "ok", message: clients.join(", ") };
}

function platform(): Check {
  const known = process.platform === "linux";
  return {
    name: "Platform",
    status: known ? "ok" : "warning",
    message: `${process.platform} ${process.arch}${known ? "" : ": written for, but not tried yet"}`,
  };
}

function stateFolder({ options }: Workspace): Check {
  return {
    name: "State folder",
    status: "ok",
    message: `${options.state.root} (approvals, the worker's address and its log in ${options.state.workerDir})`,
  };
}

async function folder(workspace: Workspace): Promise<Check> {
  try {
    await access(workspace.folder, constants.R_OK | constants.W_OK);
    return { name: "Workspace", status: "ok", message: workspace.folder };
  } catch {
    return {
      name: "Workspace",
      status: "error",
      message: `${workspace.folder} may not be written: the record is kept there, so nothing can run`,
    };
  }
}

async function record(workspace: Workspace): Promise<Check> {
  if (!existsSync(join(workspace.home, "planwright.db"))) {
    return { name: "Record", status: "ok", message: "none yet; it comes with the first plan that is kept" };
  }
  try {
    const { database } = await workspace.record();
    const answer = database.first("PRAGMA quick_check(1)", [], (row) => String(row["quick_check"]));
    if (answer !== "ok") {
      return { name: "Record", status: "error", message: `${database.path} is damaged: ${answer ?? "no answer"}` };
    }
    const happened = workspace.notices.at(-1);
    if (happened !== undefined) return { name: "Record", status: "warning", message: happened };
    return { name: "Record", status: "ok", message: `${database.path} is whole` };
  } catch (error) {
    if (error instanceof FailureError) return { name: "Record", status: "error", message: error.message };
    throw error;
  }
}

async function backups({ home }: Workspace): Promise<Check> {
  const all = await listBackups(join(home, "backups"));
  const made = all[0] === undefined ? null : backupTime(all[0]);
  const message =
    all.length === 0
      ? "none yet; one comes every hour in which something changes"
      : `${all.length}, the newest ${made === null ? "" : `of ${made.toISOString()} `}in ${join(home, "backups")}`;
  return { name: "Backups", status: "ok", message };
}

/** Without it, coding steps work in the folder itself. */
async function git({ workplaces }: Workspace): Promise<Check> {
  const { obstacle } = await workplaces.facts(true);
  const version = await workplaces.version();
  return obstacle === null
    ? { name: "Git", status: "ok", message: `${version ?? ""}: coding steps work in worktrees, in ${workplaces.home}` }
    : {
        name: "Git",
        status: "warning",
        message: `coding steps work in the folder itself, one after another, because ${obstacle}`,
      };
}

async function settings(workspace: Workspace): Promise<Check[]> {
  const { problems } = await workspace.settings.read();
  return problems.map(({ message }): Check => ({ name: "Settings file", status: "error", message }));
}

async function agents(workspace: Workspace): Promise<Check[]> {
  const { registry } = workspace.options;
  await registry.inspect();
  const problems = registry.problems().map((message): Check => ({ name: "Agents file", status: "error", message }));
  const all = registry.list();
  const missing = all.filter(isNotInstalled);
  return [
    ...problems,
    ...all.filter((agent) => !missing.includes(agent)).map(agentCheck),
    ...(missing.length > 0 ? [notInstalled(missing)] : []),
  ];
}

/** A known coding agent that is not there is nothing to be warned of, unless a workspace defines it. */
function isNotInstalled({ installation, origin }: AgentView): boolean {
  return installation?.state === "missing" && origin === "built-in";
}

function notInstalled(missing: readonly AgentView[]): Check {
  const ways = missing.map(({ id, name }) => `${name} (${knownAgent(id)?.install ?? id})`).join(", ");
  return { name: "Coding agents", status: "info", message: `known and not installed: ${ways}` };
}

function agentCheck(agent: AgentView): Check {
  const { installation, available } = agent;
  const isWell = available && installation?.state !== "needs_login";
  const ready = available
    ? `ready for ${agent.capabilities.map(({ name }) => name).join(", ")}`
    : (agent.unavailableReason ?? "unavailable");
  const installed = available && installation !== null ? installationWords(agent, installation) : ready;
  return {
    name: `Agent ${agent.id}`,
    status: isWell ? "ok" : "warning",
    message: agent.simulated ? `${installed} (simulated)` : installed,
  };
}

const PROTOCOLS = { acp: "the Agent Client Protocol", stream: "its own streaming command line" } as const;

/** What there is of a coding agent, and what to do about it. */
function installationWords({ argv }: AgentView, { version, protocol, advice }: AgentInstallation): string {
  const spoken = protocol === null ? "" : ` over ${PROTOCOLS[protocol]}`;
  const program = argv?.[0] === undefined ? "" : ` (${argv[0]})`;
  const todo = advice === null ? "" : `; ${advice}`;
  return `found${version === null ? "" : `, version ${version}`}${spoken}${program}${todo}`;
}
