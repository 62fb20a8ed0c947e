import { plainTitle } from "./plain-title.ts";

/** More than any specification has; each of them goes along with every plan and report. */
export const REQUIREMENTS_READ = 5_000;

const TITLE_LIMIT = 500;

/** The words of a requirement in one line, cut where nobody reads on. */
export function requirementTitle(words: string): string {
  const title = plainTitle(words);
  return title.length > TITLE_LIMIT ? `${title.slice(0, TITLE_LIMIT - 1).trimEnd()}…` : title;
}
