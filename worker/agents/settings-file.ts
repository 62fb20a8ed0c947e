import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { failure, type Failure, type FailureCode } from "../../schemas/failure.ts";
import { readPlacedJson, type TextPlace } from "./json-places.ts";

const MAX_CHARACTERS = 1_000_000;

/** How a settings file is read: `.planwright/agents.json`, `budget.json`, `hooks.json`, `settings.json`. */
export interface SettingsFormat<T> {
  /** How the file is called in messages. */
  readonly path: string;
  readonly code: FailureCode;
  /** A function where the form depends on the value, so that messages are about the form that was meant. */
  readonly schema: z.ZodType<T> | ((value: unknown) => z.ZodType<T>);
  /** What the schema cannot say. The path leads to the value that is wrong. */
  readonly check?: (value: T) => Explanation[];
}

export interface Explanation {
  readonly path: readonly PropertyKey[];
  /** What is wrong and what is accepted. */
  readonly message: string;
}

export interface Settings<T> {
  /** Null when there is any problem: nothing of a bad file is used. */
  readonly value: T | null;
  /** Of the format's code, each with its place. */
  readonly problems: readonly Failure[];
}

/** Reads the text of a settings file. Every problem is told with its line, its field and what is accepted there. */
export function readSettings<T>(text: string, format: SettingsFormat<T>): Settings<T> {
  const { path: file, code } = format;
  const problem = (message: string, place: TextPlace, field: string | null): Failure => {
    const where = `${file}:${place.line}:${place.column}`;
    return failure(code, `${where}: ${field === null ? "" : `${field}: `}${message}`, {
      place: { file, line: place.line, column: place.column, field },
    });
  };
  const start = { line: 1, column: 1 };
  if (text.length > MAX_CHARACTERS)
    return { value: null, problems: [problem(`larger than ${MAX_CHARACTERS} characters`, start, null)] };
  const json = readPlacedJson(text);
  if (!json.ok) return { value: null, problems: [problem(json.message, json.place, null)] };
  const schema = typeof format.schema === "function" ? format.schema(json.value) : format.schema;
  const parsed = schema.safeParse(json.value);
  const explained = parsed.success
    ? (format.check?.(parsed.data) ?? [])
    : parsed.error.issues.flatMap((issue) => explain(issue, json.has(issue.path), schema));
  const problems = explained.map(({ path, message }) => problem(message, json.placeOf(path), fieldName(path)));
  return { value: parsed.success && problems.length === 0 ? parsed.data : null, problems };
}

/** The same for a file of the disk. Null: there is none. Does not reject: what cannot be read is a problem. */
export async function readSettingsFile<T>(file: string, format: SettingsFormat<T>): Promise<Settings<T> | null> {
  let text: string;
  try {
    // A pipe or a device would be read for ever.
    if (!(await stat(file)).isFile()) return unreadable(format, "it is no file");
    text = await readFile(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    return unreadable(format, error instanceof Error ? error.message : String(error));
  }
  return readSettings(text, format);
}

function unreadable<T>({ path, code }: SettingsFormat<T>, why: string): Settings<T> {
  const message = `${path} cannot be read (${why}): make it readable, or remove it`;
  return {
    value: null,
    problems: [failure(code, message, { place: { file: path, line: null, column: null, field: null } })],
  };
}

type Issue = z.core.$ZodIssue;

/** Words for what a schema calls otherwise than JSON does. */
const EXPECTED: Readonly<Record<string, string>> = { int: "a whole number", record: "an object" };

function explain(issue: Issue, isThere: boolean, schema: z.ZodType): Explanation[] {
  const { path } = issue;
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: `unknown key; accepted here: ${acceptedKeys(schema, path).join(", ")}`,
      }));
    case "invalid_type": {
      const expected = EXPECTED[issue.expected] ?? `${article(issue.expected)} ${issue.expected}`;
      return [{ path, message: isThere ? `${expected} is needed` : `missing: ${expected} is needed` }];
    }
    case "invalid_value":
      return [{ path, message: `accepted: ${listed(issue.values)}` }];
    case "invalid_key":
      // The name of a key, such as a currency.
      return [{ path, message: issue.issues[0]?.message ?? issue.message }];
    case "invalid_union":
      return [{ path, message: unionText(issue, path, schema) }];
    case "invalid_format":
      return [{ path, message: `accepted: ${issue.message}` }];
    case "too_small":
      return [{ path, message: tooSmall(issue) }];
    case "too_big":
      return [{ path, message: `at most ${bound(issue.maximum)} is accepted` }];
    default:
      return [{ path, message: issue.message }];
  }
}

function tooSmall({ origin, minimum, inclusive }: z.core.$ZodIssueTooSmall): string {
  if (origin === "array") return `at least ${bound(minimum)} ${minimum === 1 ? "entry is" : "entries are"} needed`;
  if (origin === "string") return "the text must not be empty";
  return inclusive === false ? `more than ${bound(minimum)} is needed` : `not below ${bound(minimum)} is needed`;
}

function bound(value: number | bigint): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 6 });
}

function listed(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(", ");
}

/** What each form of a value needs, or what the schema itself says. */
function unionText(issue: z.core.$ZodIssueInvalidUnion, path: readonly PropertyKey[], schema: z.ZodType): string {
  const kinds = issue.discriminator === undefined ? [] : constantsAt(schema, path);
  if (kinds.length > 0) return `accepted: ${listed(kinds)}`;
  if (issue.message !== "Invalid input") return issue.message;
  const forms = issue.errors.map((issues) =>
    issues.every((one) => one.path.length === 0)
      ? issues.flatMap((one) => explain(one, true, schema).map(({ message }) => message)).join(" and ")
      : null,
  );
  const said = [...new Set(forms.filter((form) => form !== null && form !== ""))];
  return said.length === 0 ? "the value is none of the accepted forms" : said.join(", or ");
}

type Shape = z.core.JSONSchema.BaseSchema;

/** Keys that the object at a path may have. */
function acceptedKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  return [...new Set(shapesAt(schema, path).flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

function constantsAt(schema: z.ZodType, path: readonly PropertyKey[]): unknown[] {
  return shapesAt(schema, path).flatMap(({ const: constant }) => (constant === undefined ? [] : [constant]));
}

/** All forms that a value at a path may have. */
function shapesAt(schema: z.ZodType, path: readonly PropertyKey[]): Shape[] {
  let shapes = formsOf(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
  for (const part of path)
    shapes = shapes.flatMap(({ properties, additionalProperties, items }) => {
      if (typeof part === "number") return items === undefined || Array.isArray(items) ? [] : formsOf(items);
      const property = properties && Object.hasOwn(properties, part) ? properties[String(part)] : additionalProperties;
      return property === undefined ? [] : formsOf(property);
    });
  return shapes;
}

function formsOf(shape: z.core.JSONSchema._JSONSchema): Shape[] {
  if (typeof shape === "boolean") return [];
  const forms = [...(shape.anyOf ?? []), ...(shape.oneOf ?? [])];
  return forms.length === 0 ? [shape] : forms.flatMap(formsOf);
}

function fieldName(path: readonly PropertyKey[]): string | null {
  const name = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return name === "" ? null : name.replace(/^\./, "");
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? "an" : "a";
}
