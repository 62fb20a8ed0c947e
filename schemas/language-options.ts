/**
 * What the extension says to the language server at the beginning (LSP `initializationOptions`): it asks for lenses by itself, so the
 * server does not offer them. Other editors say nothing.
 */
export const REGISTERED_LENSES = { lenses: "registered" } as const;

/** Whether an editor said it. */
export function hasRegisteredLenses(options: unknown): boolean {
  return typeof options === "object" && options !== null && Reflect.get(options, "lenses") === REGISTERED_LENSES.lenses;
}
