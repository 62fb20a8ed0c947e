/** Which promise was broken: an invariant of design, section 4, by its number, or another rule by its name. */
export type Rule =
  | 1
  | 2
  | 3
  | 4
  | 5
  | 6
  | 7
  | 8
  | 9
  | 10
  | "locks"
  | "places"
  | "policies"
  | "decisions"
  | "commands"
  | "answers"
  | "revision"
  | "reviews"
  | "timeouts"
  | "order"
  | "levels"
  | "verdict"
  | "view"
  | "throws";

/** The engine broke a promise in the simulated world. */
export class Violation extends Error {
  readonly rule: Rule;

  constructor(rule: Rule, message: string, options?: ErrorOptions) {
    super(`${typeof rule === "number" ? `invariant ${rule}` : rule}: ${message}`, options);
    this.name = "Violation";
    this.rule = rule;
  }
}

/** Throws a Violation unless the condition holds; the message is made only then. */
export function hold(rule: Rule, condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new Violation(rule, message());
}
