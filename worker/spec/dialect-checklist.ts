import { readBoxWords } from "./box-words.ts";
import { AGENT_ATTRIBUTES, type MarkdownDialect } from "./markdown-dialect.ts";
import { readRequirementIds } from "./requirement-ids.ts";

/** BMAD's stories name the acceptance criteria of a task so: `(AC: 1, 3)`, `(AC: #2)`, `(AC1-AC4)`. */
const CRITERIA = /[([]\s{0,4}ACs?(?![a-z])[\s:#]{0,4}([\d#,;&\sAC–-]{1,100})[)\]]/g;

/** Nested boxes as people write them anywhere: each is a task, what stands below is text for the agent. */
export const CHECKLIST_DIALECT: MarkdownDialect = {
  name: "checklist",
  attributes: AGENT_ATTRIBUTES,
  readItem: readBoxWords,
  readText: (text, _from, isTitle) => (isTitle && text.includes("AC") ? { requirements: criteriaIn(text) } : {}),
  headingBegins: () => "sequence",
};

/** As `AC1`, ranges written out. */
function criteriaIn(text: string): string[] {
  return [...text.matchAll(CRITERIA)].flatMap(([, ids = ""]) =>
    readRequirementIds(ids.replace(/AC|#/g, " ")).map((id) => `AC${id}`),
  );
}
