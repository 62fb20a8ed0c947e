import { InvalidArgumentError, type Command } from "commander";
import { DIALECT_NAMES } from "../../schemas/dialect-names.ts";
import { throwFailure } from "../../schemas/failure.ts";
import { Dialect, PLAIN_READING, type SpecReading } from "../../schemas/spec.ts";

/** What `--dialect`, `--optional` and `--input` collected. */
export interface ReadingOptions {
  readonly dialect?: Dialect;
  readonly optional: boolean;
  readonly input: Readonly<Record<string, string>>;
}

const HOW_TO_READ = `how to read the spec, whatever it looks like: ${Dialect.options.join(", ")}`;

/** The options that say how a spec is read. */
export function withReading(command: Command): Command {
  return withDialect(command)
    .option("--optional", "also run what the spec marks as optional", false)
    .option("-i, --input <name=value>", "a value for an input that the spec declares (repeatable)", collectInput, {});
}

export function withDialect(command: Command, description = HOW_TO_READ): Command {
  return command.option("--dialect <name>", description, dialectNamed);
}

export function readingOf({ dialect, optional, input }: ReadingOptions): SpecReading {
  return { ...PLAIN_READING, dialect: dialect ?? null, optional, inputs: { ...input } };
}

/** Throws `bad_request` for options that say how a spec is read, where a plan is named that has read its spec. */
export function refuseReading({ dialect, optional, input }: ReadingOptions, planId: string): void {
  const [name] = Object.keys(input);
  const given =
    dialect !== undefined ? "--dialect" : optional ? "--optional" : name === undefined ? null : `--input ${name}`;
  if (given === null) return;
  throwFailure(
    "bad_request",
    `${given} says how a spec is read, and ${planId} is no file of this folder but the name of a plan that is made already: name the spec instead`,
  );
}

/** `spec-kit`, `Spec Kit` and `speckit` are the same. */
export function dialectNamed(typed: string): Dialect {
  const wanted = bare(typed);
  const found = Dialect.options.find((name) => bare(name) === wanted || bare(DIALECT_NAMES[name]) === wanted);
  if (found === undefined) throw new InvalidArgumentError(`Known are ${Dialect.options.join(", ")}.`);
  return found;
}

function bare(text: string): string {
  return text.toLowerCase().replace(/[^a-z]/g, "");
}

/** As the operations have it. */
const MOST_CHARACTERS = 100_000;

function collectInput(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf("=");
  const name = text.slice(0, Math.max(at, 0)).trim();
  if (name === "" || name === "__proto__") throw new InvalidArgumentError("Write NAME=VALUE.");
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`"${name}" is given twice.`);
  const value = text.slice(at + 1);
  if (value.length > MOST_CHARACTERS) throw new InvalidArgumentError("A value has 100,000 characters at most.");
  return { ...before, [name]: value };
}
