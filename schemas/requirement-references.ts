/** The references that mean a requirement: its own id, and those of what it is a part of; `1` means all of `1.2` too. */
export function referencesTo(id: string): string[] {
  const references: string[] = [];
  for (let end = id.length; end > 0; end = id.lastIndexOf(".", end - 1)) references.push(id.slice(0, end));
  return references;
}
