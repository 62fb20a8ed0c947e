/** One simple command of a script. */
export interface SimpleCommand {
  /** Without assignments and without words such as `sudo` in front. */
  readonly words: readonly string[];
  /** The assignments in front of it. */
  readonly variables: ReadonlyMap<string, string>;
  /** Folder in which it runs, relative to the workspace and without `.`; null when that cannot be told. */
  readonly folder: string | null;
}

/** Stand in front of the command that counts. */
const PREFIXES: ReadonlySet<string> = new Set([
  ...["sudo", "env", "time", "nice", "nohup", "exec", "command", "npx", "bunx", "xvfb-run"],
  ...["then", "do", "else", "if", "while", "until", "!", "{", "("],
]);

/**
 * The simple commands of a shell script, as far as they can be told without running it: quotes, separators, comments, here
 * documents and `cd` are understood, expansions are left as they are written. Never throws.
 */
export function simpleCommands(script: string, folder: string): SimpleCommand[] {
  const commands: SimpleCommand[] = [];
  let at: string | null = folder;
  for (const words of wordLists(script)) {
    const command = simpleCommand(words, at);
    if (command.words[0] === "cd" || command.words[0] === "pushd") at = enter(at, command.words[1]);
    else if (command.words.length > 0 || command.variables.size > 0) commands.push(command);
  }
  return commands;
}

/** The same for a command that runs without a shell. */
export function simpleCommand(words: readonly string[], folder: string | null): SimpleCommand {
  const variables = new Map<string, string>();
  let first = 0;
  for (; first < words.length; first += 1) {
    const word = words[first] ?? "";
    const [, name, value = ""] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
    if (name !== undefined) variables.set(name, value);
    else if (!PREFIXES.has(word)) break;
  }
  return { words: words.slice(first), variables, folder };
}

/** A path seen from a folder, relative to the workspace; null when it cannot be told. The workspace itself is empty. */
export function enter(folder: string | null, path: string | undefined): string | null {
  if (folder === null || path === undefined || /[$`~*?]/.test(path)) return null;
  if (path.startsWith("/")) return path;
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return null;
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  return folder.startsWith("/") ? `/${parts.join("/")}` : parts.join("/");
}

const TOKEN =
  /\\\r?\n|#[^\n]*|<<-?\s*(["']?)([A-Za-z_]\w*)\1|[<>]+&?\d*-?|\r?\n|\|\||&&|[;|&()]|(?:\\[^]|"(?:\\[^]|[^"\\])*"|'[^']*'|\$\([^()\n]*\)|[^\s;|&()<>"'\\])+|[^\s]/g;

function* wordLists(script: string): Generator<string[]> {
  let words: string[] = [];
  let document: string | null = null;
  TOKEN.lastIndex = 0;
  const tokens = new RegExp(TOKEN);
  for (let match = tokens.exec(script); match; match = tokens.exec(script)) {
    const [token] = match;
    const isWordBefore = match.index > 0 && /\S/.test(script[match.index - 1] ?? "");
    if (token.startsWith("\\\n") || token.startsWith("\\\r")) continue;
    if (token.startsWith("#") && !isWordBefore) continue;
    if (match[2] !== undefined) document = match[2];
    else if (/^[<>]/.test(token)) continue;
    else if (/^(?:\r?\n|\|\||&&|[;|&()])$/.test(token)) {
      if (words.length > 0) yield words;
      words = [];
      if (token.endsWith("\n") && document !== null) {
        tokens.lastIndex = afterDocument(script, tokens.lastIndex, document);
        document = null;
      }
    } else words.push(withoutQuotes(token));
  }
  if (words.length > 0) yield words;
}

/** Where the script goes on after a here document. */
function afterDocument(script: string, from: number, end: string): number {
  for (let at = from; at < script.length;) {
    const next = script.indexOf("\n", at);
    const stop = next < 0 ? script.length : next;
    if (script.slice(at, stop).trim() === end) return stop;
    at = stop + 1;
  }
  return script.length;
}

function withoutQuotes(word: string): string {
  return word.replace(
    /\\([^])|"((?:\\[^]|[^"\\])*)"|'([^']*)'/g,
    (_, escaped?: string, double?: string, single?: string) =>
      escaped ?? (double === undefined ? (single ?? "") : double.replace(/\\(["\\$`])/g, "$1")),
  );
}
