/** A path without `.`, without empty parts and with `..` taken up as far as it goes. The workspace folder itself is empty. */
export function plainPath(path: string): string {
  if (!/(?:^|\/)(?:\.{0,2}(?:\/|$))/.test(path)) return path;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

/** True for a path with wildcards. */
export function isGlob(path: string): boolean {
  return /[*?[\]{}]/.test(path);
}

/** The part of a path before its first wildcard. */
export function fixedStart(path: string): string {
  const at = path.search(/[*?[\]{}]/);
  return at < 0 ? path : path.slice(0, at);
}

/**
 * Whether some file may match both paths, of which one at least has wildcards. A path without wildcards also stands for
 * everything below it, unless it ends as files do (`.ts`). Alternatives in braces and classes in brackets count as wildcards,
 * so it may be true for two that share no file.
 */
export function mayOverlap(a: string, b: string): boolean {
  return meets(partsOf(a), partsOf(b), meetsEverything, partsMeet);
}

function partsOf(path: string): string[] {
  const plain = path.replace(/\{[^{}]*\}/g, "*").replace(/\[[^\]/]*\]/g, "?");
  const parts = plain.split("/").filter((part) => part !== "");
  return isGlob(path) || /\.[A-Za-z]\w{0,7}$/.test(path) ? parts : [...parts, "**"];
}

function meetsEverything(part: string): boolean {
  return part === "**";
}

function partsMeet(a: string, b: string): boolean {
  if (!/[*?]/.test(a) && !/[*?]/.test(b)) return a === b;
  return meets(
    [...a],
    [...b],
    (character) => character === "*",
    (x, y) => x === y || x === "?" || y === "?",
  );
}

/** Whether two sequences can stand for the same one, where some elements stand for any number of elements. */
function meets(
  a: readonly string[],
  b: readonly string[],
  isAny: (element: string) => boolean,
  same: (x: string, y: string) => boolean,
): boolean {
  // row[j]: whether a from i on meets b from j on.
  let below: boolean[] = [];
  for (let i = a.length; i >= 0; i -= 1) {
    const row: boolean[] = [];
    const x = a[i];
    for (let j = b.length; j >= 0; j -= 1) {
      const y = b[j];
      if (x === undefined && y === undefined) row[j] = true;
      else if (x !== undefined && isAny(x)) row[j] = below[j] === true || (y !== undefined && row[j + 1] === true);
      else if (y !== undefined && isAny(y)) row[j] = row[j + 1] === true || (x !== undefined && below[j] === true);
      else row[j] = x !== undefined && y !== undefined && below[j + 1] === true && same(x, y);
    }
    below = row;
  }
  return below[0] === true;
}
