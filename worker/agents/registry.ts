import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UNKNOWN_HEALTH, type AgentHealth } from "../../schemas/agent-health.ts";
import type { AgentAdapter, AgentCapability, AgentDefinition, AgentView } from "../../schemas/agent.ts";
import { failure, type Failure } from "../../schemas/failure.ts";
import { askVersions, lookFor, type Found } from "./acp/installation.ts";
import { loadAgentsFile, type LoadedAgents } from "./agents-file.ts";
import { BUILT_IN_AGENTS } from "./built-in.ts";
import { approvedOf, argvOf, pathOf, programOf, subjectOf, urlOf } from "./ways.ts";
import { definitionHash } from "./definition-hash.ts";
import { credentialsOf } from "./http/credentials.ts";
import { findProgram } from "./program-path.ts";

/** The agents of one workspace folder (catalogue D1). Answers are those of the last `refresh`. */
export interface Registry {
  /** Reads the agents file again and looks for programs again. Does not reject. */
  refresh(): Promise<void>;
  /** The same, and waits a moment for agents that have not been asked yet what they can do and how they are. */
  refreshAll(): Promise<void>;
  /** The same, and asks coding agents for their versions, which starts their programs. */
  inspect(): Promise<void>;
  /** Built-in agents first, then those of the file in its order, then known coding agents that are not installed. */
  list(): AgentView[];
  /** Null when there is no such agent. */
  definition(id: string): AgentDefinition | null;
  /** SHA-256 of the definition, to which an approval binds; null when there is no such agent. */
  definitionHash(id: string): string | null;
  /** What is wrong with the agents file, one sentence each. Such a file contributes no agents. */
  problems(): string[];
  /** The same with places, as failures of code `bad_agents_file`. */
  failures(): readonly Failure[];
  /** How many attempts each of these agents takes at a time. Unknown ids are left out. */
  limits(ids: readonly string[]): Record<string, number>;
  /** Counts an attempt of an agent as running, until the function that it returns is called. */
  acquire(id: string): () => void;
}

export interface RegistryOptions {
  /** Absolute path of `.planwright/agents.json`. */
  readonly agentsFile: string;
  /** Null when there is no such file; rejects when it cannot be read. */
  readonly readText?: (file: string) => Promise<string | null>;
  /** Path of a program, or null. `path` is the PATH that the agent's processes will have. */
  readonly findProgram?: (program: string, path: string, folder: string) => Promise<string | null>;
  readonly environment?: NodeJS.ProcessEnv;
  /** How an agent is. */
  readonly health?: (agent: AgentDefinition) => AgentHealth;
  /** Why an agent cannot be used as things are. */
  readonly obstacle?: (agent: AgentDefinition) => string | null;
  /** What an agent has registered itself. */
  readonly capabilities?: (agent: AgentDefinition) => readonly AgentCapability[];
  /** Whether an agent's last attempt was refused for want of a login; null: none could tell. */
  readonly needsLogin?: (agent: AgentDefinition) => boolean | null;
  /** Resolves when an agent has been asked. */
  readonly known?: (agent: AgentDefinition) => Promise<void>;
}

/** Whoever makes a plan waits so long for agents that have not been asked yet. */
const KNOWN_WITHIN_MS = 3_000;

/** Makes the registry and reads the file for the first time. Does not reject: what is wrong stands in `problems`. */
export async function createRegistry(options: RegistryOptions): Promise<Registry> {
  const registry = new FileRegistry(options);
  await registry.refresh();
  return registry;
}

class FileRegistry implements Registry {
  readonly #options: Required<RegistryOptions>;
  readonly #loads = new Map<string, number>();
  #text: string | null = null;
  #loaded: LoadedAgents = { agents: [], problems: [] };
  /** Why agents cannot be used, by id. */
  #reasons: ReadonlyMap<string, string> = new Map();
  /** What there is of coding agents, by id. */
  #founds: ReadonlyMap<string, Found> = new Map();

  constructor(options: RegistryOptions) {
    this.#options = {
      readText: readTextIfThere,
      findProgram,
      environment: process.env,
      health: () => UNKNOWN_HEALTH,
      obstacle: () => null,
      capabilities: () => [],
      needsLogin: () => null,
      known: () => Promise.resolve(),
      ...options,
    };
  }

  async refresh(): Promise<void> {
    const { agentsFile, readText } = this.#options;
    try {
      const text = await readText(agentsFile);
      if (text === null) this.#loaded = { agents: [], problems: [] };
      else if (text !== this.#text) this.#loaded = loadAgentsFile(text, agentsFile);
      this.#text = text;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const place = { file: agentsFile, line: null, column: null, field: null };
      const reason = failure(
        "bad_agents_file",
        `${agentsFile} cannot be read (${why}): make it readable, or remove it`,
        { place },
      );
      this.#text = null;
      this.#loaded = { agents: [], problems: [reason] };
    }
    this.#founds = await this.#lookForCodingAgents();
    const agents = this.#all();
    const reasons = await Promise.all(agents.map(async (agent) => [agent.id, await this.#reasonOf(agent)] as const));
    this.#reasons = new Map(reasons.flatMap(([id, reason]) => (reason === null ? [] : [[id, reason]])));
  }

  async refreshAll(): Promise<void> {
    await this.refresh();
    const { agents } = this.#loaded;
    const patience = new AbortController();
    const known = Promise.all(agents.map((agent) => this.#options.known(agent)));
    const late = sleep(KNOWN_WITHIN_MS, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([known, late]);
    patience.abort();
  }

  async inspect(): Promise<void> {
    await this.refreshAll();
    await askVersions([...this.#founds.values()], this.#options.environment);
    this.#founds = await this.#lookForCodingAgents();
  }

  list(): AgentView[] {
    const isMissing = ({ id }: AgentDefinition): boolean => this.#founds.get(id)?.launch.kind === "missing";
    const isLast = (agent: AgentDefinition): boolean => BUILT_IN_AGENTS.includes(agent) && isMissing(agent);
    const all = this.#all();
    const inOrder = [...all.filter((agent) => !isLast(agent)), ...all.filter(isLast)];
    return inOrder.map((definition) => {
      const { adapter, ...identity } = definition;
      const health = this.#options.health(definition);
      const found = this.#founds.get(definition.id) ?? null;
      const unavailableReason =
        this.#reasons.get(definition.id) ?? this.#options.obstacle(definition) ?? illness(adapter, health);
      const own = identity.capabilities.map(({ name }) => name);
      const registered = this.#options.capabilities(definition).filter(({ name }) => !own.includes(name));
      return {
        ...identity,
        capabilities: [...identity.capabilities, ...registered],
        adapter: adapter.kind,
        argv: argvOf(adapter) ?? argvOfFound(found),
        url: urlOf(adapter),
        approves: approvedOf(adapter),
        subject: subjectOf(adapter),
        simulated: adapter.kind === "simulated",
        origin: BUILT_IN_AGENTS.includes(definition) ? "built-in" : "workspace",
        available: unavailableReason === null,
        unavailableReason,
        load: this.#loads.get(definition.id) ?? 0,
        health,
        installation: found?.installation ?? null,
      };
    });
  }

  definition(id: string): AgentDefinition | null {
    return this.#all().find((agent) => agent.id === id) ?? null;
  }

  definitionHash(id: string): string | null {
    const definition = this.definition(id);
    if (definition === null) return null;
    const launch = this.#founds.get(id)?.launch;
    const isInWorkspace = launch !== undefined && launch.kind !== "missing" && launch.isInWorkspace;
    return definitionHash(definition, isInWorkspace);
  }

  problems(): string[] {
    return this.#loaded.problems.map(({ message }) => message);
  }

  failures(): readonly Failure[] {
    return this.#loaded.problems;
  }

  limits(ids: readonly string[]): Record<string, number> {
    const limits: Record<string, number> = {};
    for (const { id, maxLoad } of this.#all()) if (ids.includes(id)) limits[id] = maxLoad;
    return limits;
  }

  acquire(id: string): () => void {
    this.#loads.set(id, (this.#loads.get(id) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (isHeld) this.#loads.set(id, (this.#loads.get(id) ?? 1) - 1);
      isHeld = false;
    };
  }

  #all(): readonly AgentDefinition[] {
    const { agents } = this.#loaded;
    const isReplaced = (id: string): boolean => agents.some((agent) => agent.id === id);
    return [...BUILT_IN_AGENTS.filter(({ id }) => !isReplaced(id)), ...agents];
  }

  async #lookForCodingAgents(): Promise<ReadonlyMap<string, Found>> {
    const { environment, findProgram: find, needsLogin } = this.#options;
    const place = { environment, find, workspace: this.#folder };
    const founds = this.#all().map(async (agent): Promise<[string, Found][]> => {
      const { id, adapter } = agent;
      return adapter.kind === "acp" ? [[id, await lookFor(adapter, place, needsLogin(agent))]] : [];
    });
    return new Map((await Promise.all(founds)).flat());
  }

  /** The agents file lies in `.planwright`; programs are looked for from the workspace folder. */
  get #folder(): string {
    return dirname(dirname(this.#options.agentsFile));
  }

  async #reasonOf({ id, adapter }: AgentDefinition): Promise<string | null> {
    if (adapter.kind === "acp") {
      const installation = this.#founds.get(id)?.installation;
      return installation?.state === "missing" ? installation.advice : null;
    }
    if (adapter.kind === "http") {
      const credentials = credentialsOf(adapter, this.#options.environment);
      return credentials.ok ? null : credentials.failure.message;
    }
    const program = programOf(adapter);
    if (program === null) return null;
    if (adapter.kind === "process" && adapter.transport === "ipc" && process.platform === "win32")
      return "the transport ipc does not work on Windows: use lines";
    const path = pathOf(adapter) ?? this.#options.environment["PATH"] ?? "";
    if ((await this.#options.findProgram(program, path, this.#folder)) !== null) return null;
    return /[\\/]/.test(program)
      ? `program '${program}' does not exist or may not be run`
      : `program '${program}' is not on PATH`;
  }
}

/** How a coding agent is started here. */
function argvOfFound(found: Found | null): string[] | null {
  if (found === null || found.launch.kind === "missing") return null;
  return found.launch.kind === "acp" ? [...found.launch.argv] : [found.launch.program];
}

/** Why an agent that is there cannot be used. A process that is unhealthy is started again when it is needed; a service is not ours. */
function illness({ kind }: AgentAdapter, { state, detail }: AgentHealth): string | null {
  if (state === "failed")
    return `it was restarted too often and is given up for a while: ${detail ?? "it ended each time"}`;
  return WATCHED_SERVICES.has(kind) && state === "unhealthy" ? detail : null;
}

/** Kinds of agents that stand on a service that is not ours to start. */
const WATCHED_SERVICES: ReadonlySet<AgentAdapter["kind"]> = new Set(["http", "container"]);

async function readTextIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
