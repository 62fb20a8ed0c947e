import { readBoxWords } from "./box-words.ts";
import { AGENT_ATTRIBUTES, type MarkdownDialect, type TaskFacts, type TaskWords } from "./markdown-dialect.ts";

/** `1.1`, `2.3.1`, `4.2a`; `1.` and `1)` where a list has no groups. Older files have none at all. */
const NUMBER = /^(\d{1,6}(?:\.\d{1,6}){1,4}[a-z]?(?![\p{L}\p{N}])|\d{1,6}(?=[.)]))[.):]?(?:\s+|$|(?=[,/&+]))/u;
/** "10.1 / 10.2": the first one is the id, and both stay in the title. */
const FURTHER_NUMBER = /^(?:[/,&+–-]|and|to)\s*\d/;
/** What a task is for, as a delta spec calls it: `Requirement: User login`, `Scenario: Expired session`. */
const REQUIREMENT = /(?:^|[\s(（[*_`])(?:Requirement|Scenario):[*_`]{0,3}[ \t]{1,8}([^\n()[\]（）;|]{1,200})/g;

/**
 * OpenSpec's `changes/NAME/tasks.md`: numbered groups of numbered boxes, one after another through the whole file. What a task says of
 * requirements and scenarios of the change is kept.
 */
export const OPENSPEC_DIALECT: MarkdownDialect = {
  name: "openspec",
  attributes: AGENT_ATTRIBUTES,
  readItem(text): TaskWords {
    const words = readBoxWords(text);
    const match = NUMBER.exec(words.title);
    if (!match) return words;
    const title = words.title.slice(match[0].length);
    return { ...words, id: match[1] ?? "", title: FURTHER_NUMBER.test(title) ? words.title : title };
  },
  readText(text): TaskFacts {
    if (!text.includes("Requirement:") && !text.includes("Scenario:")) return {};
    return { requirements: [...text.matchAll(REQUIREMENT)].map(([, name = ""]) => nameOf(name)) };
  },
  headingBegins: () => "nothing",
};

/** Without the marks around its words, and without the full stop of its sentence. */
function nameOf(words: string): string {
  return words
    .replace(/\*\*|`/g, "")
    .trim()
    .replace(/^[_"]+|[_".,:]+$/g, "")
    .trim();
}
