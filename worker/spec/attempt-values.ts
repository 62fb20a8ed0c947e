import { parseDuration } from "../../schemas/duration.ts";
import { AttemptFailureCode } from "../../schemas/failure.ts";
import type { Backoff } from "../../schemas/spec.ts";
import { accepted, bare, readList, refused, type Reading, type WrittenValue } from "./attribute-values.ts";
import { nearestName } from "./nearest-name.ts";

const BACKOFF = "a time such as `2s`, or parts such as `base 2s, factor 3, cap 1m, jitter 0.2`";

/** `2s`, or `base 2s, factor 3, cap 1m, jitter 20%`; between a part and its value may stand `:` or `=`. */
export function readBackoff(written: WrittenValue): Reading<Backoff> {
  const backoff: Backoff = { base: null, factor: null, cap: null, jitter: null };
  const only = parseDuration(bare(written.text));
  if (only !== null) return accepted({ ...backoff, base: only });
  const list = readList({ ...written, text: bare(written.text).replace(/^\{(.*)\}$/, "$1") });
  if (!list.ok) return refused(BACKOFF);
  for (const entry of list.value) {
    const [, key = "", text = ""] = /^([a-z]+)\s*[:= ]\s*(.+)$/.exec(entry) ?? [];
    if (key !== "base" && key !== "factor" && key !== "cap" && key !== "jitter") return refused(BACKOFF);
    if (backoff[key] !== null) return refused(`\`${key}\` once`);
    const value = key === "base" || key === "cap" ? parseDuration(text) : key === "factor" ? factor(text) : share(text);
    if (value === null) return refused(PARTS[key]);
    backoff[key] = value;
  }
  const { base, cap } = backoff;
  return base !== null && cap !== null && cap < base ? refused("a `cap` that is not below `base`") : accepted(backoff);
}

const PARTS = {
  base: "`base` with a time such as `2s`",
  cap: "`cap` with a time such as `1m`",
  factor: "`factor` with a number from 1 to 100",
  jitter: "`jitter` with a share from 0 to 1, such as `0.2` or `20%`",
} as const;

function factor(text: string): number | null {
  const value = /^\d{1,3}(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= 100 ? value : null;
}

function share(text: string): number | null {
  const [, digits = "", percent = ""] = /^(\d{0,3}(?:\.\d{1,6})?)\s*(%?)$/.exec(text) ?? [];
  if (digits === "") return null;
  const value = percent === "" ? Number(digits) : Number(digits) / 100;
  return value <= 1 ? value : null;
}

/** Codes of failures that are tried again; `any` stands for all of them, and `none` for no code. */
export function readRetryOn(written: WrittenValue): Reading<AttemptFailureCode[]> {
  const all = AttemptFailureCode.options;
  const known = `${all.join(", ")}, or \`any\``;
  const list = readList(written);
  if (!list.ok) return refused(`codes of failures: ${known}`);
  if (list.value.length === 1 && list.value[0] === "none") return accepted([]);
  if (list.value.includes("any")) {
    return list.value.length === 1 ? accepted([...all]) : refused("either `any` or codes, not both");
  }
  const codes: AttemptFailureCode[] = [];
  for (const name of list.value) {
    const code = AttemptFailureCode.safeParse(name);
    if (!code.success) {
      const near = nearestName(name, all, 4);
      return refused(near === null ? `codes of failures: ${known}` : `\`${near}\`, or another of ${known}`);
    }
    if (!codes.includes(code.data)) codes.push(code.data);
  }
  return accepted(codes);
}

/** Names of resources; `none` is no lock at all. */
export function readLocks(written: WrittenValue): Reading<string[]> {
  const list = readList(written);
  const expected = "names such as `db, port 8080`, or `none`";
  if (!list.ok) return refused(expected);
  const names = [...new Set(list.value.map((name) => name.replace(/\s+/g, " ")))];
  if (names.includes("none")) return names.length === 1 ? accepted([]) : refused("either `none` or names, not both");
  return names.every(isLockName) ? accepted(names) : refused(expected);
}

/** What a resource may be called: up to 200 characters without commas and control characters. */
export function isLockName(name: string): boolean {
  return name === name.trim() && /^[^,\p{Cc}]{1,200}$/u.test(name);
}

export function readFlag(written: WrittenValue): Reading<boolean> {
  const value = flagOf(bare(written.text));
  return value === null ? refused("`yes` or `no`") : accepted(value);
}

/** `yes`, `no`, `true` or `false`; null for another text. */
export function flagOf(text: string): boolean | null {
  if (text === "yes" || text === "true") return true;
  return text === "no" || text === "false" ? false : null;
}
