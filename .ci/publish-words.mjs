// Keeps media/l10n/ equal to what the extension and its webviews say: `npm run words` writes, `--check` only tells.
// bundle.l10n.json has every text that goes through `t("…")`; each bundle.l10n.LANGUAGE.json has the same keys, translated.
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values: chosen } = parseArgs({
  options: {
    check: { type: "boolean", default: false },
    root: { type: "string", default: resolve(import.meta.dirname, "..") },
  },
});
const root = resolve(chosen.root);
const folder = join(root, "media/l10n");
const CALL = /(?<![\w.$])(?:[\w$]+\.)*t\(\s*/g;
const TEXT = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y;
/** `count(amount, "1 step", "{0} steps")` of webview/text.ts. */
const COUNT = /(?<![\w.$])count\(\s*[^;"]*?,\s*("(?:[^"\\\n]|\\.)*"),\s*("(?:[^"\\\n]|\\.)*"),?\s*\)/g;
/** Has the functions themselves. */
const DEFINITIONS = "webview/text.ts";

const problems = [];
const texts = new Set();
for (const file of globSync(["extension/**/*.ts", "webview/**/*.{ts,tsx}"], { cwd: root }).sort()) collect(file);
const wanted = Object.fromEntries(inOrder(texts).map((text) => [text, text]));
if (!chosen.check) mkdirSync(folder, { recursive: true });
keep("bundle.l10n.json", wanted);
for (const name of globSync("bundle.l10n.*.json", { cwd: folder }).sort()) translate(name);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Only a literal can be found and translated; what varies is a value: `t("{0} steps", count)`. */
function collect(file) {
  if (file.replaceAll("\\", "/") === DEFINITIONS) return;
  const source = readFileSync(join(root, file), "utf8");
  for (const [, one, many] of source.matchAll(COUNT)) texts.add(JSON.parse(one)).add(JSON.parse(many));
  for (const { index, 0: call } of source.matchAll(CALL)) {
    TEXT.lastIndex = index + call.length;
    const literal = TEXT.exec(source)?.[0];
    // A type of it, `t(message: string, …): string`.
    if (literal === undefined && source.startsWith("message: string", index + call.length)) continue;
    if (literal === undefined) {
      const line = source.slice(0, index).split("\n").length;
      problems.push(`${file}:${line}: what is translated must be a text in quotes`);
    } else texts.add(valueOf(literal));
  }
}

/** Of a literal in either kind of quotes. */
function valueOf(literal) {
  if (literal.startsWith('"')) return JSON.parse(literal.replaceAll("\\'", "'"));
  const inner = literal
    .slice(1, -1)
    .replaceAll("\\'", "'")
    .replace(/(?<!\\)"/g, '\\"');
  return JSON.parse(`"${inner}"`);
}

function translate(name) {
  const before = read(name);
  const kept = Object.entries(before).filter(([text]) => texts.has(text));
  keep(name, Object.fromEntries(kept.sort(([one], [other]) => (one < other ? -1 : 1))));
  for (const text of inOrder(texts)) {
    const translated = before[text];
    if (translated === undefined) problems.push(`${name}: not translated yet: ${JSON.stringify(text)}`);
    else if (placeholders(translated) !== placeholders(text)) {
      problems.push(`${name}: other values than ${JSON.stringify(text)}: ${JSON.stringify(translated)}`);
    }
  }
}

function keep(name, content) {
  const text = `${JSON.stringify(content, null, 2)}\n`;
  const file = join(folder, name);
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  if (chosen.check) problems.push(`media/l10n/${name} is not what the sources say: npm run words`);
  else writeFileSync(file, text);
}

function read(name) {
  return JSON.parse(readFileSync(join(folder, name), "utf8"));
}

function placeholders(text) {
  return inOrder(new Set(text.match(/\{\d+\}/g) ?? [])).join();
}

function inOrder(words) {
  return [...words].sort((one, other) => (one < other ? -1 : 1));
}
