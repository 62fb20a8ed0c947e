import { readBoxWords } from "./dialect-spec.ts";
import { AGENT_ATTRIBUTES, type MarkdownDialect } from "./markdown-dialect.ts";

/** OpenSpec's `changes/NAME/tasks.md`: numbered groups of numbered boxes, one after another through the whole file. */
export const OPENSPEC_DIALECT: MarkdownDialect = {
  name: "openspec",
  attributes: AGENT_ATTRIBUTES,
  readItem(text) {
    const words = readBoxWords(text);
    const match = /^(\d{1,6}(?:\.\d{1,6}){1,4})\.?(?:[ \t]+|$)/.exec(words.title);
    return match ? { ...words, id: match[1] ?? "", title: words.title.slice(match[0].length) } : words;
  },
  headingBegins: () => "nothing",
};
