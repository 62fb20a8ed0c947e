const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [34, 92, 44, 91, 93, 123, 125];

/**
 * The elements of a JSON list, parsed one by one, so that what is made of one can be let go of before the next: all of a large list
 * at once takes many times the memory of its text. Throws SyntaxError for a text that is not a list in the form of `JSON.stringify`.
 */
export function* jsonElements(text: string): Generator {
  if (text.charCodeAt(0) !== OPEN_LIST || text.charCodeAt(text.length - 1) !== CLOSE_LIST)
    throw new SyntaxError("not a JSON list");
  const end = text.length - 1;
  let depth = 0;
  let from = 1;
  for (let at = 1; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === OPEN_LIST || code === OPEN_OBJECT) depth += 1;
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth -= 1;
    else if (code === COMMA && depth === 0) {
      yield JSON.parse(text.slice(from, at));
      from = at + 1;
    }
  }
  if (end > 1) yield JSON.parse(text.slice(from, end));
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    at = text.indexOf('"', at);
    if (at < 0) throw new SyntaxError("a JSON text without its end");
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at;
    at += 1;
  }
}
