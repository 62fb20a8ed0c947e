import type { Diagnostic } from "../../schemas/diagnostic.ts";
import { parseDuration } from "../../schemas/duration.ts";
import { parseAmount } from "../../schemas/money.ts";
import {
  BudgetMode,
  FailurePolicy,
  Isolation,
  MergeMode,
  type SpecBudget,
  type SpecSettings,
} from "../../schemas/spec.ts";
import { flagOf, isLockName } from "./attempt-values.ts";
import { readPath } from "./attribute-values.ts";
import { readInputs } from "./input-declarations.ts";
import { nearestName } from "./nearest-name.ts";
import type { SourceText } from "./source-text.ts";
import { readYaml, type YamlEntry, type YamlValue } from "./yaml-value.ts";

/** Of an amount that names none. */
const DEFAULT_CURRENCY = "USD";
/** Of a budget that says no more (semantics, Budget). */
const DEFAULT_MODE = "approve";

export interface FrontMatter {
  readonly title: string | null;
  readonly settings: SpecSettings;
  /** Whether it has a key that only Planwright's has. */
  readonly hasOwnKeys: boolean;
  /** Where the rest of the file begins. */
  readonly bodyStart: number;
  readonly diagnostics: Diagnostic[];
}

/** Reads the YAML block at the beginning of a file. What is wrong becomes a diagnostic with its line; the rest is kept. */
export function readFrontMatter(source: SourceText): FrontMatter {
  const block = findBlock(source);
  const reader = new SettingsReader(source, block.from);
  if (block.kind === "open") {
    reader.error("the front matter that begins here is not closed: end it with a line `---`", 0, 0);
    return {
      title: null,
      settings: reader.settings,
      hasOwnKeys: false,
      bodyStart: source.start,
      diagnostics: reader.diagnostics,
    };
  }
  if (block.kind === "none") {
    return { title: null, settings: reader.settings, hasOwnKeys: false, bodyStart: source.start, diagnostics: [] };
  }
  const { value, problems } = readYaml(source.text.slice(block.from, block.to));
  for (const problem of problems) {
    const advice = NEEDS_QUOTES.test(problem.message) ? "; put a text with such a sign in quotes" : "";
    reader.error(`the front matter is no valid YAML: ${problem.message}${advice}`, problem.from, problem.to);
  }
  if (value.kind === "map") for (const entry of value.entries) reader.readEntry(entry);
  else if (value.kind !== "null" && problems.length === 0) {
    reader.error(`the front matter must be keys with values, such as \`budget: 5.00 USD\``, value.from, value.to);
  }
  const hasOwnKeys = value.kind === "map" && value.entries.some(({ key }) => OWN_KEYS.has(key));
  const { title, settings, diagnostics } = reader;
  return { title, settings, hasOwnKeys, bodyStart: block.end, diagnostics };
}

/** What the YAML parser says of `title: Login: step one` and of `owner: @me`. */
const NEEDS_QUOTES = /^(?:Nested mappings are not allowed|Plain value cannot start with)/;

type BlockPlace =
  | { readonly kind: "none"; readonly from: number }
  | { readonly kind: "open"; readonly from: number }
  | { readonly kind: "closed"; readonly from: number; readonly to: number; readonly end: number };

/** A list item with a box, which YAML cannot have. */
const BOX = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[[ xX~-]\][ \t]+\S/;

/** A first line `---` opens front matter when a line `---` or `...` closes it before there is a box, or when a key follows it at once. */
function findBlock(source: SourceText): BlockPlace {
  const { text } = source;
  if (!/^ ?---[ \t]*\r?(?:\n|$)/.test(text.slice(0, 200))) return { kind: "none", from: 0 };
  const from = source.lineStart(2);
  for (let line = 2; line <= source.lineCount; line += 1) {
    const start = source.lineStart(line);
    if (BOX.test(text.slice(start, start + 200))) break;
    const mark = text.slice(start, start + 3);
    if (mark !== "---" && mark !== "...") continue;
    if (text.slice(start + 3, source.lineEnd(start)).trim() !== "") continue;
    return { kind: "closed", from, to: start, end: source.lineStart(line + 1) };
  }
  return /^[A-Za-z]\w*:(?:\s|$)/.test(text.slice(from, from + 100))
    ? { kind: "open", from: 0 }
    : { kind: "none", from: 0 };
}

/** Every key of the front matter. */
export const FRONT_MATTER_KEYS: readonly string[] = [
  ...["title", "budget", "maxConcurrent", "onFailure", "timeout", "pools", "inferLocks", "context", "agents", "inputs"],
  ...["isolation", "merge"],
];

/** Those that front matter of other tools hardly has. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  ...["budget", "maxConcurrent", "onFailure", "pools", "inferLocks", "inputs", "isolation"],
]);

class SettingsReader {
  title: string | null = null;
  readonly settings: SpecSettings = {
    budget: null,
    maxConcurrent: null,
    onFailure: null,
    timeout: null,
    pools: {},
    inputs: [],
    inferLocks: true,
    context: { text: null, files: [], environment: null },
    agents: { allowed: [], byCapability: {} },
    isolation: null,
    merge: null,
  };
  readonly diagnostics: Diagnostic[] = [];
  readonly #source: SourceText;
  readonly #offset: number;

  constructor(source: SourceText, offset: number) {
    this.#source = source;
    this.#offset = offset;
  }

  error(message: string, from: number, to: number): void {
    this.#tell("front-matter", "error", message, from, to);
  }

  readEntry({ key, from, value }: YamlEntry): void {
    if (value.kind === "unsupported")
      this.error(`\`${key}\` has ${value.what}, which is not supported`, value.from, value.to);
    else if (key === "title") this.title = this.#text(key, value) ?? this.title;
    else if (key === "budget") this.#readBudget(value);
    else if (key === "maxConcurrent") this.#readMaxConcurrent(value);
    else if (key === "onFailure") this.#readOnFailure(value);
    else if (key === "timeout") this.#readTimeout(value);
    else if (key === "pools") this.#readPools(value);
    else if (key === "inferLocks") this.#readInferLocks(value);
    else if (key === "context") this.#readContext(value);
    else if (key === "agents") this.#readAgents(value);
    else if (key === "inputs") this.#readInputs(value);
    else if (key === "isolation") this.#readIsolation(value);
    else if (key === "merge") this.#readMerge(value);
    else this.#unknownKey(key, FRONT_MATTER_KEYS, "the front matter", from);
  }

  #readBudget(value: YamlValue): void {
    if (value.kind === "map") {
      this.#readBudgetMap(value.entries, value);
      return;
    }
    const amount = value.kind === "text" ? parseAmount(value.text) : null;
    if (amount)
      this.settings.budget = {
        total: amount.amount,
        currency: amount.currency ?? DEFAULT_CURRENCY,
        mode: DEFAULT_MODE,
      };
    else
      this.error("`budget` must be an amount such as `5.00 USD`, or `{total, currency, mode}`", value.from, value.to);
  }

  #readBudgetMap(entries: readonly YamlEntry[], place: { from: number; to: number }): void {
    const budget: { total: number | null; currency: string; mode: SpecBudget["mode"] } = {
      total: null,
      currency: DEFAULT_CURRENCY,
      mode: DEFAULT_MODE,
    };
    let hasError = false;
    const refuse = (message: string, value: YamlValue): void => {
      hasError = true;
      this.error(message, value.from, value.to);
    };
    for (const { key, from, value } of entries) {
      const text = value.kind === "text" ? value.text : "";
      if (key === "total") {
        const amount = parseAmount(text);
        if (!amount) refuse("`budget.total` must be a number such as `5.00`", value);
        else {
          budget.total = amount.amount;
          budget.currency = amount.currency ?? budget.currency;
        }
      } else if (key === "currency") {
        if (/^[a-z]{3}$/i.test(text)) budget.currency = text.toUpperCase();
        else refuse("`budget.currency` must be three letters such as `USD`", value);
      } else if (key === "mode") {
        const mode = BudgetMode.safeParse(text);
        if (mode.success) budget.mode = mode.data;
        else refuse(MODES, value);
      } else this.#unknownKey(key, ["total", "currency", "mode"], "`budget`", from);
    }
    if (budget.total === null && !hasError)
      this.error("`budget` has no `total`: write one, such as `total: 5.00`", place.from, place.to);
    if (budget.total !== null && !hasError) this.settings.budget = { ...budget, total: budget.total };
  }

  #readMaxConcurrent(value: YamlValue): void {
    const number = value.kind === "text" && /^\d{1,4}$/.test(value.text) ? Number(value.text) : 0;
    if (number >= 1 && number <= 1_000) this.settings.maxConcurrent = number;
    else this.error("`maxConcurrent` must be a whole number from 1 to 1000", value.from, value.to);
  }

  #readOnFailure(value: YamlValue): void {
    const policy = FailurePolicy.safeParse(value.kind === "text" ? value.text : null);
    if (policy.success) this.settings.onFailure = policy.data;
    else {
      const names = FailurePolicy.options.map((name) => `\`${name}\``).join(" or ");
      this.error(`\`onFailure\` must be ${names}`, value.from, value.to);
    }
  }

  #readTimeout(value: YamlValue): void {
    const text = value.kind === "text" ? value.text : "";
    const timeout = text === "none" ? null : parseDuration(text);
    if (text === "none" || (timeout !== null && timeout > 0)) this.settings.timeout = timeout;
    else this.error("`timeout` must be a time for the whole such as `90m` or `2h`, or `none`", value.from, value.to);
  }

  #readPools(value: YamlValue): void {
    if (value.kind !== "map") {
      this.error("`pools` must be names with how many may use each, such as `{gpu: 2}`", value.from, value.to);
      return;
    }
    const pools = new Map<string, number>();
    for (const { key, value: size } of value.entries) {
      const count = size.kind === "text" && /^\d{1,4}$/.test(size.text) ? Number(size.text) : 0;
      const name = key.replace(/\s+/g, " ");
      if (!isLockName(name) || name === "none" || name === "__proto__") {
        this.error(`\`pools\` has "${key}": write the name of a resource`, size.from, size.to);
      } else if (count >= 1 && count <= 1_000) pools.set(name, count);
      else this.error(`\`pools.${key}\` must be a whole number from 1 to 1000`, size.from, size.to);
    }
    this.settings.pools = Object.fromEntries(pools);
  }

  #readInferLocks(value: YamlValue): void {
    const flag = value.kind === "text" ? flagOf(value.text) : null;
    if (flag === null) this.error("`inferLocks` must be `true` or `false`", value.from, value.to);
    else this.settings.inferLocks = flag;
  }

  #readIsolation(value: YamlValue): void {
    const isolation = Isolation.safeParse(value.kind === "text" ? value.text : null);
    if (isolation.success) this.settings.isolation = isolation.data;
    else
      this.error(
        "`isolation` must be `worktree` (coding steps work in git worktrees of their own) or `none` (in the folder itself)",
        value.from,
        value.to,
      );
  }

  #readMerge(value: YamlValue): void {
    const merge = MergeMode.safeParse(value.kind === "text" ? value.text : null);
    if (merge.success) this.settings.merge = merge.data;
    else
      this.error(
        "`merge` must be `ask` (the result waits for you) or `auto` (it is applied at the end when nothing stands in the way)",
        value.from,
        value.to,
      );
  }

  #readContext(value: YamlValue): void {
    const { context } = this.settings;
    if (value.kind === "text") context.text = value.text;
    else if (value.kind === "list") context.files = this.#paths("context", value);
    else if (value.kind === "map") {
      for (const entry of value.entries) {
        if (entry.key === "text") context.text = this.#text("context.text", entry.value);
        else if (entry.key === "environment") context.environment = this.#text("context.environment", entry.value);
        else if (entry.key === "files") context.files = this.#paths("context.files", entry.value);
        else this.#unknownKey(entry.key, ["text", "files", "environment"], "`context`", entry.from);
      }
    } else
      this.error("`context` must be a text, a list of files, or `{text, files, environment}`", value.from, value.to);
  }

  #readAgents(value: YamlValue): void {
    const { agents } = this.settings;
    if (value.kind === "text")
      agents.allowed = value.text
        .split(",")
        .map((id) => id.trim())
        .filter((id) => id !== "");
    else if (value.kind === "list") {
      for (const item of value.items) {
        const id = this.#text("agents", item);
        if (id !== null) agents.allowed.push(id);
      }
    } else if (value.kind === "map") {
      for (const entry of value.entries) {
        const id = this.#text(`agents.${entry.key}`, entry.value);
        if (id !== null && entry.key !== "__proto__") agents.byCapability[entry.key] = id;
      }
    } else
      this.error("`agents` must be a list of agent ids, or a map from capability to agent id", value.from, value.to);
  }

  #readInputs(value: YamlValue): void {
    this.settings.inputs = readInputs(value, this.#source, this.#offset, (message, from, to, code) => {
      if (code === undefined) this.error(message, from, to);
      else this.#tell(code, "warning", message, from, to);
    });
  }

  #text(key: string, value: YamlValue): string | null {
    if (value.kind === "text" && value.text !== "") return value.text;
    this.error(`\`${key}\` must be a text`, value.from, value.to);
    return null;
  }

  #paths(key: string, value: YamlValue): string[] {
    const items = value.kind === "list" ? value.items : [value];
    const paths: string[] = [];
    for (const item of items) {
      const text = this.#text(key, item);
      const path = text === null ? null : readPath(text);
      if (path?.ok === true) paths.push(path.value);
      else if (path) this.error(`\`${key}\` has "${text ?? ""}": write ${path.expected}`, item.from, item.to);
    }
    return paths;
  }

  #unknownKey(key: string, known: readonly string[], place: string, from: number): void {
    const suggestion = nearestName(key, known);
    const advice = suggestion === null ? `known are ${known.join(", ")}` : `did you mean \`${suggestion}\`?`;
    this.#tell(
      "unknown-key",
      "warning",
      `${place} has no key \`${key}\`, so it is ignored: ${advice}`,
      from,
      from + key.length,
    );
  }

  #tell(
    code: "front-matter" | "unknown-key",
    severity: "error" | "warning",
    message: string,
    from: number,
    to: number,
  ): void {
    const range = this.#source.range(this.#offset + from, this.#offset + Math.max(from, to));
    this.diagnostics.push({ code, severity, message, range, steps: [] });
  }
}

const MODES =
  "`budget.mode` must be `approve` (a person is asked for more), `enforce` (nothing more is started) or `warn` (people are told)";
