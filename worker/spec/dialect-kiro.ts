import { readBoxWords } from "./dialect-spec.ts";
import { AGENT_ATTRIBUTES, type MarkdownDialect } from "./markdown-dialect.ts";

const NUMBER = /^(\d{1,6}(?:\.\d{1,6}){0,4})\.?(?:[ \t]+|$)/;

/** Kiro's `tasks.md`: numbered boxes, whose numbers make the tree; a star behind the box makes one optional. */
export const KIRO_DIALECT: MarkdownDialect = {
  name: "kiro",
  attributes: AGENT_ATTRIBUTES,
  readItem(text) {
    const words = readBoxWords(text);
    const match = NUMBER.exec(words.title);
    return match ? { ...words, id: match[1] ?? "", title: words.title.slice(match[0].length) } : null;
  },
  headingBegins: () => "nothing",
  parentId: (id) => (id.includes(".") ? id.slice(0, id.lastIndexOf(".")) : null),
};
