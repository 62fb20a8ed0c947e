import type { SpecInput } from "../../schemas/spec.ts";
import type { SourceText } from "./source-text.ts";
import type { YamlEntry, YamlValue } from "./yaml-value.ts";

/** As `{{name}}` has it, and after `--input`. */
const NAME = /^[A-Za-z][\w-]{0,63}$/;
/** Nobody answers more questions. */
const MOST_INPUTS = 100;
const FORM = "a list of names such as `[branch, version]`, or a map such as `branch: main`";

/** Something that is wrong with a value of the front matter; an unknown key is only a warning. */
export type TellProblem = (message: string, from: number, to: number, code?: "unknown-key") => void;

/**
 * Reads `inputs` of front matter (catalogue A0): names, or names with their defaults, or names with `{description, default, options}`. What is
 * wrong is told; the other inputs are kept. `offset` is where the YAML begins in the file.
 */
export function readInputs(value: YamlValue, source: SourceText, offset: number, tell: TellProblem): SpecInput[] {
  const reader = new InputReader(source, offset, tell);
  if (value.kind === "text" && value.text !== "" && !value.quoted) {
    for (const name of value.text.split(",")) reader.add(name.trim(), value.from, value.to, null);
  } else if (value.kind === "list") {
    for (const item of value.items) {
      const [only, more] = item.kind === "map" ? item.entries : [];
      if (item.kind === "text") reader.add(item.text, item.from, item.to, null);
      else if (only && !more) reader.add(only.key, only.from, only.from + only.key.length, only.value);
      else tell("`inputs` has an entry that is no name: write a name such as `branch`", item.from, item.to);
    }
  } else if (value.kind === "map") {
    for (const { key, from, value: own } of value.entries) reader.add(key, from, from + key.length, own);
  } else if (value.kind !== "null") tell(`\`inputs\` must be ${FORM}`, value.from, value.to);
  return reader.inputs;
}

/** The environment variable in which commands find the value of an input. */
export function variableOf(name: string): string {
  return `INPUT_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}

class InputReader {
  readonly inputs: SpecInput[] = [];
  #isFull = false;
  readonly #variables = new Map<string, string>();
  readonly #source: SourceText;
  readonly #offset: number;
  readonly #tell: TellProblem;

  constructor(source: SourceText, offset: number, tell: TellProblem) {
    this.#source = source;
    this.#offset = offset;
    this.#tell = tell;
  }

  add(name: string, from: number, to: number, value: YamlValue | null): void {
    if (this.inputs.length >= MOST_INPUTS) {
      if (!this.#isFull) this.#tell(`a spec may have ${MOST_INPUTS} inputs; from here on they are left out`, from, to);
      this.#isFull = true;
      return;
    }
    if (!NAME.test(name)) {
      this.#tell(
        `\`inputs\` has "${name}": a name has letters, digits, \`_\` and \`-\`, and begins with a letter`,
        from,
        to,
      );
      return;
    }
    const variable = variableOf(name);
    const other = this.#variables.get(variable);
    if (other !== undefined) {
      const why =
        other === name
          ? "stands there twice"
          : `is the same as \`${other}\` for commands, which see both as ${variable}`;
      this.#tell(`the input \`${name}\` ${why}: give one of them another name`, from, to);
      return;
    }
    this.#variables.set(variable, name);
    const range = this.#source.range(this.#offset + from, this.#offset + to);
    this.inputs.push({ name, ...this.#details(name, value), range });
  }

  #details(name: string, value: YamlValue | null): Pick<SpecInput, "description" | "default" | "options"> {
    if (value?.kind !== "map") {
      return { description: null, default: value === null ? null : this.#text(name, value), options: [] };
    }
    const found: Pick<SpecInput, "description" | "default" | "options"> = {
      description: null,
      default: null,
      options: [],
    };
    let place: YamlValue = value;
    for (const entry of value.entries) {
      const called = `${name}.${entry.key}`;
      if (entry.key === "description") found.description = this.#text(called, entry.value);
      else if (entry.key === "default") {
        found.default = this.#text(called, entry.value);
        place = entry.value;
      } else if (entry.key === "options") found.options = this.#options(called, entry);
      else {
        this.#tell(
          `an input has no \`${entry.key}\`, so it is ignored: known are description, default, options`,
          entry.from,
          entry.from + entry.key.length,
          "unknown-key",
        );
      }
    }
    if (found.default !== null && found.options.length > 0 && !found.options.includes(found.default)) {
      this.#tell(
        `the default of \`${name}\` is none of its options, which are ${found.options.join(", ")}`,
        place.from,
        place.to,
      );
      found.default = null;
    }
    return found;
  }

  #options(called: string, { value }: YamlEntry): string[] {
    if (value.kind !== "list" || value.items.length === 0) {
      this.#tell(
        `\`inputs.${called}\` must be a list of values such as \`[staging, production]\``,
        value.from,
        value.to,
      );
      return [];
    }
    return [...new Set(value.items.flatMap((item) => this.#text(called, item) ?? []))];
  }

  #text(called: string, value: YamlValue): string | null {
    if (value.kind === "text") return value.text;
    if (value.kind !== "null") this.#tell(`\`inputs.${called}\` must be a text`, value.from, value.to);
    return null;
  }
}
