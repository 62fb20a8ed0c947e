const FIRST_DELAY_MS = 1_000;
/** Of a pause between two tries. */
export const LONGEST_DELAY_MS = 600_000;

/** How one try of a delivery went. */
export type TryEnd =
  | { readonly kind: "delivered"; readonly answer: unknown }
  /** `after`: the pause that the hook itself asked for, in ms. `final`: trying again cannot help. */
  | { readonly kind: "failed"; readonly problem: string; readonly after: number | null; readonly final: boolean };

/**
 * The pause before the next try after so many that failed, in ms; null: it is given up. It doubles from one second to ten minutes; a hook
 * that asks for a longer one gets it, up to the same ten minutes.
 */
export function nextTry(attempts: number, maxAttempts: number, end: TryEnd & { kind: "failed" }): number | null {
  if (end.final || attempts >= maxAttempts) return null;
  const doubled = FIRST_DELAY_MS * 2 ** Math.min(attempts - 1, 20);
  return Math.min(Math.max(doubled, end.after ?? 0), LONGEST_DELAY_MS);
}
