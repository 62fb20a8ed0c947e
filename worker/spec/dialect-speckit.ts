import { readBoxWords } from "./dialect-spec.ts";
import { AGENT_ATTRIBUTES, type MarkdownDialect } from "./markdown-dialect.ts";

const ID = /^([A-Z]\d{1,6}(?:\.\d{1,4})?[a-z]?)(?:[ \t.:]+|$)/;

/** Spec Kit's `tasks.md`: boxes with a task id, `[P]` and story labels, in phases that follow one another. */
export const SPECKIT_DIALECT: MarkdownDialect = {
  name: "speckit",
  attributes: AGENT_ATTRIBUTES,
  readItem(text) {
    const words = readBoxWords(text);
    const match = ID.exec(words.title);
    if (!match) return null;
    return { ...words, id: match[1] ?? "", title: words.title.slice(match[0].length) };
  },
  headingBegins: (level) => (level <= 2 ? "phase" : "nothing"),
};
