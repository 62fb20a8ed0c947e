const LIMIT = 100;

/** A title or name of the file in a message, which must stay readable whatever people write. */
export function quoted(words: string): string {
  return `"${words.length > LIMIT ? `${words.slice(0, LIMIT - 1).trimEnd()}…` : words}"`;
}
