import type { Diagnostic } from "./diagnostic.ts";

/**
 * What a diagnostic says without the options of the command line that it names, for whoever decides in another way; null where it
 * names none.
 */
export function withoutOptions({ code, message }: Pick<Diagnostic, "code" | "message">): string | null {
  const options = code === "no-agent" ? message.lastIndexOf("; decide it with `--set ") : -1;
  return options < 0 ? null : message.slice(0, options);
}
