import { createHash } from "node:crypto";

/**
 * SHA-256 in UTF-8, as 64 hexadecimal digits, of a text, or of lines with a line end between each two. Lines are taken one by one, so
 * that a long text need not be in memory as a whole.
 */
export function sha256(text: string | Iterable<string>): string {
  const hash = createHash("sha256");
  let between = "";
  for (const line of typeof text === "string" ? [text] : text) {
    hash.update(between + line, "utf8");
    between = "\n";
  }
  return hash.digest("hex");
}
