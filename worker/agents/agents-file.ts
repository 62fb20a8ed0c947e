import { AgentAdapter, AgentCapability, AgentDefinition, AgentRetry, AgentsFile } from "../../schemas/agent.ts";
import { failure, type Failure } from "../../schemas/failure.ts";
import { BUILT_IN_AGENTS } from "./built-in.ts";
import { readPlacedJson, type TextPlace } from "./json-places.ts";

const MAX_CHARACTERS = 1_000_000;

export interface LoadedAgents {
  /** Empty when there is any problem: nothing of a bad file is used. */
  readonly agents: readonly AgentDefinition[];
  /** Code `bad_agents_file`, each with its place. */
  readonly problems: readonly Failure[];
}

/** Reads the text of `.planwright/agents.json` (catalogue D1). `path` is how the file is called in messages. */
export function loadAgentsFile(text: string, path: string): LoadedAgents {
  const problem = (message: string, place: TextPlace, field: string | null): Failure => {
    const where = `${path}:${place.line}:${place.column}`;
    return failure("bad_agents_file", `${where}: ${field === null ? "" : `${field}: `}${message}`, {
      place: { file: path, line: place.line, column: place.column, field },
    });
  };
  const start = { line: 1, column: 1 };
  if (text.length > MAX_CHARACTERS) {
    return { agents: [], problems: [problem(`larger than ${MAX_CHARACTERS} characters`, start, null)] };
  }
  const json = readPlacedJson(text);
  if (!json.ok) return { agents: [], problems: [problem(json.message, json.place, null)] };
  const parsed = AgentsFile.safeParse(json.value);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) =>
      explain(issue, json.has(issue.path)).map(({ path: at, message }) =>
        problem(message, json.placeOf(at), fieldName(at)),
      ),
    );
    return { agents: [], problems };
  }
  const { agents } = parsed.data;
  const problems = agents.flatMap(({ id }, index) => {
    const message = idProblem(id, agents.slice(0, index));
    return message === null ? [] : [problem(message, json.placeOf(["agents", index, "id"]), `agents[${index}].id`)];
  });
  return { agents: problems.length === 0 ? agents : [], problems };
}

function idProblem(id: string, before: readonly AgentDefinition[]): string | null {
  if (BUILT_IN_AGENTS.some((agent) => agent.id === id)) return `"${id}" is a built-in agent: choose another id`;
  if (before.some((agent) => agent.id === id)) return `"${id}" is used twice: every agent needs an id of its own`;
  return null;
}

type Issue = NonNullable<ReturnType<typeof AgentsFile.safeParse>["error"]>["issues"][number];

interface Explanation {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** What is wrong and what is accepted. */
function explain(issue: Issue, isThere: boolean): Explanation[] {
  const { path } = issue;
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: `unknown key; accepted here: ${acceptedKeys(path).join(", ")}`,
      }));
    case "invalid_type": {
      const expected = issue.expected === "int" ? "a whole number" : `${article(issue.expected)} ${issue.expected}`;
      return [
        {
          path,
          message: isThere ? `${expected} is needed` : `missing: ${expected} is needed`,
        },
      ];
    }
    case "invalid_value":
      return [{ path, message: `accepted: ${issue.values.map((value) => JSON.stringify(value)).join(", ")}` }];
    case "invalid_union":
      return [{ path, message: unionText(path) }];
    case "invalid_format":
      return [{ path, message: `accepted: ${issue.message}` }];
    default:
      return [{ path, message: issue.message }];
  }
}

function unionText(path: readonly PropertyKey[]): string {
  switch (path.at(-1)) {
    case "kind":
    case "adapter":
      return `accepted kinds: ${AgentAdapter.options.map(({ shape }) => `"${shape.kind.value}"`).join(", ")}`;
    case "timeout":
      return 'a whole number of milliseconds or "none" is needed';
    default:
      return "the value is none of the accepted forms";
  }
}

/** Keys that the object at a path may have. */
function acceptedKeys(path: readonly PropertyKey[]): string[] {
  if (path.length === 0) return Object.keys(AgentsFile.shape);
  if (path.includes("adapter")) {
    return [...new Set(AgentAdapter.options.flatMap(({ shape }) => Object.keys(shape)))];
  }
  if (path.includes("retry")) return Object.keys(AgentRetry.shape);
  return Object.keys(path.includes("capabilities") ? AgentCapability.shape : AgentDefinition.shape);
}

function fieldName(path: readonly PropertyKey[]): string | null {
  const name = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return name === "" ? null : name.replace(/^\./, "");
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? "an" : "a";
}
