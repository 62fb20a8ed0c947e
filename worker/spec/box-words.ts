import { plainTitle } from "./plain-title.ts";

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
