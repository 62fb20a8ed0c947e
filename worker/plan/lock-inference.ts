import type { StepLock } from "../../schemas/plan.ts";
import type { Command } from "../../schemas/spec.ts";
import { databasesIn, databaseOfProgram, withoutDatabases } from "./database-names.ts";
import { enter, simpleCommand, simpleCommands, type SimpleCommand } from "./shell-words.ts";

/** What a step runs, as far as it tells of resources. */
export interface RunText {
  readonly command: Command | null;
  readonly check: string | null;
  readonly cwd: string | null;
  /** The step's own variables, and those that its command mentions. */
  readonly env: Readonly<Record<string, string>>;
}

/** A program that builds in a folder in which only one of its kind should run. */
interface BuildTool {
  readonly programs: readonly string[];
  /** How the words after the program begin when it builds, without options; empty: whatever they are. */
  readonly builds: readonly (readonly string[])[];
  /** Options that name another folder. */
  readonly folderOptions: readonly string[];
}

const NODE_BUILDS = [["install"], ["i"], ["ci"], ["run", "build"], ["run-script", "build"], ["build"]];

const BUILD_TOOLS: readonly BuildTool[] = [
  { programs: ["npm"], builds: NODE_BUILDS, folderOptions: ["--prefix", "-C"] },
  { programs: ["pnpm"], builds: NODE_BUILDS, folderOptions: ["--dir", "-C"] },
  { programs: ["yarn"], builds: [...NODE_BUILDS, []], folderOptions: ["--cwd"] },
  { programs: ["cargo"], builds: [["build"], ["b"], ["test"], ["t"], ["run"], ["r"]], folderOptions: ["-C"] },
  { programs: ["make", "gmake"], builds: [], folderOptions: ["-C", "--directory"] },
  { programs: ["ninja"], builds: [], folderOptions: ["-C"] },
  { programs: ["gradle", "gradlew"], builds: [], folderOptions: ["-p", "--project-dir"] },
  { programs: ["mvn", "mvnw"], builds: [], folderOptions: [] },
  { programs: ["tsc"], builds: [["-b"], ["--build"]], folderOptions: [] },
  { programs: ["cmake"], builds: [["--build"]], folderOptions: ["--build"] },
];

/** Calls of a build tool that only tell something. */
const TELLS = /^(?:--version|-v|-V|--help|-h|-n|--dry-run|--just-print|help|version)$/;

/** Programs that understand `-p` as a port to listen on. */
const SERVERS: ReadonlySet<string> = new Set(
  "next serve http-server live-server json-server flask rails hugo".split(" "),
);

/** Programs whose `--port` is that of a server elsewhere. */
const CLIENTS: ReadonlySet<string> = new Set(
  "psql pg_dump pg_restore createdb dropdb pg_isready mysql mysqldump mariadb redis-cli mongo mongosh ssh scp rsync".split(
    " ",
  ),
);

/** Almost every text has none of these, and then need not be read. */
const HINT =
  /\b(?:npm|pnpm|yarn|cargo|g?make|ninja|gradlew?|mvnw?|tsc|cmake|go|docker|podman|psql|createdb|dropdb|mysql|mariadb|sqlite3|http\.server|php)\b|:\/\/|port\b|localhost|127\.0\.0\.1|\s-p\s|[\w]\.(?:db|sqlite3?)\b/i;

const NONE: readonly StepLock[] = [];

/** Names of resources that the commands of a step seem to use: what they build, ports and databases (catalogue C12). */
export function inferLocks({ command, check, cwd, env }: RunText): readonly StepLock[] {
  const text = command?.kind === "argv" ? command.argv.join(" ") : (command?.script ?? "");
  const variables = Object.entries(env);
  if (variables.length === 0 && !HINT.test(text) && (check === null || !HINT.test(check))) return NONE;
  const locks = new Map<string, StepLock>();
  const add = (found: Iterable<StepLock>): void => {
    for (const lock of found) if (!locks.has(lock.name)) locks.set(lock.name, lock);
  };
  const folder = enter("", cwd ?? ".");
  const inShell = (script: string): void => {
    for (const simple of simpleCommands(script, folder ?? "")) add(locksOf(simple));
  };
  if (command?.kind === "shell") inShell(command.script);
  else if (command) {
    // A shell that is called outright is read like one of ours.
    const [program = "", option = "", script] = command.argv;
    if (/(?:^|\/)(?:ba|da|z)?sh$/.test(program) && /^-[a-z]*c$/.test(option) && script !== undefined) inShell(script);
    else add(locksOf(simpleCommand(command.argv, folder)));
  }
  if (check !== null) inShell(check);
  for (const [name, value] of variables) add(locksOfVariable(name, value, folder));
  return [...locks.values()];
}

function* locksOf(command: SimpleCommand): Generator<StepLock> {
  const { words, variables, folder } = command;
  for (const [name, value] of variables) yield* locksOfVariable(name, value, folder);
  const program = (words[0] ?? "").replace(/^.*\//, "");
  const rest = words.slice(1);
  yield* buildLocks(program, rest, folder);
  yield* portLocks(program, rest);
  for (const word of rest) for (const name of databasesIn(word, folder)) yield databaseLock(name);
  const database = databaseOfProgram(program, rest, folder);
  if (database !== null) yield databaseLock(database);
}

function* locksOfVariable(name: string, value: string, folder: string | null): Generator<StepLock> {
  if (name === "PORT") yield* portLock(value);
  for (const database of databasesIn(value, folder)) yield databaseLock(database);
}

function databaseLock(name: string): StepLock {
  return { name: `database:${name}`, reason: `uses the database ${name}` };
}

function* portLock(text: string | undefined): Generator<StepLock> {
  const port = text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port > 0 && port < 65_536) yield { name: `port:${port}`, reason: `uses port ${port}` };
}

function* portLocks(program: string, words: readonly string[]): Generator<StepLock> {
  const isServer = SERVERS.has(program);
  for (const [index, word] of words.entries()) {
    const next = words[index + 1];
    if (!CLIENTS.has(program)) {
      if (word === "--port" || (word === "-p" && isServer)) yield* portLock(next);
      else if (word.startsWith("--port=")) yield* portLock(word.slice("--port=".length));
    }
    if (/^(?:docker|podman)$/.test(program) && (word === "-p" || word === "--publish")) yield* portLock(hostPort(next));
    if (word === "http.server") yield* portLock(next);
    for (const [, port] of withoutDatabases(word).matchAll(/(?:\blocalhost|\b127\.0\.0\.1):(\d{1,5})(?!\d)/g))
      yield* portLock(port);
  }
}

/** Of `8080:80` and `127.0.0.1:8080:80` the port of this machine. */
function hostPort(text: string | undefined): string | undefined {
  const parts = (text ?? "").replace(/\/(?:tcp|udp)$/, "").split(":");
  return parts.length > 1 ? parts.at(-2) : undefined;
}

function* buildLocks(program: string, words: readonly string[], folder: string | null): Generator<StepLock> {
  if (program === "go" && words[0] === "build") {
    const output = enter(folder, optionOf(words, ["-o"]) ?? undefined);
    if (output !== null) yield { name: `build:go ${place(output)}`, reason: `builds ${place(output)} with go` };
    return;
  }
  if (
    /^(?:docker|podman)$/.test(program) &&
    (words[0] === "build" || (words[0] === "buildx" && words[1] === "build"))
  ) {
    const tag = optionOf(words, ["-t", "--tag"]);
    if (tag !== null && !tag.includes("$")) {
      yield { name: `build:${program} ${tag}`, reason: `builds the image ${tag} with ${program}` };
    }
    return;
  }
  const tool = BUILD_TOOLS.find(({ programs }) => programs.includes(program));
  if (!tool || words.some((word) => TELLS.test(word))) return;
  const elsewhere = optionOf(words, tool.folderOptions);
  const plain = words.filter((word) => !word.startsWith("-") && word !== elsewhere);
  const isBuild =
    tool.builds.length === 0 ||
    tool.builds.some((start) =>
      start.length === 0
        ? plain.length === 0
        : start.every((word, at) => (word.startsWith("-") ? words.includes(word) : plain[at] === word)),
    );
  const where = elsewhere === null ? folder : enter(folder, elsewhere);
  const name = tool.programs[0] ?? program;
  if (isBuild && where !== null)
    yield { name: `build:${name} ${place(where)}`, reason: `builds with ${name} in ${place(where)}` };
}

/** `web` is shown as `./web`, the workspace folder as `.`. */
function place(path: string): string {
  if (path === "") return ".";
  return path.startsWith("/") ? path : `./${path}`;
}

/** The value of the first of these options, written `-o VALUE`, `-o=VALUE` or `--option=VALUE`; null without one. */
function optionOf(words: readonly string[], options: readonly string[]): string | null {
  for (const [index, word] of words.entries()) {
    if (options.includes(word)) return words[index + 1] ?? null;
    const option = options.find((name) => word.startsWith(`${name}=`));
    if (option !== undefined) return word.slice(option.length + 1);
  }
  return null;
}
