/** Whether a version of ours comes before another one, by its three numbers. What is not such a version is not older. */
export function isOlder(version: string, than: string): boolean {
  const [left, right] = [numbersOf(version), numbersOf(than)];
  if (left === null || right === null) return false;
  for (const [place, number] of left.entries()) {
    const other = right[place] ?? 0;
    if (number !== other) return number < other;
  }
  return false;
}

function numbersOf(version: string): number[] | null {
  const found = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:[-+]|$)/.exec(version);
  return found && found.slice(1).map(Number);
}
