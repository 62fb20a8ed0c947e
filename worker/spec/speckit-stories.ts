import type { SpecRequirement } from "../../schemas/spec.ts";
import { requirementTitle, REQUIREMENTS_READ } from "./requirement-title.ts";
import { textLines } from "./text-lines.ts";

const STORY =
  /^#{2,4}[ \t]+(?:\*\*)?(?:user story|story|用户故事|ユーザーストーリー)[ \t]*(\d{1,4})(?!\d)(?:\*\*)?[ \t]*(?:[-–—:：.][ \t]*)?(.*)$/iu;
const PRIORITY = /[(（](?:priority|优先级|優先度)\s*[:：]\s*P\d[)）].*$/iu;
const NUMBERED =
  /^[ \t]*[-+*][ \t]+(?:\*\*)?((?:FR|SC|NFR)-\d{1,5}[a-z]?)(?:\*\*)?[ \t]*[:：][ \t]*(?:\*\*)?[ \t]*(.*)$/u;

/**
 * Spec Kit's `spec.md`: `### User Story 1 - Title (Priority: P1)`, which tasks call `US1`, and the requirements `FR-001` and success
 * criteria `SC-001`, which they may name.
 */
export function readStories(text: string, path: string): SpecRequirement[] {
  const found = new Map<string, SpecRequirement>();
  for (const { number: line, text: words } of textLines(text)) {
    const story = STORY.exec(words);
    const numbered = story ? null : NUMBERED.exec(words);
    const id = story ? `US${Number(story[1])}` : numbered?.[1];
    if (id === undefined || found.has(id) || found.size >= REQUIREMENTS_READ) continue;
    const title = requirementTitle((story?.[2] ?? numbered?.[2] ?? "").replace(PRIORITY, ""));
    found.set(id, { id, title, criterion: story !== null, path, line });
  }
  return [...found.values()];
}
