import { stripVTControlCharacters } from "node:util";
import { failed, failure, success, type Outcome } from "../../schemas/failure.ts";

/** Of a line; what stands behind it is not looked at. Matching takes time with the length, whatever the pattern is. */
const LONGEST_LINE = 10_000;
/** After this time other work gets its turn. */
const TURN_MS = 10;

/**
 * What a pattern finds in the last line that it matches: its first group, or the whole match; null: no line matches. Patterns are
 * matched by an automaton, so that no pattern of a spec can hold the worker up (SEC24).
 */
export async function lastMatchingLine(
  pattern: string,
  bytes: Buffer,
  signal: AbortSignal,
): Promise<Outcome<string | null>> {
  const { RE2JS } = await import("re2js");
  let compiled: InstanceType<typeof RE2JS>;
  try {
    compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return failed(failure("bad_spec", `the pattern /${pattern}/ cannot be used (${why})`));
  }
  const group = compiled.groupCount() > 0 ? 1 : 0;
  for await (const line of linesFromEnd(bytes, signal)) {
    const matcher = compiled.matcher(line);
    if (matcher.find()) return success(matcher.group(group) ?? "");
  }
  return success(null);
}

/** The last line that is an object or a list of JSON; undefined: there is none. */
export async function lastLineAsJson(bytes: Buffer, signal: AbortSignal): Promise<unknown> {
  for await (const line of linesFromEnd(bytes, signal)) {
    const text = line.trim();
    if (!/^(?:\{.*\}|\[.*\])$/s.test(text)) continue;
    try {
      return JSON.parse(text);
    } catch {
      // It only looks like it.
    }
  }
  return undefined;
}

/** The lines from the last to the first, without what colours them. Gives way to other work in between. */
async function* linesFromEnd(bytes: Buffer, signal: AbortSignal): AsyncGenerator<string> {
  let turn = performance.now();
  for (let end = bytes.length; end >= 0;) {
    const from = end === 0 ? 0 : bytes.lastIndexOf(10, end - 1) + 1;
    const line = bytes.subarray(from, Math.min(end, from + LONGEST_LINE * 4)).toString("utf8");
    yield stripVTControlCharacters(line).replace(/\r$/, "").slice(0, LONGEST_LINE);
    end = from - 1;
    if (performance.now() - turn < TURN_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    turn = performance.now();
  }
}
