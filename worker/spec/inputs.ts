import type { Diagnostic, DiagnosticCode, SourceRange } from "../../schemas/diagnostic.ts";
import type { SpecDocument, SpecInput, SpecTask, TaskAttributes } from "../../schemas/spec.ts";
import { readPath } from "./attribute-values.ts";
import { variableOf } from "./input-declarations.ts";
import { nearestName } from "./nearest-name.ts";
import type { SourceText } from "./source-text.ts";

/** `{{name}}`, with blanks inside if one likes; a backslash before it makes it text. */
const REFERENCE = /(\\?)\{\{[ \t]{0,20}([A-Za-z][\w-]{0,63})[ \t]{0,20}\}\}/g;

type Values = ReadonlyMap<string, string>;

/**
 * Puts the values of a spec's inputs where its text names them (catalogue A0): titles, instructions, context, the words of commands that
 * run without a shell, paths. Shell text never gets a value pasted; its steps find the values in their environment. Ids and fingerprints
 * stay, so that the boxes of a spec are found whatever its values are. A spec without inputs is left as it is: braces are text there.
 *
 * `given`: by name. Null: nobody asked for values yet, so braces stay and none is missed.
 */
export function fillInputs(
  document: SpecDocument,
  source: SourceText,
  bodyStart: number,
  given: Readonly<Record<string, string>> | null,
): SpecDocument {
  const { inputs } = document.settings;
  const diagnostics: Diagnostic[] = [];
  if (given) diagnostics.push(...unknownInputs(inputs, given));
  if (inputs.length === 0) {
    return diagnostics.length === 0
      ? document
      : { ...document, diagnostics: [...document.diagnostics, ...diagnostics] };
  }
  diagnostics.push(
    ...unknownReferences(inputs, source, bodyStart),
    ...document.tasks.flatMap((task) => pasted(task, inputs)),
  );
  if (!given) return { ...document, diagnostics: [...document.diagnostics, ...diagnostics] };
  const { values, problems } = valuesOf(inputs, given);
  const filler = new Filler(values);
  const filled = filler.document(document);
  return { ...filled, diagnostics: [...document.diagnostics, ...diagnostics, ...problems, ...filler.diagnostics] };
}

/** A text with values instead of `{{name}}`. What a value holds is not looked at again; names without a value stay. */
export function fillText(text: string, valueOf: (name: string) => string | undefined): string {
  if (!text.includes("{{")) return text;
  return text.replace(REFERENCE, (whole, escape: string, name: string) =>
    escape === "" ? (valueOf(name) ?? whole) : whole.slice(1),
  );
}

/** Given, else by default. */
function valuesOf(
  inputs: readonly SpecInput[],
  given: Readonly<Record<string, string>>,
): { values: Values; problems: Diagnostic[] } {
  const values = new Map<string, string>();
  const problems: Diagnostic[] = [];
  for (const input of inputs) {
    const { name, options, range } = input;
    const value = Object.hasOwn(given, name) ? (given[name] ?? null) : input.default;
    if (value === null) problems.push(error("missing-input", missingText(input), range));
    else if (options.length > 0 && !options.includes(value)) {
      problems.push(
        error(
          "bad-value",
          `the input \`${name}\` must be one of ${options.join(", ")}, and "${cut(value)}" is none`,
          range,
        ),
      );
    } else if (value.includes("\0")) {
      problems.push(error("bad-value", `the value of the input \`${name}\` holds a NUL character: give a text`, range));
    } else values.set(name, value);
  }
  return { values, problems };
}

function missingText({ name, description, options }: SpecInput): string {
  const about = description === null ? "" : ` (${description})`;
  const choice = options.length === 0 ? "" : `, one of ${options.join(", ")}`;
  return `the input \`${name}\`${about} has no value: give it with --input ${name}=VALUE${choice}, or a \`default\` in the front matter`;
}

function unknownInputs(inputs: readonly SpecInput[], given: Readonly<Record<string, string>>): Diagnostic[] {
  const names = inputs.map(({ name }) => name);
  const known = names.length === 0 ? "it declares none in its front matter" : `it has ${names.join(", ")}`;
  return Object.keys(given)
    .filter((name) => !names.includes(name))
    .map((name) => {
      const suggestion = nearestName(name, names);
      const advice = suggestion === null ? known : `did you mean \`${suggestion}\`?`;
      return error("unknown-input", `the spec has no input \`${cut(name)}\`: ${advice}`, null);
    });
}

/** Most that are told of one name, which may be a habit of the text, and of all. */
const TOLD_OF_ONE = 3;
const TOLD_OF_ALL = 50;

function unknownReferences(inputs: readonly SpecInput[], source: SourceText, bodyStart: number): Diagnostic[] {
  const names = new Set(inputs.map(({ name }) => name));
  const told = new Map<string, number>();
  const found: Diagnostic[] = [];
  const pattern = new RegExp(REFERENCE);
  pattern.lastIndex = bodyStart;
  for (let match = pattern.exec(source.text); match; match = pattern.exec(source.text)) {
    const [whole, escape, name = ""] = match;
    if (found.length === TOLD_OF_ALL) break;
    const count = told.get(name) ?? 0;
    if (escape !== "" || names.has(name) || count === TOLD_OF_ONE) continue;
    told.set(name, count + 1);
    const suggestion = nearestName(name, names);
    const advice = suggestion === null ? "add it to `inputs`." : `did you mean \`{{${suggestion}}}\`?`;
    found.push({
      code: "unknown-input",
      severity: "warning",
      message: `the spec has no input \`${name}\`, so this stays as it is: ${advice} Write \`\\{{${name}}}\` for the text itself`,
      range: source.range(match.index, match.index + whole.length),
      steps: [],
    });
  }
  return found;
}

/** Values in shell text would be read as commands. */
function pasted({ id, attributes, range }: SpecTask, inputs: readonly SpecInput[]): Diagnostic[] {
  const { command, check } = attributes;
  const texts = [
    { what: "the shell command", text: command?.kind === "shell" ? command.script : "" },
    { what: "the shell command", text: command?.kind === "argv" ? scriptOf(command.argv) : "" },
    { what: "the check", text: check ?? "" },
  ];
  return texts.flatMap(({ what, text }) => {
    if (!text.includes("{{")) return [];
    const used = new Set([...text.matchAll(REFERENCE)].map(([, , name]) => name));
    return inputs
      .filter(({ name }) => used.has(name))
      .map(({ name }) => ({
        ...error(
          "bad-value",
          `${what} of this task holds \`{{${name}}}\`, and values are never pasted into shell text: write \`"$${variableOf(name)}"\` instead`,
          range,
        ),
        steps: [id],
      }));
  });
}

/** What a shell that is started without one around it is told to run, as in `[bash, -c, "…"]`. */
function scriptOf(argv: readonly string[]): string {
  const shell = argv.findIndex((word) => /^(?:.*[\\/])?(?:sh|ash|bash|dash|fish|ksh|zsh)(?:\.exe)?$/.test(word));
  if (shell < 0) return "";
  const option = argv.findIndex((word, index) => index > shell && /^-[a-z]*c$/.test(word));
  return option < 0 ? "" : (argv[option + 1] ?? "");
}

/** Long values that are named often would make more text than anybody can read, or memory can hold. */
const MOST_FILLED = 10_000_000;
const TOO_LONG = `the values of the inputs make the spec longer by more than ${MOST_FILLED.toLocaleString("en-US")} characters: put long texts into a file of the workspace and name that`;

class Filler {
  readonly diagnostics: Diagnostic[] = [];
  #room = MOST_FILLED;
  readonly #values: Values;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #environmentLength: number;

  constructor(values: Values) {
    this.#values = values;
    this.#environmentLength = [...values.values()].reduce((sum, value) => sum + value.length, 0);
    this.#environment = Object.fromEntries([...values].map(([name, value]) => [variableOf(name), value]));
  }

  document(document: SpecDocument): SpecDocument {
    const { context } = document.settings;
    const fill = (text: string): string => this.#fill(text);
    const fillLine = (text: string): string => this.#fillLine(text);
    return {
      ...document,
      title: fillLine(document.title),
      preamble: fill(document.preamble),
      settings: {
        ...document.settings,
        context: {
          text: context.text === null ? null : fill(context.text),
          environment: context.environment === null ? null : fill(context.environment),
          files: context.files.map((path) => this.#path("context", path, null, [])),
        },
      },
      tasks: document.tasks.map((task) => ({
        ...task,
        title: fillLine(task.title),
        instructions: fill(task.instructions),
        section: task.section.map(fillLine),
        attributes: this.#attributes(task),
      })),
      checkpoints: document.checkpoints.map((checkpoint) => ({ ...checkpoint, title: fillLine(checkpoint.title) })),
    };
  }

  #attributes({ id, attributes, range }: SpecTask): TaskAttributes {
    const { command, check, files, outputs, extract, cwd, env } = attributes;
    const ownEnv = Object.entries(env).map(([name, value]) => [name, this.#fill(value)] as const);
    const runs = (command !== null || check !== null) && this.#take(this.#environmentLength);
    return {
      ...attributes,
      command:
        command?.kind === "argv" ? { kind: "argv", argv: command.argv.map((word) => this.#fill(word)) } : command,
      files: files.map((path) => this.#path("files", path, range, [id])),
      outputs: outputs.map((path) => this.#path("output", path, range, [id])),
      extract: extract.map((one) =>
        one.path === null ? one : { ...one, path: this.#path("extract", one.path, range, [id]) },
      ),
      cwd: cwd === null ? null : this.#path("cwd", cwd, range, [id]),
      env: runs ? { ...this.#environment, ...Object.fromEntries(ownEnv) } : Object.fromEntries(ownEnv),
    };
  }

  #fill(text: string): string {
    return fillText(text, (name) => {
      const value = this.#values.get(name);
      return value !== undefined && this.#take(value.length) ? value : undefined;
    });
  }

  /** Whether there is room for so many more characters; where there is none it is told, once. */
  #take(length: number): boolean {
    if (this.#room < 0) return false;
    this.#room -= length;
    if (this.#room < 0) this.diagnostics.push(error("too-large", TOO_LONG, null));
    return this.#room >= 0;
  }

  /** Titles stand in one line. */
  #fillLine(text: string): string {
    const filled = this.#fill(text);
    return filled === text ? text : filled.replace(/\s+/g, " ").trim();
  }

  /** A value must not lead out of the workspace where the spec could not. */
  #path(key: string, path: string, range: SourceRange | null, steps: string[]): string {
    const filled = this.#fill(path);
    if (filled === path) return path;
    const read = readPath(filled);
    if (read.ok) return read.value;
    this.diagnostics.push({
      ...error(
        "bad-value",
        `\`${key}\` is "${cut(filled)}" with the values of the inputs: it must be ${read.expected}`,
        range,
      ),
      steps,
    });
    return path;
  }
}

function cut(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}

function error(code: DiagnosticCode, message: string, range: SourceRange | null): Diagnostic {
  return { code, severity: "error", message, range, steps: [] };
}
