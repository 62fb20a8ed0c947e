import { readBoxWords } from "./dialect-spec.ts";
import { AGENT_ATTRIBUTES, type MarkdownDialect } from "./markdown-dialect.ts";

/** Nested boxes as people write them anywhere: each is a task, what stands below is text for the agent. */
export const CHECKLIST_DIALECT: MarkdownDialect = {
  name: "checklist",
  attributes: AGENT_ATTRIBUTES,
  readItem: readBoxWords,
  headingBegins: () => "sequence",
};
