import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { CliWorld, type CliResult } from "../cli.ts";
import { endMarkedProcesses, markedProcesses, type RunningProcess } from "../editor/processes.ts";
import { promptOf, resultsIn, say, type Answer, type ModelRequest, type Speech } from "../model-server/conversation.ts";
import { asides, ModelServer, type Turn } from "../model-server/model-server.ts";
import { PRICE, REAL_AGENTS, type AgentId, type RealAgent } from "./real-agents.ts";

const INSTALLER = fileURLToPath(new URL("../../../.ci/test-agents.mjs", import.meta.url));
/** Where programs of the system are. */
const SYSTEM = ["/usr/local/bin", "/usr/bin", "/bin"];

/**
 * A git repository with one commit, a real coding agent on PATH with a home folder of its own, and the scripted model that it asks. Call
 * `remove` at the end.
 */
export class AgentWorld {
  readonly cli = new CliWorld();
  readonly agent: RealAgent;
  readonly server: ModelServer;

  private constructor(agent: RealAgent, server: ModelServer) {
    this.agent = agent;
    this.server = server;
  }

  static async start(id: AgentId): Promise<AgentWorld> {
    const world = new AgentWorld(REAL_AGENTS[id], await ModelServer.start([]));
    const { cli, agent, server } = world;
    const programs = programsOf(id);
    cli.environment = {
      ...agent.prepare(cli.root, server.url),
      PATH: [programs, dirname(process.execPath), ...SYSTEM].join(delimiter),
      // Where the programs write what can be made again; one of them unpacks itself there.
      XDG_CACHE_HOME: join(cli.root, ".cache"),
    };
    if (id === "copilot") {
      mkdirSync(join(cli.root, ".cache"));
      symlinkSync(unpacked(programs), join(cli.root, ".cache/copilot"));
    }
    cli.write("README.md", "# A repository\n");
    world.git("init", "-q", "-b", "main");
    world.git("config", "user.name", "Ada");
    world.git("config", "user.email", "ada@example.org");
    world.commit();
    return world;
  }

  git(...words: string[]): string {
    const env = { PATH: SYSTEM.join(delimiter), HOME: this.cli.root };
    return execFileSync("git", words, { cwd: this.cli.folder, env, encoding: "utf8" }).trim();
  }

  /** Everything that is there, as a commit. */
  commit(): void {
    this.git("add", "-A");
    this.git("commit", "-q", "-m", "Everything");
  }

  /** The agent under the name "worker", with a price for its tokens and what else a test wants of it. */
  define(more: { permissions?: "full" | "limited" | "readonly"; adapter?: Record<string, unknown> } = {}): void {
    const { adapter, ...rest } = more;
    const worker = {
      id: "worker",
      name: "Worker",
      capabilities: [{ name: "coding" }],
      permissions: "full",
      ...rest,
      adapter: { kind: "acp", program: this.agent.id, price: PRICE, ...adapter },
    };
    this.cli.write(".planwright/agents.json", JSON.stringify({ agents: [worker] }));
    this.commit();
  }

  /** A spec of these lines, committed. */
  spec(...lines: readonly string[]): void {
    this.cli.write("work.spec.md", `${lines.join("\n")}\n`);
    this.commit();
  }

  /** What the model says in the step of this title, in this order: each once a tool has answered to the one before. */
  script(title: string, ...answers: (Answer | ((request: ModelRequest) => Answer))[]): void {
    answers.forEach((answer, index) => this.server.play(this.turn(title, index, answer)));
  }

  turn(title: string, index: number, answer: Turn["answer"]): Turn {
    return {
      name: `${title} ${index}`,
      when: (request) => request.tools.length > 0 && isAbout(request, title) && resultsIn(request) === index,
      answer,
    };
  }

  /** Questions that programs ask on the side, such as a title for the session. Called after `script`. */
  answerAsides(): void {
    // What a person might type next is asked when the turn is over.
    const isSuggestion = (request: ModelRequest): boolean => promptOf(request).includes("[SUGGESTION MODE");
    this.server.play({ name: "afterwards", when: isSuggestion, answer: say("Go on"), times: Infinity }, asides());
  }

  /** The tool call that writes a file of the folder in which the step works. */
  write(name: string, content: string): (request: ModelRequest) => Speech {
    return (request) => this.agent.write(join(this.placeOf(request), name), content);
  }

  /** Ends the turn. */
  done(text = "All done."): Speech {
    return say(text);
  }

  /** The folder in which the step works, as the program was told. */
  placeOf(request: ModelRequest): string {
    const text = [request.system, ...request.messages.map((message) => message.text)].join("\n");
    const root = this.cli.root.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    const named = text.match(new RegExp(`${root}/[^\\s<>"'\`,;)]+`, "g")) ?? [];
    const isPlace = (path: string): boolean => path !== this.cli.folder && existsSync(join(path, ".git"));
    return named.map((path) => path.replace(/[.:]+$/, "")).find(isPlace) ?? this.cli.folder;
  }

  /** Everything that is known of how it went, for a test that failed. */
  async story({ code, stdout, stderr }: CliResult): Promise<string> {
    const { asked, strange } = this.server;
    const said = asked.map(({ turn, request }) => turn ?? `nothing to: ${promptOf(request).slice(-200)}`);
    const logs = await this.cli.run("logs");
    return [`exit code ${code}`, stdout, stderr, logs.stdout, ...said, ...strange].join("\n");
  }

  run(...words: string[]): Promise<CliResult> {
    return this.cli.run("run", "work.spec.md", "--yes", ...words);
  }

  /** What runs in the name of this world besides the worker and its clients: the agent and its tools. */
  agentProcesses(): RunningProcess[] {
    const marked = markedProcesses(`HOME=${this.cli.root}`);
    return marked.filter(({ command }) => command !== "" && !isOurs(command));
  }

  async remove(): Promise<void> {
    await endMarkedProcesses(`HOME=${this.cli.root}`);
    await this.cli.remove();
    await this.server.stop();
  }
}

function isOurs(command: string): boolean {
  return /\/dist\/(?:worker|spawner|planwright)\.mjs/.test(command);
}

/** The prompt of a step begins with its title as a heading. */
function isAbout(request: ModelRequest, title: string): boolean {
  return new RegExp(`^# (?:Task: )?${title}$`, "m").test(promptOf(request));
}

const found = new Map<string, string>();

/** The folder of an agent's programs; installed when it is missing. */
function programsOf(id: AgentId): string {
  const known = found.get(id);
  if (known !== undefined) return known;
  const printed = execFileSync(process.execPath, [INSTALLER, id], { encoding: "utf8", stdio: ["ignore", "pipe", 2] });
  const folder = z.record(z.string(), z.string()).parse(JSON.parse(printed))[id];
  if (folder === undefined) throw new Error(`the installer says nothing of ${id}`);
  found.set(id, folder);
  return folder;
}

/** Where copilot unpacks itself, 230 MB, which it would otherwise do in each test. */
function unpacked(programs: string): string {
  const folder = join(programs, "../../unpacked");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A file of the workspace; null when it is not there. */
export function contentOf(world: AgentWorld, name: string): string | null {
  const file = join(world.cli.folder, name);
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}
