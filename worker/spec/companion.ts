import type { Dialect, SpecRequirement } from "../../schemas/spec.ts";
import { readKiroRequirements, REQUIREMENTS_READ, shortened } from "./dialect-kiro-requirements.ts";
import { textLines } from "./text-lines.ts";

/** The file beside a spec that says what its tasks are for. */
export interface Companion {
  /** Inside the workspace, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Where the companion of a spec can be, the likeliest first; the first one that exists is it. */
export function companionPaths(specPath: string): string[] {
  const match = /^(.*\/)?tasks\.md$/i.exec(specPath);
  if (!match) return [];
  const folder = match[1] ?? "";
  const [kiro, speckit] = [[`${folder}requirements.md`, `${folder}bugfix.md`], `${folder}spec.md`];
  return /(?:^|\/)\.(?:kiro|sce)\//i.test(folder) ? kiro : [speckit, ...kiro];
}

/** What the tasks of a spec can refer to. */
export function readCompanion({ path, text }: Companion, dialect: Dialect): SpecRequirement[] {
  if (dialect === "kiro") return readKiroRequirements(text, path);
  return dialect === "speckit" ? readStories(text, path) : [];
}

const STORY =
  /^#{2,4}[ \t]+(?:\*\*)?(?:user story|story|用户故事|ユーザーストーリー)[ \t]*(\d{1,4})(?!\d)(?:\*\*)?[ \t]*(?:[-–—:：.][ \t]*)?(.*)$/iu;
const PRIORITY = /[ \t]*[(（](?:priority|优先级|優先度)\s*[:：]\s*P\d[)）].*$/iu;
const NUMBERED =
  /^[ \t]*[-+*][ \t]+(?:\*\*)?((?:FR|SC|NFR)-\d{1,5}[a-z]?)(?:\*\*)?[ \t]*[:：][ \t]*(?:\*\*)?[ \t]*(.*)$/u;

/**
 * Spec Kit's `spec.md`: `### User Story 1 - Title (Priority: P1)`, which tasks call `US1`, and the requirements `FR-001` and success
 * criteria `SC-001`, which they may name.
 */
function readStories(text: string, path: string): SpecRequirement[] {
  const found = new Map<string, SpecRequirement>();
  for (const { number: line, text: words } of textLines(text)) {
    const story = STORY.exec(words);
    const numbered = story ? null : NUMBERED.exec(words);
    const id = story ? `US${Number(story[1])}` : numbered?.[1];
    if (id === undefined || found.has(id) || found.size >= REQUIREMENTS_READ) continue;
    const title = shortened((story?.[2] ?? numbered?.[2] ?? "").replace(PRIORITY, ""));
    found.set(id, { id, title, criterion: story !== null, path, line });
  }
  return [...found.values()];
}
