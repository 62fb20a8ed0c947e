import { readBoxWords } from "./box-words.ts";
import type { MarkdownDialect } from "./markdown-dialect.ts";

/** Our own dialect: any item with a box is a task, attributes and commands stand below it, headings begin a new order. */
export const SPEC_DIALECT: MarkdownDialect = {
  name: "spec",
  attributes: "all",
  readItem: readBoxWords,
  headingBegins: () => "sequence",
};
