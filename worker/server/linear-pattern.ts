import { failed, failure, success, type Outcome } from "../../schemas/failure.ts";
import type { Pattern } from "../logs/redactor.ts";

/**
 * A person's regular expression in RE2 syntax, matched by an automaton, so that no pattern and no text can hold the worker up (SEC24).
 * Where it cannot be used, the failure's message says why and what is accepted.
 */
export async function linearPattern(source: string): Promise<Outcome<Pattern>> {
  const { RE2JS } = await import("re2js");
  try {
    const compiled = RE2JS.compile(source);
    return success({
      replace(text, by) {
        const matcher = compiled.matcher(text);
        let replaced = "";
        let end = 0;
        while (matcher.find()) {
          if (matcher.end() === matcher.start()) continue;
          replaced += text.slice(end, matcher.start()) + by;
          end = matcher.end();
        }
        return end === 0 ? null : replaced + text.slice(end);
      },
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `the pattern cannot be used (${why}): accepted are regular expressions without look-around and back references (RE2)`;
    return failed(failure("bad_settings_file", message));
  }
}
