/** The candidate that is most like `name`, at most `limit` edits away (and fewer edits than it has letters); null when none is. */
export function nearestName(name: string, candidates: Iterable<string>, limit = 2): string | null {
  let best: string | null = null;
  let bestDistance = limit + 1;
  const wanted = name.toLowerCase();
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance && distance < candidate.length) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

const NUMBERED = /^([A-Z]{0,6}-?)(\d{1,9}(?:\.\d{1,9})*)$/i;

/**
 * The id that was probably meant. Of ids that are numbers each is one slip away from many others, so that only the same number
 * counts: `T1` and `t001`, but not `T002`.
 */
export function nearestId(id: string, candidates: Iterable<string>): string | null {
  const number = numberOf(id);
  if (number === null) return nearestName(id, candidates);
  for (const candidate of candidates) if (numberOf(candidate) === number) return candidate;
  return null;
}

function numberOf(id: string): string | null {
  const [, prefix = "", digits] = NUMBERED.exec(id) ?? [];
  return digits === undefined ? null : prefix.toLowerCase() + digits.split(".").map(Number).join(".");
}

/** Levenshtein distance: insertions, deletions and replacements of one character. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
