import type { Dialect, SpecRequirement } from "../../schemas/spec.ts";
import { readKiroRequirements } from "./dialect-kiro-requirements.ts";
import { readStories } from "./speckit-stories.ts";

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
