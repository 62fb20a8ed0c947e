import type { MarkdownDialect } from "./markdown-dialect.ts";
import { plainTitle } from "./plain-title.ts";

/** Our own dialect: any item with a box is a task, attributes and commands stand below it, headings begin a new order. */
export const SPEC_DIALECT: MarkdownDialect = {
  name: "spec",
  attributes: "all",
  readItem: readBoxWords,
  headingBegins: () => "sequence",
};

/** The words behind a box: an optional `*` and `[P]`, then the title. */
export function readBoxWords(text: string): { title: string; parallel: boolean; optional: boolean } {
  const match = /^(\\?\*)?[ \t]*(\[P\](?=[ \t]|$))?/.exec(text);
  const [whole = "", star, parallel] = match ?? [];
  return {
    title: plainTitle(text.slice(whole.length)),
    parallel: parallel !== undefined,
    optional: star !== undefined,
  };
}
