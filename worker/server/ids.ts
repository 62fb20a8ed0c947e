import { randomBytes } from "node:crypto";

/** Letters and digits that are not mistaken for each other when typed (Crockford's Base32, lower case). */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** A short id that a person can type: `run-7k3q9x2m`, 40 random bits. */
export function newId(kind: "plan" | "run"): string {
  return `${kind}-${[...randomBytes(8)].map((byte) => ALPHABET[byte % 32]).join("")}`;
}
