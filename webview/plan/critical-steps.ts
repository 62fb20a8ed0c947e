/** The steps to mark: a way of one step is no way. */
export function criticalSteps(path: readonly string[]): ReadonlySet<string> {
  return new Set(path.length > 1 ? path : []);
}
