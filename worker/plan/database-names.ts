import { enter } from "./shell-words.ts";

/** Schemes of databases behind a network, with the name under which each counts and its usual port. */
const SERVERS: ReadonlyMap<string, { readonly name: string; readonly port: string }> = new Map([
  ["postgres", { name: "postgres", port: "5432" }],
  ["postgresql", { name: "postgres", port: "5432" }],
  ["mysql", { name: "mysql", port: "3306" }],
  ["mariadb", { name: "mysql", port: "3306" }],
  ["redis", { name: "redis", port: "6379" }],
  ["rediss", { name: "redis", port: "6379" }],
  ["mongodb", { name: "mongodb", port: "27017" }],
  ["mongodb+srv", { name: "mongodb", port: "" }],
  ["mssql", { name: "mssql", port: "1433" }],
]);

const ADDRESS = /\b(?:postgres(?:ql)?|mysql|mariadb|rediss?|mongodb(?:\+srv)?|mssql):\/\/[^\s"'`<>|;]+/gi;
const FILE_ADDRESS = /\b(?:sqlite3?:(?:\/\/)?|file:)([^\s"'`<>|;?#:]+\.(?:db|sqlite3?))\b/gi;

/**
 * Databases that a text names by address, as `postgres localhost/app` or `sqlite ./app.db`: never with a user or password. An
 * address that is not plain, so that a password could be taken for something else, is left out.
 */
export function databasesIn(text: string, folder: string | null): string[] {
  if (!text.includes(":")) return [];
  const servers = [...text.matchAll(ADDRESS)].flatMap(([address]) => serverName(address) ?? []);
  const files = [...text.matchAll(FILE_ADDRESS)].flatMap(([, path = ""]) => fileName(path, folder) ?? []);
  return [...servers, ...files];
}

/** The text without addresses of databases: their ports are not those of servers that a step starts. */
export function withoutDatabases(text: string): string {
  return text.includes("://") ? text.replace(ADDRESS, "") : text;
}

function serverName(address: string): string | null {
  const parts = /^([a-z+]+):\/\/(?:[^@/?#]*@)?([\w.-]+)(?::(\d{1,5}))?(?:\/([\w.%+-]*))?(?:\?[^@]*)?$/i.exec(address);
  const [, scheme = "", host = "", port = "", database = ""] = parts ?? [];
  const server = SERVERS.get(scheme.toLowerCase());
  return server ? placeName(server, host, port, database) : null;
}

function placeName(server: { name: string; port: string }, host: string, port: string, database: string): string {
  const machine = host === "127.0.0.1" ? "localhost" : host.toLowerCase();
  return `${server.name} ${machine}${port === "" || port === server.port ? "" : `:${port}`}${database === "" ? "" : `/${database}`}`;
}

function fileName(path: string, folder: string | null): string | null {
  // Of `sqlite:///app.db` the third slash only separates.
  const file = enter(folder, path);
  return file === null ? null : `sqlite ${file.startsWith("/") ? file : `./${file}`}`;
}

/** Programs that work on a database which their words name. */
const PROGRAMS: readonly {
  readonly program: string;
  readonly server: string;
  readonly databaseOptions: readonly string[];
}[] = [
  { program: "psql", server: "postgres", databaseOptions: ["-d", "--dbname"] },
  { program: "mysql", server: "mysql", databaseOptions: ["-D", "--database"] },
  { program: "mariadb", server: "mysql", databaseOptions: ["-D", "--database"] },
];

/** The database of a call of `sqlite3`, `psql` or `mysql`; null when it names none. */
export function databaseOfProgram(program: string, words: readonly string[], folder: string | null): string | null {
  if (program === "sqlite3") {
    const path = words.find((word) => !word.startsWith("-"));
    return path === undefined || path === "" || path.startsWith(":") ? null : fileName(path, folder);
  }
  const known = PROGRAMS.find((candidate) => candidate.program === program);
  const server = known && SERVERS.get(known.server);
  if (!server) return null;
  const option = (names: readonly string[]): string => {
    const at = words.findIndex((word) => names.includes(word) || names.some((name) => word.startsWith(`${name}=`)));
    const word = words[at] ?? "";
    return names.includes(word) ? (words[at + 1] ?? "") : word.replace(/^[^=]*=/, "");
  };
  const database = option(known.databaseOptions);
  const host = option(["-h", "--host"]) || "localhost";
  const port = option(program === "psql" ? ["-p", "--port"] : ["-P", "--port"]);
  const isPlain = /^[\w.-]{1,63}$/.test(database) && /^[\w.-]+$/.test(host) && /^\d{0,5}$/.test(port);
  return isPlain ? placeName(server, host, port, database) : null;
}
