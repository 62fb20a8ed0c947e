/** For each step what it waits for, with reasons. */
type Waits = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** True when one of two steps waits for the other, directly or by way of at most a thousand steps. */
export function isOrdered(a: string, b: string, waits: Waits): boolean {
  return reaches(a, b, waits) || reaches(b, a, waits);
}

function reaches(from: string, to: string, waits: Waits): boolean {
  const seen = new Set([from]);
  for (const id of seen) {
    if (id === to) return true;
    if (seen.size > 1_000) return false;
    for (const next of waits.get(id)?.keys() ?? []) seen.add(next);
  }
  return false;
}
